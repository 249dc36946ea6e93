"""Numbers that name a natural person, drawn at random; each function names the source of its rule."""

import datetime
from collections.abc import Callable
from random import Random

from check_digits import digits, group, iso7064_mod_11_10, luhn, verhoeff, weighted


def _birth(rng: Random, first: int = 1941, last: int = 2005) -> datetime.date:
    start = datetime.date(first, 1, 1).toordinal()
    return datetime.date.fromordinal(rng.randint(start, datetime.date(last, 12, 31).toordinal()))


def austria(rng: Random) -> str:
    """Dachverband der Sozialversicherungsträger: weights 3 7 9 – 5 8 4 2 1 6, modulus 11; 10 is not issued."""
    while True:
        serial, birth = digits(rng, 3, "123456789"), f"{_birth(rng):%d%m%y}"
        check = weighted(serial + birth, [3, 7, 9, 5, 8, 4, 2, 1, 6]) % 11
        if check < 10:
            number = f"{serial}{check}"
            return rng.choice([f"{number} {birth}", number + birth, f"{number}-{birth}", f"{number}/{birth}"])


def belgium(rng: Random) -> str:
    """Royal decree of 3 April 1984 on the national register: 97 less the remainder; a 2 before it from 2000 on."""
    birth = _birth(rng)
    body = f"{birth:%y%m%d}{rng.randint(1, 997):03d}"
    check = 97 - int(("2" if birth.year >= 2000 else "") + body) % 97
    number = f"{body}{check:02d}"
    dotted = f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}"
    return rng.choice([dotted, dotted, number, f"{number[:6]}-{number[6:9]}-{number[9:]}"])


