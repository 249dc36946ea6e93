"""E-mail addresses, telephone numbers, IP addresses, IBANs and card numbers, made at random.

Sources: RFC 5322 and RFC 6531 (addresses), the numbering plan of each state's regulator as ITU-T E.129 lists them,
ISO 13616 and the IBAN registry (SWIFT) with the national check digits where a state has them, ISO/IEC 7812 (cards).
"""

import ipaddress
import re
from random import Random

from tests.data.privacy.check_digits import digits, luhn, mod_97_10, weighted

# language: given names, family names, words for firms, ends of domains; all in signs that an ordinary mailbox may hold.
_PEOPLE = {
    "bg": ("ivan maria petya georgi", "dimitrova kolev stoyanova", "hlebarnica-zora sofprint bibliomost", "bg com"),
    "cs": ("jana petr lucie tomas", "novotna dvorak kucera", "pekarna-ulipy tiskstroj knihomol", "cz com"),
    "da": ("mette lars signe jonas", "holm nygaard kjeldsen", "bageriet-fyr tryksagen havnebog", "dk com"),
    "de": ("anna jonas lena uwe", "weber lindner vogt", "buchlinde druckwerk-sued hafenbrot", "de at com"),
    "el": ("maria nikos eleni giorgos", "papadaki ioannou vlachos", "fournos-aigaiou typothema vivliostasi", "gr com.cy eu"),
    "en": ("aoife joseph niamh mark", "byrne camilleri doyle", "harbourloaf printmill valletta-books", "ie com.mt com"),
    "es": ("lucia javier carmen pablo", "ortega molina navarro", "panaderialaola imprentasur librosdelmar", "es com"),
    "et": ("kadri martin liis tanel", "tamme saar-mets kask", "leivakoda trykitorn raamatulaev", "ee com"),
    "fi": ("aino mikko sanna ville", "korhola niemi salmela", "leipatupa painopolku kirjalaituri", "fi com"),
    "fr": ("claire hugo manon luc", "lefort garnier moulin", "fournil-du-port imprimvert librairie-quai", "fr be lu"),
    "ga": ("siobhan padraig orla ciaran", "nichonaill obrien mackenna", "bacus-an-chuain cloboir leabharlon", "ie com"),
    "hr": ("ana marko ivana luka", "horvatic babic perkov", "pekara-bura tiskarna-zid knjigomor", "hr com"),
    "hu": ("eszter gabor zsofi bence", "kovacs-toth szalai bodnar", "kenyermuhely nyomdapont konyvhajo", "hu com"),
    "it": ("giulia marco elena paolo", "ferraris colombi greco", "fornodelporto stampaverde libri-molo", "it com"),
    "lt": ("ruta tomas egle mantas", "kazlaite petrauskas jankus", "duonosnamai spaudoslinija knyguostas", "lt com"),
    "lv": ("ilze janis liga andris", "ozola kalnins berzina", "maiznica-jura drukasnams gramatosta", "lv com"),
    "mt": ("maria karm doris gorg", "vella zammit borg", "forn-tal-port stamperija-wied kotbamarsa", "com.mt org.mt"),
    "nl": ("sanne daan lotte pieter", "vandenberg dewit peeters", "bakkerij-dekade drukpunt boekenkaai", "nl be com"),
    "pl": ("anna piotr kasia marek", "nowicka zielinski wrona", "piekarnia-klos drukmost ksiazkownia", "pl com.pl"),
    "pt": ("ines tiago marta rui", "carvalhal nogueira pinto", "padariadocais tipografia-sol livromar", "pt com"),
    "ro": ("ioana andrei elena mihai", "popovici dumitrache stan", "brutaria-veche tipoart carteport", "ro com"),
    "sk": ("zuzana peter katka martin", "horvathova balaz kral", "pekaren-lipa tlacstroj knihobor", "sk com"),
    "sl": ("maja luka nina gregor", "kovacic zupan hribar", "pekarna-klas tiskopis knjigolad", "si com"),
    "sv": ("anna erik sofia oskar", "lindqvist berg nyholm", "bageriet-skaret tryckbolaget bokhamnen", "se fi com"),
}  # fmt: skip

_TWO_DIGIT_CODES = {"AT", "BE", "DE", "DK", "EL", "ES", "FR", "HU", "IT", "NL", "PL", "RO", "SE"}

