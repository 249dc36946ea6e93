"""E-mail addresses, telephone numbers and Internet addresses, drawn at random."""

import ipaddress
from random import Random

from phone_patterns import PATTERNS

# Given names, family names and words as they stand in addresses (letters as people type them there).
_LOCAL = {
    "bg": ("ivan maria georgi elena", "petrov ivanova dimitrov", "ofis sklad zayavki", "bg"),
    "cs": ("jan petra tomas lenka", "novak dvorakova svoboda", "podatelna obchod fakturace", "cz"),
    "da": ("lars mette soeren", "hansen nielsen kjaer", "kontakt salg bogholderi", "dk"),
    "de": ("anna juergen lukas heike", "mueller schmitt gruber", "kontakt poststelle buchhaltung", "de"),
    "el": ("giorgos maria nikos eleni", "papadopoulos nikolaou", "grammateia info parangelies", "gr"),
    "en": ("aoife liam sarah conor", "murphy byrne borg", "accounts hello support", "ie"),
    "es": ("jose lucia carmen pablo", "garcia lopez munoz", "info pedidos secretaria", "es"),
    "et": ("mart kadri tiina", "tamm saar magi", "info raamatupidamine muuk", "ee"),
    "fi": ("matti aino pekka", "virtanen korhonen makela", "asiakaspalvelu kirjaamo myynti", "fi"),
    "fr": ("julien camille marie-claude", "durand lefevre dupont", "contact secretariat factures", "fr"),
    "ga": ("sean niamh cait", "murchu ohara nidhonaill", "eolas fiosruithe oifig", "ie"),
    "hr": ("ivana marko luka", "horvat kovacevic babic", "info racuni prodaja", "hr"),
    "hu": ("gabor zsofia istvan", "nagy kovacs toth", "ugyfelszolgalat iroda rendeles", "hu"),
    "it": ("marco giulia paolo", "rossi bianchi esposito", "info amministrazione ordini", "it"),
    "lt": ("jonas ruta tomas", "kazlauskas petraitis", "info pardavimai buhalterija", "lt"),
    "lv": ("janis liga andris", "berzins kalnina ozols", "info gramatvediba birojs", "lv"),
    "mt": ("joseph rita karmenu", "borg camilleri vella", "info bejgh ufficcju", "mt"),
    "nl": ("jan sanne pieter", "devries jansen vandenberg", "info klantenservice administratie", "nl"),
    "pl": ("anna piotr kasia", "kowalski nowak wisniewska", "biuro sekretariat zamowienia", "pl"),
    "pt": ("joao ana rui", "silva ferreira goncalves", "geral encomendas secretaria", "pt"),
    "ro": ("andrei ioana mihai", "popescu ionescu radu", "contact comenzi contabilitate", "ro"),
    "sk": ("peter zuzana juraj", "horvath kovacova balaz", "obchod podatelna uctaren", "sk"),
    "sl": ("matej ana gregor", "novak kranjc zupan", "info racuni prodaja", "si"),
    "sv": ("erik anna karl-johan", "svensson lindqvist ohman", "kundtjanst info faktura", "se"),
}
_HOSTS = [
    "nordhaus",
    "atelier-{}",
    "post.{}",
    "{}shop",
    "uni-{}",
    "example",
    "mail.{}-group",
    "{}24",
    "web{}",
]
_STEMS = ["alba", "linden", "kora", "vero", "tilia", "monta", "sava", "orion"]
_UNICODE_HOSTS = {
    "bg": "пример-фирма.бг", "cs": "květiny-žák.cz", "da": "blåbærgården.dk", "de": "bücher-größer.de", "el": "παράδειγμα.ελ",
    "es": "cigüeña-añil.es", "et": "õunaaed.ee", "fi": "höyrylä.fi", "fr": "crêperie-bréval.fr", "hu": "kőműves-bolt.hu",
    "lt": "šviesa-ąžuolas.lt", "lv": "ķiršu-dārzs.lv", "pl": "łódka-żagiel.pl", "pt": "maçã-pão.pt", "ro": "brutăria-țărani.ro",
    "sk": "čučoriedka.sk", "sl": "češnja-žar.si", "sv": "blåbärsgården.se", "hr": "kućica-šuma.hr", "mt": "ħobża.mt",
    "ga": "siopa-áitiúil.ie", "it": "perché-no.it", "nl": "één-twee.nl", "en": "café-órga.ie",
}  # fmt: skip


def email(rng: Random, language: str, form: str = "") -> str:
    """An address; `form` is plus, uni (internationalised host), role, upper or empty for any but uni."""
    given, family, roles, top = _LOCAL[language]
    first, last = rng.choice(given.split()), rng.choice(family.split())
    host = rng.choice(_HOSTS).format(rng.choice(_STEMS))
    top = "com" if host == "example" else rng.choice([top, top, top, "com", "eu", "org"])
    role = rng.choice(roles.split())
    personal = rng.choice(
        [
            f"{first}.{last}",
            f"{first[0]}.{last}",
            f"{first}_{last}{rng.randint(60, 99)}",
            f"{last}{first[0]}",
            f"{first[0]}{last}-{rng.randint(1, 9)}",
        ]
    )
    if form == "uni":
        return f"{role}@{_UNICODE_HOSTS[language]}"
    if form == "role":
        return f"{role}@{host}.{top}"
    if form == "plus":
        return f"{first}.{last}+{role}@{host}.{top}"
    address = f"{rng.choice([personal, personal, role])}@{host}.{top}"
    if form == "upper":
        return address.upper()
    return rng.choice([address, address, address, address.title().replace(".Com", ".com")])


def phone(rng: Random, country: str, form: str = "") -> str:
    """A number as written in `country`; `form`: n national, m mobile, i international, e compact with +, or empty."""
    land, mobile, abroad = PATTERNS[country]
    if form == "e":
        pattern = next(p for p in rng.sample(abroad, len(abroad)) if "(0)" not in p and p.startswith("+"))
        pattern = "".join(mark for mark in pattern if mark in "+0123456789#@")
    else:
        pattern = rng.choice({"n": land, "m": mobile, "i": abroad, "": land + mobile + abroad}[form])
    marks = {"#": "0123456789", "@": "23456789"}
    return "".join(rng.choice(marks[mark]) if mark in marks else mark for mark in pattern)


# First octets handed out by the RIPE NCC and ARIN (IANA IPv4 Address Space Registry).
_FIRST = [
    2,
    5,
    31,
    37,
    46,
    62,
    77,
    80,
    84,
    87,
    89,
    91,
    93,
    95,
    109,
    141,
    145,
    151,
    176,
    178,
    188,
    193,
    194,
    195,
    212,
    213,
    217,
]


def ip_address(rng: Random, form: str = "") -> str:
    """A globally routable address (IANA special-purpose registries); `form` is 4, 6 or empty for either."""
    while True:
        if form == "4" or (not form and rng.random() < 0.65):
            text = ".".join(
                str(octet) for octet in [rng.choice(_FIRST), *(rng.randint(1, 254) for _ in range(3))]
            )
        else:
            head = rng.choice(["2a00", "2a01", "2a02", "2a03", "2003", "2001:67c", "2001:41d0", "2a0b"])
            groups = [f"{rng.randint(1, 65535):x}" for _ in range(8 - head.count(":") - 1)]
            whole = ":".join([head, *groups])
            short = f"{head}:{groups[0]}::{groups[-1]}"
            middle = f"{head}:{groups[0]}:{groups[1]}::{groups[2]}:{rng.randint(1, 99)}"
            text = rng.choice([whole, short, middle, short.upper()])
        if ipaddress.ip_address(text).is_global:
            return text