def bulgaria(rng: Random) -> str:
    """ГРАО, ordinance RD-02-20-9 of 2012: weights 2 4 8 5 10 9 7 3 6, modulus 11, 10 becomes 0; month +40 from 2000."""
    birth = _birth(rng)
    month = birth.month + (40 if birth.year >= 2000 else 0)
    body = f"{birth:%y}{month:02d}{birth:%d}{digits(rng, 3)}"
    return body + str(weighted(body, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10)


def _birth_number(rng: Random) -> str:
    while True:
        birth = _birth(rng, 1955, 2003)
        month = birth.month + rng.choice([0, 50])
        body = f"{birth:%y}{month:02d}{birth:%d}{digits(rng, 3)}"
        check = int(body) % 11
        if check < 10:
            number = f"{body}{check}"
            return rng.choice(
                [group(number, [6], "/"), group(number, [6], "/"), number, group(number, [6], " / ")]
            )


def czechia(rng: Random) -> str:
    """Act 133/2000 Sb., § 13: ten digits divisible by 11; month +50 for women."""
    return _birth_number(rng)


def slovakia(rng: Random) -> str:
    """Act 301/1995 Z. z., § 2: as in Czechia."""
    return _birth_number(rng)


def germany(rng: Random) -> str:
    """VKVV § 2 (pension insurance number): letter as two digits, weights 2 1 2 5 7 1 2 1 2 1 2 1, digit sums, modulus 10."""
    area = rng.choice(["10", "12", "14", "15", "17", "21", "24", "26", "28", "50", "53", "60", "65"])
    birth, letter, serial = f"{_birth(rng):%d%m%y}", rng.choice("ABDEFGHKLMNPRSTWZ"), digits(rng, 2)
    plain = f"{area}{birth}{ord(letter) - 64:02d}{serial}"
    weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]
    products = (int(digit) * weight for digit, weight in zip(plain, weights, strict=True))
    check = sum(product // 10 + product % 10 for product in products) % 10
    spaced = f"{area} {birth} {letter} {serial}{check}"
    return rng.choice([spaced, spaced.replace(" ", ""), spaced.replace(f" {letter} ", letter)])


def denmark(rng: Random) -> str:
    """CPR-kontoret, Personnummeret i CPR (2008): weights 4 3 2 7 6 5 4 3 2 1, modulus 11; seventh digit by century."""
    while True:
        birth = _birth(rng)
        body = f"{birth:%d%m%y}{rng.choice('0123' if birth.year < 2000 else '4567')}{digits(rng, 2)}"
        check = -weighted(body, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
        if check < 10:
            number = f"{body}{check}"
            return rng.choice(
                [group(number, [6], "-"), group(number, [6], "-"), group(number, [6], " "), number]
            )


def _baltic(rng: Random) -> str:
    birth = _birth(rng)
    body = f"{rng.choice('34' if birth.year < 2000 else '56')}{birth:%y%m%d}{rng.randint(1, 999):03d}"
    check = weighted(body, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
    if check == 10:
        check = weighted(body, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10
    return f"{body}{check}"


def estonia(rng: Random) -> str:
    """EVS 585:2007, Personal code: weights 1…9 1, then 3…9 1 2 3, modulus 11."""
    return _baltic(rng)


def lithuania(rng: Random) -> str:
    """Law on the population register, VIII-391: the same two rounds of weights as in Estonia."""
    return _baltic(rng)


def greece(rng: Random) -> str:
    """ΗΔΙΚΑ, AMKA (law 3655/2008, art. 153): date of birth, four digits, Luhn."""
    body = f"{_birth(rng):%d%m%y}{digits(rng, 4)}"
    return body + luhn(body)


_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def spain_dni(rng: Random) -> str:
    """Real Decreto 1553/2005; Ministerio del Interior, cálculo del dígito de control: number modulo 23."""
    number = digits(rng, 8, "1234567")
    letter = _DNI_LETTERS[int(number) % 23]
    dotted = f"{number[:2]}.{number[2:5]}.{number[5:]}-{letter}"
    return rng.choice([number + letter, f"{number}-{letter}", dotted, f"{number} {letter}"])


def spain_nie(rng: Random) -> str:
    """Orden INT/2058/2008: X, Y, Z stand for 0, 1, 2, then as for the DNI."""
    first, number = rng.choice("XYZ"), digits(rng, 7)
    letter = _DNI_LETTERS[int(str("XYZ".index(first)) + number) % 23]
    return rng.choice([first + number + letter, f"{first}-{number}-{letter}", f"{first}{number}-{letter}"])


def finland(rng: Random) -> str:
    """Digi- ja väestötietovirasto, henkilötunnus (decree 128/2010): nine digits modulo 31 give the mark."""
    birth = _birth(rng)
    body = f"{birth:%d%m%y}", f"{rng.randint(2, 899):03d}"
    mark = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int("".join(body)) % 31]
    return f"{body[0]}{'-' if birth.year < 2000 else 'A'}{body[1]}{mark}"


def france(rng: Random) -> str:
    """Décret 82-103 (INSEE, NIR): 97 less the remainder of thirteen digits; 2A counts as 19, 2B as 18."""
    birth = _birth(rng)
    place = rng.choice([f"{rng.randint(1, 95):02d}", f"{rng.randint(21, 69):02d}", "2A", "2B"])
    place = "75" if place == "20" else place
    parts = [
        rng.choice("12"),
        f"{birth:%y}",
        f"{birth:%m}",
        place,
        f"{rng.randint(1, 899):03d}",
        f"{rng.randint(1, 899):03d}",
    ]
    plain = "".join(parts).replace("2A", "19").replace("2B", "18")
    parts.append(f"{97 - int(plain) % 97:02d}")
    return rng.choice([" ".join(parts), " ".join(parts), "".join(parts), "\u00a0".join(parts)])


def croatia(rng: Random) -> str:
    """Zakon o osobnom identifikacijskom broju (NN 60/08): ISO 7064 MOD 11,10."""
    body = digits(rng, 10)
    return body + iso7064_mod_11_10(body)


def hungary(rng: Random) -> str:
    """1996. évi XX. törvény, annex: odd places by 3, even places by 7, modulus 10."""
    body = digits(rng, 8, "01")
    number = body + str(weighted(body, [3, 7] * 4) % 10)
    return rng.choice([group(number, [3, 3], " "), group(number, [3, 3], "-"), number])


def ireland(rng: Random) -> str:
    """Social Welfare Consolidation Act 2005; Department of Social Protection: weights 8…2 and 9, modulus 23."""
    body, second = digits(rng, 7), rng.choice(["", "", "A", "B"])
    total = weighted(body, range(8, 1, -1)) + 9 * (ord(second) - 64 if second else 0)
    return body + "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] + second


_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21] * 2 + [0] * 16,
        strict=True,
    )
)
_ODD.update(zip("KLMNOPQRSTUVWXYZ", [2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23], strict=True))


def italy(rng: Random) -> str:
    """Decreto ministeriale of 23 December 1976 (codice fiscale), art. 2 to 4."""
    names = [
        ("RSS", "MRC"),
        ("BNC", "LRA"),
        ("FRR", "GNN"),
        ("GLL", "PLA"),
        ("CNT", "SRA"),
        ("MNC", "DVD"),
        ("VTL", "NNA"),
    ]
    surname, name = rng.choice(names)
    birth, woman = _birth(rng), rng.random() < 0.5
    place = rng.choice(["H501", "F205", "L219", "F839", "D612", "A944", "G273", "D969", "A662", "L736"])
    body = f"{surname}{name}{birth:%y}{'ABCDEHLMPRST'[birth.month - 1]}{birth.day + 40 * woman:02d}{place}"
    total = sum(
        _ODD[mark] if place % 2 == 0 else int(mark) if mark.isdigit() else ord(mark) - 65
        for place, mark in enumerate(body)
    )
    number = body + chr(65 + total % 26)
    return rng.choice([number, number, group(number, [3, 3, 5], " "), number.lower()])