_UNICODE_DOMAINS = {
    "bg": "хлебарница.бг", "cs": "knihařství.cz", "da": "rødgrød.dk", "de": "bäckerei-müller.de", "el": "φούρνος.ελ",
    "es": "peñafría.es", "et": "jõgeva-äri.ee", "fi": "äänekäs.fi", "fr": "forêt-dorée.fr", "ga": "siopa-leabhair-áine.ie",
    "hr": "školjka.com.hr", "hu": "könyvműhely.hu", "it": "caffè-città.it", "lt": "ąžuolynė.lt", "lv": "grāmatnīca-ēra.lv",
    "pl": "księgarnia-łódź.pl", "pt": "pão-quente.pt", "ro": "pâine-bună.ro", "sk": "čítáreň.sk", "sl": "češnjev-vrt.si",
    "sv": "smörgåsbordet.se",
}  # fmt: skip

# In a mask # is any digit, N is 2 to 9; the rest stands as it is. First national, then international ways of writing.
_PHONES = {
    "AT": ("01 5####N#|0662 8#####|(0316) 82 ## ##|0664 123 4# ##|0676/N######", "+43 1 N######|+43 664 N######|0043 316 82####|+43 (0)662 8#####"),
    "BE": ("02 51# ## ##|09 22# ## ##|0475 N# ## ##|0486/NN.##.##", "+32 2 51# ## ##|+32 475 N# ## ##|0032 9 22# ## ##|+32 (0)486 NN ## ##"),
    "BG": ("02 98# ## ##|0888 N## ###|052/6## ###|0878-N##-###", "+359 2 98# ####|+359 88 8N## ###|00359 2 9N# ## ##|+359888######"),
    "CY": ("22 3## ###|99 N##N##|25-3##-###|99######", "+357 22 3#####|+357 99 N#####|00357 25 3#####"),
    "CZ": ("602 N## ###|777-N##-###|2N4 ### ###|543######", "+420 602 N## ###|+420 224 N## ###|00420 777 N## ###|+420608######"),
    "DE": ("030 2N####N#|(089) 54 ## ##|0151 2#######|0221/9N####|040 - 3N## ##|06131-2N####", "+49 30 2N#####|+49 (0)89 54####|0049 151 2#######|+49 (0)221/9N####|+49 40 3N##-##|+4917NN######"),
    "DK": ("33 1# ## ##|86 1N ## ##|2026####|31 2# ## ##", "+45 33 1# ## ##|+45 86 1N ## ##|0045 20 26 ## ##|+45331#####"),
    "EE": ("6## ####|733 ####|5N## ####", "+372 6N# ####|+372 5N## ####|00372 733 ####|+3725N######"),
    "EL": ("210 32# ####|2310 2## ###|697 N## ####|2610-2#####|69########", "+30 210 32# ####|+30 697 N## ####|0030 2310 2#####|+30 69########"),
    "ES": ("91 52# ## ##|612 N## ###|93 4N# ## ##|954-2N-##-##|6########", "+34 91 52# ## ##|+34 612 N## ###|0034 93 4N# ## ##|(+34) 654 ## ## ##"),
    "FI": ("040 N## ####|050 N######|(09) 3N# ###|044-N######", "+358 40 N## ####|+358 9 3N# ####|00358 50 N######|+358 (0)44 N## ####"),
    "FR": ("01 42 ## ## ##|06 1# ## ## ##|04.78.##.##.##|07-6#-##-##-##|02########", "+33 1 42 ## ## ##|+33 6 1# ## ## ##|0033 4 78 ## ## ##|+33 (0)1 44 ## ## ##"),
    "HR": ("01 4N# ####|091 N## ####|021/3N#-###|098 N## ###", "+385 1 4N# ####|+385 91 N## ####|00385 21 3N####|+385 (0)98 N## ###"),
    "HU": ("06 1 3N# ####|06 30 N## ####|06-20-N##-####|(06 62) 4## ###", "+36 1 3N# ####|+36 30 N## ####|0036 20 N## ####|+36-70-N##-####"),
    "IE": ("01 67# ####|087 N## ####|(091) 5## ###|021 427 ####|085-N######", "+353 1 67# ####|+353 87 N## ####|00353 91 5#####|+353 (0)86 N## ####"),
    "IT": ("06 44N# ####|02 8N## ####|347 N######|333-N######|051 2N####", "+39 06 44N# ####|+39 347 N## ####|0039 02 8N######|+39 333 N######"),
    "LT": ("8 5 2N# ####|8 6N# #####|(8 37) 2## ###|0 6N# #####", "+370 5 2N# ####|+370 6N# #####|00370 37 2#####|+370 6## ## ###"),
    "LU": ("26 2# ## ##|621 N## ###|47 N# ##", "+352 26 2# ## ##|+352 621 N## ###|00352 691 N## ###"),
    "LV": ("67 N## ###|29 N## ###|26######|63 4## ###", "+371 67 N## ###|+371 29 N## ###|00371 26 N## ###|+37129######"),
    "MT": ("21N# ####|99## ####|79######|2123 ####", "+356 21N# ####|+356 99## ####|00356 79## ####|+356 2123 ####"),
    "NL": ("020-62# ## ##|06 4N## ####|(030) 23# ## ##|06-1N######|010 41N ####", "+31 20 62# ## ##|+31 6 4N## ####|0031 30 23# ####|+31 (0)6 1N## ## ##"),
    "PL": ("22 8N# ## ##|601 N## ###|(12) 42# ## ##|512-N##-###|502######", "+48 22 8N# ## ##|+48 601 N## ###|0048 12 42# ## ##|+48 512-N##-###"),
    "PT": ("21 3N# ## ##|912 N## ###|22 2## ## ##|96 N## ## ##|93#######", "+351 21 3N# ####|+351 912 N## ###|00351 22 2## ## ##|(+351) 965 N## ###"),
    "RO": ("021 31# ## ##|0722 N## ###|0264-4##-###|0745.N##.###|0264 5## ###", "+40 21 31# ####|+40 722 N## ###|0040 264 4## ###|+40 (0)745 N## ###"),
    "SE": ("08-50N ### ##|070-N## ## ##|031-71# ## ##|073 N## ## ##", "+46 8 50N ### ##|+46 70 N## ## ##|0046 31 71# ## ##|+46 (0)73-N## ## ##"),
    "SI": ("01 2N# ## ##|041 N## ###|031-N##-###|(02) 22# ## ##", "+386 1 2N# ## ##|+386 41 N## ###|00386 31 N## ###|+386 (0)40 N## ###"),
    "SK": ("02/52N# ####|0905 N## ###|0918-N##-###|055/62N ## ##", "+421 2 52N# ####|+421 905 N## ###|00421 918 N## ###|+421 (0)911 N## ###"),
}  # fmt: skip

