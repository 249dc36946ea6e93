"""Value-added-tax and national tax numbers, drawn at random; each function names the source of its rule.

For the VAT numbers the common source is the European Commission's note "VIES: algorithms for the VAT numbers"
(DG TAXUD), beside the national text where one is named.
"""

import datetime
from collections.abc import Callable
from random import Random

from check_digits import digits, group, iso7064_mod_11_10, luhn, weighted
from person_numbers import croatia, ireland


def _retry(rng: Random, draw: Callable[[Random], str | None]) -> str:
    while (number := draw(rng)) is None:
        pass
    return number


def _austria(rng: Random) -> str:
    """Bundesministerium für Finanzen, UID construction: Luhn weights from the left, 4 added."""
    body = digits(rng, 7)
    total = sum(
        int(digit) if place % 2 == 0 else int(digit) // 5 + int(digit) * 2 % 10
        for place, digit in enumerate(body)
    )
    return f"U{body}{-(total + 4) % 10}"


def _belgium(rng: Random) -> str:
    """Royal decree of 24 June 2003 on the enterprise number: 97 less the remainder of eight digits."""
    body = "0" + digits(rng, 7, "4567")
    return f"{body}{97 - int(body) % 97:02d}"


def _bulgaria(rng: Random) -> str:
    """Закон за регистър БУЛСТАТ: weights 1…8, then 3…10, modulus 11."""
    body = digits(rng, 8, "128")
    check = weighted(body, range(1, 9)) % 11
    return body + str(weighted(body, range(3, 11)) % 11 % 10 if check == 10 else check)


def _cyprus(rng: Random) -> str:
    """VIES note: digits at odd places through a table, sum modulo 26 gives the letter."""
    body = "10" + digits(rng, 6)
    table = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
    total = sum(table[int(digit)] if place % 2 == 0 else int(digit) for place, digit in enumerate(body))
    return body + chr(65 + total % 26)


def _czechia(rng: Random) -> str:
    """VIES note (legal entities; the IČO's rule): weights 8…2, modulus 11."""
    body = digits(rng, 7, "02467")
    check = 11 - weighted(body, range(8, 1, -1)) % 11
    return body + str(check % 10)


def _germany(rng: Random) -> str:
    """Bundeszentralamt für Steuern: ISO 7064 MOD 11,10."""
    body = digits(rng, 8, "123456789")
    return body + iso7064_mod_11_10(body)


def _denmark(rng: Random) -> str:
    """Erhvervsstyrelsen, modulus-kontrol for CVR: weights 2 7 6 5 4 3 2 1, divisible by 11."""

    def draw(rng: Random) -> str | None:
        body = digits(rng, 7, "123")
        check = -weighted(body, [2, 7, 6, 5, 4, 3, 2]) % 11
        return None if check == 10 else f"{body}{check}"

    return _retry(rng, draw)