def luxembourg(rng: Random) -> str:
    """Règlement grand-ducal of 18 June 2014 (numéro d'identification): eleven digits, then Luhn, then Verhoeff."""
    body = f"{_birth(rng):%Y%m%d}{digits(rng, 3)}"
    number = body + luhn(body) + verhoeff(body)
    return rng.choice([number, group(number, [8], " "), group(number, [4, 2, 2], " ")])


def latvia(rng: Random) -> str:
    """Population register law (old form): 1 plus weights 10 5 8 4 2 1 6 3 7 9, modulus 11; below 10."""
    while True:
        birth = _birth(rng)
        body = f"{birth:%d%m%y}{1 if birth.year < 2000 else 2}{digits(rng, 3)}"
        check = (1 + weighted(body, [10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11
        if check < 10:
            number = f"{body}{check}"
            return rng.choice(
                [group(number, [6], "-"), group(number, [6], "-"), group(number, [6], "-"), number]
            )


def malta(rng: Random) -> str:
    """Identity Card and other Identity Documents Act (cap. 258): up to seven digits and a letter, no check digit."""
    serial, year = f"{rng.randint(1, 9999):05d}", f"{rng.randint(50, 99):02d}"
    return serial + year + rng.choice("MMMGLHB")


def netherlands(rng: Random) -> str:
    """Wet algemene bepalingen burgerservicenummer; Logisch Ontwerp BSN: weights 9…2 and −1, divisible by 11."""
    while True:
        body = digits(rng, 8, "12345")
        check = weighted(body, range(9, 1, -1)) % 11
        if check < 10:
            number = f"{body}{check}"
            return rng.choice([number, number, group(number, [4, 2], "."), group(number, [3, 3], " ")])


def poland(rng: Random) -> str:
    """Ustawa o ewidencji ludności, art. 15: weights 1 3 7 9, modulus 10; month +20 from 2000."""
    birth = _birth(rng)
    body = f"{birth:%y}{birth.month + (20 if birth.year >= 2000 else 0):02d}{birth:%d}{digits(rng, 4)}"
    return body + str(-weighted(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)


def portugal(rng: Random) -> str:
    """Portaria 202/2007; IRN, Validação de número de documento do cartão de cidadão: two check digits."""
    civil = digits(rng, 8, "123")
    remainder = weighted(civil, range(9, 1, -1)) % 11
    first = "0" if remainder < 2 else str(11 - remainder)
    version = rng.choice(["ZZ", "ZY", "ZX", "ZW"])
    total = 0
    for place, mark in enumerate(reversed(civil + first + version)):
        value = int(mark, 36) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 and place % 2 == 0 else value
    last = f"{version}{-total % 10}"
    return rng.choice(
        [
            f"{civil} {first} {last}",
            f"{civil} {first}{last}",
            f"{civil}{first}{last}",
            f"{civil}-{first}-{last}",
        ]
    )


def romania(rng: Random) -> str:
    """HG 1375/2006 on OUG 97/2005: weights 279146358279, modulus 11, 10 becomes 1."""
    birth = _birth(rng)
    county = rng.choice([*range(1, 47), 51, 52])
    body = f"{rng.choice('12' if birth.year < 2000 else '56')}{birth:%y%m%d}{county:02d}{rng.randint(1, 999):03d}"
    check = weighted(body, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
    return body + ("1" if check == 10 else str(check))


def sweden(rng: Random) -> str:
    """Folkbokföringslagen (1991:481), § 18; Skatteverket SKV 704: Luhn over date and serial number."""
    birth = _birth(rng)
    body = f"{birth:%y%m%d}{rng.randint(1, 979):03d}"
    number = body + luhn(body)
    dashed = group(number, [6], "-")
    return rng.choice([dashed, dashed, f"{birth.year // 100}{dashed}", f"{birth.year // 100}{number}"])


def slovenia(rng: Random) -> str:
    """Zakon o centralnem registru prebivalstva, art. 8: weights 7…2 twice, modulus 11; 10 is not issued."""
    while True:
        birth = _birth(rng)
        body = f"{birth:%d%m}{birth.year % 1000:03d}50{digits(rng, 3)}"
        check = -weighted(body, [7, 6, 5, 4, 3, 2] * 2) % 11
        if check < 10:
            return f"{body}{check}"


PERSON: dict[str, Callable[[Random], str]] = {
    "AT": austria, "BE": belgium, "BG": bulgaria, "CZ": czechia, "DE": germany, "DK": denmark, "EE": estonia,
    "ES": spain_dni, "FI": finland, "FR": france, "GR": greece, "HR": croatia, "HU": hungary, "IE": ireland,
    "IT": italy, "LT": lithuania, "LU": luxembourg, "LV": latvia, "MT": malta, "NL": netherlands, "PL": poland,
    "PT": portugal, "RO": romania, "SE": sweden, "SI": slovenia, "SK": slovakia, "nie": spain_nie,
}  # fmt: skip
