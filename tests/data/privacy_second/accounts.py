"""IBANs and payment cards, drawn at random."""

from random import Random

from check_digits import digits, group, iso7064_mod_97_10, luhn, weighted

# SWIFT, IBAN Registry (ISO 13616): d a digit, A a capital letter, after country and check digits.
_STRUCTURE = {
    "AT": "d" * 16, "BE": "d" * 12, "BG": "AAAA" + "d" * 14, "CH": "d" * 17, "CY": "d" * 24, "CZ": "d" * 20,
    "DE": "d" * 18, "DK": "d" * 14, "EE": "d" * 16, "ES": "d" * 20, "FI": "d" * 14, "FR": "d" * 23,
    "GB": "AAAA" + "d" * 14, "GR": "d" * 23, "HR": "d" * 17, "HU": "d" * 24, "IE": "AAAA" + "d" * 14,
    "IT": "A" + "d" * 22, "LT": "d" * 16, "LU": "d" * 16, "LV": "AAAA" + "d" * 13, "MT": "AAAA" + "d" * 23,
    "NL": "AAAA" + "d" * 10, "PL": "d" * 24, "PT": "d" * 21, "RO": "AAAA" + "d" * 16,
    "SE": "d" * 20, "SI": "d" * 15, "SK": "d" * 20,
}  # fmt: skip
_BANK = {"BG": "UNCR STSA BPBI", "GB": "BARC LOYD MIDL", "IE": "AIBK BOFI IPBS", "LV": "HABA UNLA PARX", "MT": "VALL MMEB APSB",
         "NL": "INGB RABO ABNA TRIO", "RO": "BTRL RNCB BRDE INGB"}  # fmt: skip


def _bban(rng: Random, country: str) -> str:
    structure = _STRUCTURE[country]
    head = rng.choice(_BANK[country].split()) if country in _BANK else ""
    body = head + "".join(
        rng.choice("0123456789" if mark == "d" else "ABDEFGHJKLMNPRSTUVWXYZ")
        for mark in structure[len(head) :]
    )
    if country == "BE":  # Febelfin: remainder by 97, 0 becomes 97
        body = rng.choice(["001", "063", "310", "363", "733"]) + body[3:]
        body = f"{body[:10]}{int(body[:10]) % 97 or 97:02d}"
    elif country == "ES":  # Banco de España, Circular 3/1987: two digits, weights 1 2 4 8 5 10 9 7 3 6
        weights = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6]
        checks = [11 - weighted(part, weights) % 11 for part in (f"00{body[:8]}", body[10:])]
        body = body[:8] + "".join(str({10: 1, 11: 0}.get(check, check)) for check in checks) + body[10:]
    elif country == "FR":  # Comité français d'organisation et de normalisation bancaires: clé RIB
        bank, desk, account = int(body[:5]), int(body[5:10]), int(body[10:21])
        body = f"{body[:21]}{97 - (89 * bank + 15 * desk + 3 * account) % 97:02d}"
    elif country in ("PT", "SI"):  # NIB and TRR: ISO 7064 MOD 97-10
        body = f"{body[:-2]}{98 - int(body[:-2]) * 100 % 97:02d}"
    return body


def iban(rng: Random, country: str, form: str = "") -> str:
    """A valid IBAN; `form` is compact, spaced, odd (other groupings) or empty for any of them."""
    body = _bban(rng, country)
    check = 98 - iso7064_mod_97_10(body + country + "00")
    number = f"{country}{check:02d}{body}"
    form = form or rng.choice(["compact", "spaced", "spaced", "odd"])
    if form == "compact":
        return number
    spaced = group(number, [4] * ((len(number) - 1) // 4), " ")
    return spaced if form == "spaced" else spaced.replace(" ", "\u00a0")


def broken_iban(rng: Random, country: str) -> str:
    """An IBAN in which one digit is changed, so that its check fails."""
    number = iban(rng, country, "spaced")
    place = len(number) - 3 if number[-3].isdigit() else len(number) - 2
    return number[:place] + str((int(number[place]) + rng.randint(1, 9)) % 10) + number[place + 1 :]


def card_digits(rng: Random, network: str = "") -> str:
    """ISO/IEC 7812: issuer prefix of Visa, Mastercard (both ranges) or American Express, Luhn at the end."""
    visa = ("4" + digits(rng, 3), 16)
    mastercard = [(f"5{rng.randint(1, 5)}", 16), (str(rng.randint(2221, 2720)), 16)]
    american_express = (rng.choice(["34", "37"]), 15)
    prefix, length = rng.choice(
        {"visa": [visa], "mc": mastercard}.get(network, [visa, visa, *mastercard, american_express])
    )
    body = prefix + "".join(rng.choice("0123456789") for _ in range(length - 1 - len(prefix)))
    return body + luhn(body)


def _split(number: str, separator: str) -> str:
    return group(number, [4, 6] if len(number) == 15 else [4, 4, 4], separator)


def card(rng: Random, form: str = "") -> str:
    """A card number; `form` is a layout (spaced, dashed), a network (visa, mc), both with a dot between, or empty."""
    options = form.split(".")
    number = card_digits(rng, next((option for option in options if option in ("visa", "mc")), ""))
    layout = next(
        (separator for name, separator in [("spaced", " "), ("dashed", "-")] if name in options), None
    )
    return _split(number, rng.choice(["", " ", " ", "-", "\u00a0"]) if layout is None else layout)


def broken_card(rng: Random) -> str:
    """A number laid out as a card number in which the last digit is wrong."""
    while len(number := card_digits(rng)) != 16:
        pass
    return _split(number[:-1] + str((int(number[-1]) + rng.randint(1, 9)) % 10), " ")