# The account part of the IBAN: # a digit; letters stand. Check digits of the national scheme are set in `iban`.
_ACCOUNTS = {
    "AT": "12000" + "#" * 11, "BE": "363" + "#" * 9, "BG": "STSA9300" + "#" * 10, "CY": "00200" + "#" * 19, "CZ": "0800000000" + "#" * 10,
    "DE": "50010517" + "#" * 10, "DK": "0040" + "#" * 10, "EE": "2200" + "#" * 12, "EL": "0110125" + "#" * 16,
    "ES": "2100" + "#" * 16, "FI": "12345600" + "#" * 6, "FR": "20041" + "#" * 18, "HR": "1001005" + "#" * 10,
    "HU": "11773016" + "#" * 16, "IE": "AIBK931152" + "#" * 8, "IT": "X0542811101" + "#" * 12, "LT": "70440" + "#" * 11,
    "LU": "001" + "#" * 13, "LV": "HABA" + "#" * 13, "MT": "VALL22013" + "#" * 18, "NL": "INGB0" + "#" * 9, "PL": "10901014" + "#" * 16,
    "PT": "0002" + "#" * 17, "RO": "BTRL" + "#" * 16, "SE": "500000" + "#" * 14, "SI": "19100" + "#" * 10, "SK": "1200000000" + "#" * 10,
}  # fmt: skip


def email(random: Random, language: str) -> str:
    """An address as people of the language's countries have them: of a person, an office, with a plus, in own script."""
    given, family, firms, ends = (random.choice(words.split()) for words in _PEOPLE[language])
    domain = f"{firms}.{ends}"
    if random.random() < 0.25:
        domain = random.choice(["example.com", "example.org", f"mail.{domain}", f"post.{firms}.example.net"])
    elif random.random() < 0.1:
        domain = _UNICODE_DOMAINS.get(language, domain)
    local = random.choice(
        [f"{given}.{family}", f"{given}.{family}", f"{given[0]}.{family}", f"{given}_{family}", f"{given}{random.randint(50, 99)}",
         "info", "office", f"{given}+{firms.split('-')[0]}", f"{given}-{family}", f"{family}.{given}"]
    )  # fmt: skip
    address = f"{local}@{domain}"
    return address.upper() if random.random() < 0.03 and address.isascii() else address


# How a mobile number of each state begins, after the state's code or the 0, 06 or 8 of national calls.
_MOBILE = {
    "AT": "66[4-9]|67", "BE": "4", "BG": "8", "CY": "9", "CZ": "6|7", "DE": "1", "DK": "20|31", "EE": "5", "EL": "69", "ES": "6",
    "FI": "4|50", "FR": "6|7", "HR": "9", "HU": "[237]0", "IE": "8", "IT": "3", "LT": "6", "LU": "6", "LV": "2",
    "MT": "99|79", "NL": "6", "PL": "5|60", "PT": "9", "RO": "7", "SE": "7", "SI": "31|4", "SK": "9",
}  # fmt: skip


