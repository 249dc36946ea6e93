"""Check digits of numbers that python-stdnum does not know."""

import datetime
import re

_VERHOEFF_PRODUCT = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_PLACE = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def weighted_sum(digits: str, weights: tuple[int, ...]) -> int:
    """Sum of digit × weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def cross_sum(number: int) -> int:
    """Sum of the decimal digits."""
    return sum(map(int, str(number)))


def is_date(year: int, month: int, day: int) -> bool:
    """Whether the calendar has such a day."""
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = sum(map(int, digits[-1::-2])) + sum(map(int, ("0246813579"[int(d)] for d in digits[-2::-2])))
    return total % 10 == 0


def verhoeff(digits: str) -> bool:
    """Verhoeff's scheme over the dihedral group D5 (Mathematical Centre Tracts 29, 1969)."""
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = int(_VERHOEFF_PRODUCT[state][int(_VERHOEFF_PLACE[place % 8][int(digit)])])
    return state == 0


def de_versicherungsnummer(number: str) -> bool:
    """Versicherungsnummer (§ 147 SGB VI; VKVV § 2–4): area, birthday, initial, serial, check.

    The initial counts as its place in the alphabet with two digits; products with weights 2 1 2 5 7 1 2 1 2 1 2 1 are
    replaced by their cross sums.
    """
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", number):
        return False
    day, month = int(number[2:4]), int(number[4:6])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    digits = f"{number[:8]}{ord(number[8]) - 64:02d}{number[9:11]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    return sum(cross_sum(int(d) * w) for d, w in zip(digits, weights, strict=True)) % 10 == int(number[11])


def hu_taj(number: str) -> bool:
    """TAJ (1996. évi XX. törvény, annex): weights 3 7, modulo 10."""
    return (
        len(number) == 9
        and number.isdigit()
        and number != "0" * 9
        and weighted_sum(number[:8], (3, 7, 3, 7, 3, 7, 3, 7)) % 10 == int(number[8])
    )


def hu_adoazonosito_jel(number: str) -> bool:
    """Adóazonosító jel (2017. évi CL. törvény, annex): 8, days since 1867, serial; weights 1 … 9, modulo 11."""
    return (
        len(number) == 10
        and number.isdigit()
        and number[0] == "8"
        and weighted_sum(number[:9], (1, 2, 3, 4, 5, 6, 7, 8, 9)) % 11 == int(number[9])
    )


def hu_szemelyi_szam(number: str) -> bool:
    """Személyi azonosító (1996. évi XX. törvény): sex and century, birthday, serial; weights 1 … 10 or 10 … 1, modulo 11."""
    if len(number) != 11 or not number.isdigit() or number[0] not in "12345678":
        return False
    century = 1900 if number[0] in "1256" else 2000
    if not is_date(century + int(number[1:3]), int(number[3:5]), int(number[5:7])):
        return False
    rising = weighted_sum(number[:10], tuple(range(1, 11))) % 11
    falling = weighted_sum(number[:10], tuple(range(10, 0, -1))) % 11
    return int(number[10]) in (rising, falling)


def lu_matricule(number: str) -> bool:
    """Matricule of 13 digits (Règlement grand-ducal of 18 June 2014): birthday, serial, Luhn, then Verhoeff over the first eleven."""
    if len(number) != 13 or not number.isdigit():
        return False
    if not is_date(int(number[:4]), int(number[4:6]), int(number[6:8])):
        return False
    return luhn(number[:12]) and verhoeff(number[:11] + number[12])


def mt_identity_card(number: str) -> bool:
    """Maltese identity card (Act XVIII of 1975): up to seven digits and a letter; it has no check digit."""
    return re.fullmatch(r"\d{3,7}[MGAPLHBZ]", number) is not None