def _estonia(rng: Random) -> str:
    """VIES note: weights 3 7 1 repeated, divisible by 10."""
    body = "10" + digits(rng, 6)
    return body + str(-weighted(body, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)


def greek_afm(rng: Random) -> str:
    """VIES note; ΑΑΔΕ: powers of two, modulus 11, 10 becomes 0."""
    body = digits(rng, 8, "01")
    return body + str(weighted(body, [256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10)


def spanish_cif(rng: Random) -> str:
    """Orden EHA/451/2008 (NIF of legal persons): Luhn sum; a letter for public bodies."""
    kind, body = rng.choice("AABBBFGJQP"), digits(rng, 7)
    check = luhn(body)
    check = "JABCDEFGHI"[int(check)] if kind in "QP" else check
    return rng.choice([f"{kind}{body}{check}", f"{kind}{body}{check}", f"{kind}-{body}{check}"])


def _finland(rng: Random) -> str:
    """Patentti- ja rekisterihallitus, Y-tunnus: weights 7 9 10 5 8 4 2, modulus 11; remainder 1 is not issued."""

    def draw(rng: Random) -> str | None:
        body = digits(rng, 7, "012")
        check = -weighted(body, [7, 9, 10, 5, 8, 4, 2]) % 11
        return None if check == 10 else f"{body}{check}"

    return _retry(rng, draw)


def siren(rng: Random) -> str:
    """INSEE, SIREN (décret 97-497): Luhn."""
    body = digits(rng, 8, "345789")
    return body + luhn(body)


def _france(rng: Random) -> str:
    """Code général des impôts, art. 286 ter; VIES note: key = (12 + 3 · (SIREN mod 97)) mod 97."""
    number = siren(rng)
    return f"{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"


def french_spi(rng: Random) -> str:
    """OECD TIN sheet France: ten digits, then their remainder by 511."""
    body = digits(rng, 10, "0123")
    number = f"{body}{int(body) % 511:03d}"
    return rng.choice([number, group(number, [2, 2, 3, 3], " ")])


def _hungary_core(rng: Random) -> str:
    body = digits(rng, 7, "12")
    return body + str(-weighted(body, [9, 7, 3, 1, 9, 7, 3]) % 10)


def hungarian_adoszam(rng: Random) -> str:
    """2017. évi CL. törvény, annex 1 (adószám): weights 9 7 3 1, modulus 10; VAT code 1–5; county code."""
    core = _hungary_core(rng)
    county = rng.choice(["02", "06", "08", "13", "15", "41", "42", "43", "44"])
    return f"{core}-{rng.choice('12')}-{county}"


def hungarian_adoazonosito(rng: Random) -> str:
    """1996. évi XX. törvény (adóazonosító jel): 8, days since 1 January 1867, three digits, weights 1…9 modulus 11."""

    def draw(rng: Random) -> str | None:
        start = datetime.date(1867, 1, 1).toordinal()
        days = (
            rng.randint(datetime.date(1945, 1, 1).toordinal(), datetime.date(2004, 12, 31).toordinal())
            - start
        )
        body = f"8{days:05d}{digits(rng, 3)}"
        check = weighted(body, range(1, 10)) % 11
        return None if check == 10 else f"{body}{check}"

    return _retry(rng, draw)


def italian_iva(rng: Random) -> str:
    """DPR 633/1972, art. 35; DM 23 December 1976: seven digits, province office, Luhn."""
    body = digits(rng, 7, "01") + f"{rng.randint(1, 100):03d}"
    return body + luhn(body)


def _lithuania(rng: Random) -> str:
    """VIES note: eighth digit 1, weights 1…8, then 3…9 1, modulus 11."""
    body = digits(rng, 7, "123") + "1"
    check = weighted(body, range(1, 9)) % 11
    return body + str(weighted(body, [3, 4, 5, 6, 7, 8, 9, 1]) % 11 % 10 if check == 10 else check)


def _luxembourg(rng: Random) -> str:
    """VIES note: six digits, then their remainder by 89."""
    body = digits(rng, 6, "12")
    return f"{body}{int(body) % 89:02d}"


def _latvia(rng: Random) -> str:
    """VIES note (legal entities): weights 9 1 4 8 3 10 2 5 7 6, check = 3 − sum modulo 11."""

    def draw(rng: Random) -> str | None:
        body = "40" + digits(rng, 8)
        check = (3 - weighted(body, [9, 1, 4, 8, 3, 10, 2, 5, 7, 6])) % 11
        return None if check == 10 else f"{body}{check}"

    return _retry(rng, draw)


def _malta(rng: Random) -> str:
    """VIES note: weights 3 4 6 7 8 9, 37 less the remainder."""
    body = digits(rng, 6, "12")
    return f"{body}{37 - weighted(body, [3, 4, 6, 7, 8, 9]) % 37:02d}"


def _netherlands(rng: Random) -> str:
    """Wet OB 1968; Belastingdienst: eleven-test over nine digits (legal entities, RSIN), B, sub-number."""

    def draw(rng: Random) -> str | None:
        body = digits(rng, 8, "08")
        check = weighted(body, range(9, 1, -1)) % 11
        return None if check == 10 else f"{body}{check}B0{rng.randint(1, 3)}"

    return _retry(rng, draw)


def polish_nip(rng: Random) -> str:
    """Ustawa o zasadach ewidencji podatników (1995): weights 6 5 7 2 3 4 5 6 7, modulus 11; 10 is not issued."""

    def draw(rng: Random) -> str | None:
        body = digits(rng, 1, "5679") + digits(rng, 2, "123456789") + digits(rng, 6)
        check = weighted(body, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11
        return None if check == 10 else f"{body}{check}"

    return _retry(rng, draw)


def portuguese_nif(rng: Random, first: str = "125") -> str:
    """Decreto-Lei 14/2013: weights 9…2, modulus 11; remainder below 2 gives 0."""
    body = digits(rng, 8, first)
    remainder = weighted(body, range(9, 1, -1)) % 11
    return body + str(0 if remainder < 2 else 11 - remainder)


def romanian_cui(rng: Random) -> str:
    """Codul fiscal; ANAF: weights 7 5 3 2 1 7 5 3 2 from the right, ten times the sum modulo 11."""
    body = digits(rng, rng.choice([6, 7, 7]), "123")
    return body + str(weighted(body[::-1], [2, 3, 5, 7, 1, 2, 3, 5, 7]) * 10 % 11 % 10)


def _sweden(rng: Random) -> str:
    """Lag (1974:174) on organisation numbers: Luhn; 01 behind it in the VAT number."""
    body = "55" + digits(rng, 7, "6789")
    return f"{body}{luhn(body)}01"


def slovenian_davcna(rng: Random) -> str:
    """Zakon o davčni službi; VIES note: weights 8…2, 11 less the remainder; 10 becomes 0, 11 is not issued."""

    def draw(rng: Random) -> str | None:
        body = digits(rng, 7, "1234589")
        check = 11 - weighted(body, range(8, 1, -1)) % 11
        return None if check == 11 else f"{body}{check % 10}"

    return _retry(rng, draw)


def slovak_dic(rng: Random) -> str:
    """VIES note: ten digits divisible by 11."""

    def draw(rng: Random) -> str | None:
        body = "202" + digits(rng, 6)
        check = -int(body) * 10 % 11
        return None if check == 10 else f"{body}{check}"

    return _retry(rng, draw)


def german_idnr(rng: Random) -> str:
    """§ 139b AO; BZSt: one digit of the first ten stands twice, one is missing; ISO 7064 MOD 11,10."""
    marks = list("0123456789")
    rng.shuffle(marks)
    marks[rng.randrange(1, 10)] = rng.choice(marks[:1])
    head, tail = marks[0], marks[1:]
    rng.shuffle(tail)
    body = "".join([head, *tail])
    if body[0] == "0":
        return german_idnr(rng)
    if any(body[place] == body[place + 1] == body[place + 2] for place in range(8)):
        return german_idnr(rng)
    number = body + iso7064_mod_11_10(body)
    return rng.choice([number, group(number, [2, 3, 3], " "), group(number, [2, 3, 3], " ")])


def german_stnr(rng: Random) -> str:
    """ELSTER, Prüfung der Steuer- und Steueridentifikationsnummer: weights 5 4 3 – 2 7 6 5 4 3 2, modulus 11.

    Holds for Bavaria, Brandenburg, Mecklenburg-Vorpommern, Saarland, Saxony, Saxony-Anhalt and Thuringia.
    """

    def draw(rng: Random) -> str | None:
        office = rng.choice(
            ["103", "130", "143", "181", "216", "238", "048", "079", "010", "201", "151", "162"]
        )
        district, serial = f"{rng.randint(101, 690)}", digits(rng, 4)
        check = 11 - weighted(office + district + serial, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
        if check >= 10:
            return None
        return rng.choice(["{}/{}/{}{}", "{}/{}/{}{}", "{} {} {}{}", "{} / {} / {}{}"]).format(
            office, district, serial, check
        )

    return _retry(rng, draw)


def austrian_stnr(rng: Random) -> str:
    """Bundesministerium für Finanzen, Abgabenkontonummer: office, six digits, Luhn."""
    office = rng.choice(
        ["03", "04", "06", "08", "09", "10", "12", "22", "29", "38", "46", "51", "54", "59", "68", "81", "98"]
    )
    body = office + digits(rng, 6)
    number = body + luhn(body)
    return rng.choice(
        [f"{number[:2]}-{number[2:5]}/{number[5:]}", f"{number[:2]} {number[2:5]}/{number[5:]}"]
    )


def _ireland(rng: Random) -> str:
    """VIES note: seven digits and a letter, the rule of the PPSN without its second letter."""
    while len(number := ireland(rng)) != 8:
        pass
    return number


VAT: dict[str, Callable[[Random], str]] = {
    "AT": _austria, "BE": _belgium, "BG": _bulgaria, "CY": _cyprus, "CZ": _czechia, "DE": _germany, "DK": _denmark,
    "EE": _estonia, "ES": lambda rng: spanish_cif(rng).replace("-", ""), "FI": _finland, "FR": _france,
    "GR": greek_afm, "HR": croatia, "HU": _hungary_core, "IE": _ireland, "IT": italian_iva, "LT": _lithuania,
    "LU": _luxembourg, "LV": _latvia, "MT": _malta, "NL": _netherlands, "PL": polish_nip,
    "PT": lambda rng: portuguese_nif(rng, "5"), "RO": romanian_cui, "SE": _sweden, "SI": slovenian_davcna,
    "SK": slovak_dic,
}  # fmt: skip

# How people group a VAT number; every country also writes it in one piece or with one blank behind the prefix.
_GROUPS = {"DE": ([3, 3], " "), "FR": ([2, 3, 3], " "), "BE": ([4, 3], "."), "PL": ([3, 3, 2], "-"), "GR": ([3, 3], " "),
           "DK": ([2, 2, 2], " "), "LU": ([4], " "), "MT": ([4], " "), "PT": ([3, 3], " ")}  # fmt: skip


def vat(rng: Random, country: str, bare: bool = False) -> str:
    """A VAT number of `country`, with its prefix unless `bare`."""
    number = VAT[country](rng)
    prefix = "EL" if country == "GR" else country
    grouped = group(number, *_GROUPS[country]) if country in _GROUPS else number
    if bare:
        return rng.choice([number, grouped])
    return rng.choice([prefix + number, prefix + number, f"{prefix} {number}", f"{prefix} {grouped}"])


def _nip(rng: Random) -> str:
    number = polish_nip(rng)
    return rng.choice(
        [number, group(number, [3, 3, 2], "-"), group(number, [3, 2, 2], "-"), group(number, [3, 3, 2], " ")]
    )


def _nif(rng: Random) -> str:
    number = portuguese_nif(rng)
    return rng.choice([number, group(number, [3, 3], " "), group(number, [3, 3], ".")])


NATIONAL: dict[str, Callable[[Random], str]] = {
    "idnr": german_idnr, "stnr": german_stnr, "atstnr": austrian_stnr, "afm": greek_afm, "cif": spanish_cif,
    "spi": french_spi, "adoszam": hungarian_adoszam, "adoazon": hungarian_adoazonosito, "iva": italian_iva,
    "nip": _nip, "nif": _nif, "cui": romanian_cui, "davcna": slovenian_davcna, "dic": slovak_dic, "cytic": _cyprus,
}  # fmt: skip