def _is_mobile(country: str, mask: str) -> bool:
    """Whether numbers of `mask` are mobile ones."""
    bare = re.sub(r"\(0\)|[^0-9N#+]", "", mask)
    if mask.lstrip("(").startswith(("+", "00")):
        bare = re.sub(r"^(\+|00)", "", bare)[2 if country in _TWO_DIGIT_CODES else 3 :]
    else:
        bare = re.sub({"HU": "^06", "LT": "^[80]"}.get(country, "^0"), "", bare)
    return re.match(_MOBILE[country], bare) is not None


def phone(random: Random, country: str, kind: str) -> str:
    """A subscriber's number of `country`: `tel` any, `tel+` written internationally, `mob` mobile, `fix` fixed."""
    writing = 1 if kind == "tel+" or random.random() < 0.35 else 0
    masks = _PHONES[country][writing].split("|")
    if kind in ("mob", "fix"):
        masks = [mask for mask in masks if _is_mobile(country, mask) == (kind == "mob")]
    mask = random.choice(masks)
    number = "".join(
        random.choice("23456789") if s == "N" else random.choice("0123456789") if s == "#" else s
        for s in mask
    )
    return number.replace(" ", "\u00a0") if random.random() < 0.1 else number


def ip4(random: Random) -> str:
    """A globally routable IPv4 address."""
    while True:
        address = ipaddress.IPv4Address(random.getrandbits(32))
        if address.is_global and not address.is_multicast and int(address) >> 24 >= 13:
            return str(address)


def ip6(random: Random) -> str:
    """A globally routable IPv6 address in one of the ways of RFC 4291, section 2.2."""
    prefix = random.choice([0x2A00_1450, 0x2A02_0908, 0x2003_00E4, 0x2A01_04F8, 0x2001_067C])
    host = random.choice([random.randint(1, 0xFFFF), random.getrandbits(64)])
    address = ipaddress.IPv6Address(prefix << 96 | random.getrandbits(32) << 64 | host)
    return random.choice(
        [address.compressed, address.compressed, address.exploded, address.compressed.upper()]
    )


def _domestic_checks(country: str, account: str) -> str:
    """`account` with the national check digits of Belgium, Spain, France, Italy and Portugal put right."""
    if country == "BE":
        return account[:10] + f"{int(account[:10]) % 97 or 97:02d}"
    if country == "ES":
        weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
        signs = ((11 - weighted(part, weights) % 11) % 11 for part in ("00" + account[:8], account[10:]))
        return account[:8] + "".join(str(1 if sign == 10 else sign) for sign in signs) + account[10:]
    if country == "FR":
        key = 97 - (89 * int(account[:5]) + 15 * int(account[5:10]) + 3 * int(account[10:21])) % 97
        return account[:21] + f"{key:02d}"
    if country == "IT":
        odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
        total = sum(odd[int(d)] if place % 2 == 0 else int(d) for place, d in enumerate(account[1:]))
        return chr(65 + total % 26) + account[1:]
    return account[:19] + mod_97_10(account[:19]) if country == "PT" else account


def iban(random: Random, country: str, wrong: bool = False) -> str:
    """An IBAN of `country`; with `wrong`, one digit of it is another one."""
    account = "".join(random.choice("0123456789") if sign == "#" else sign for sign in _ACCOUNTS[country])
    account, prefix = _domestic_checks(country, account), "GR" if country == "EL" else country
    whole = prefix + mod_97_10(account + prefix) + account
    if wrong:
        place = random.randrange(len(whole) - 6, len(whole))
        whole = whole[:place] + str((int(whole[place]) + random.randint(1, 9)) % 10) + whole[place + 1 :]
    blank = random.choice(["", " ", " ", " ", "\u00a0"])
    return blank.join(whole[place : place + 4] for place in range(0, len(whole), 4))


_CARDS = {
    "visa": ("4",),
    "mastercard": ("51", "53", "55", "2221"),
    None: ("4", "4", "52", "54", "2315", "34", "37"),
}


def card(random: Random, brand: str | None = None, wrong: bool = False, grouped: bool = False) -> str:
    """A Visa, Mastercard or American Express number; with `wrong`, its last digit is another one."""
    stem = random.choice([start for start in _CARDS[brand] if not (grouped and start[0] == "3")])
    length = 15 if stem[0] == "3" else 16
    stem += digits(random, length - 1 - len(stem))
    last = luhn(stem)
    whole = stem + (str((int(last) + random.randint(1, 9)) % 10) if wrong else last)
    if length == 15:
        return random.choice([whole, f"{whole[:4]} {whole[4:10]} {whole[10:]}"])
    join = random.choice([" ", " ", "-"] if grouped else ["", "", " ", " ", "-"])
    return join.join(whole[place : place + 4] for place in range(0, 16, 4))
