"""The check-digit arithmetic that several numbers share. Numbers are strings of decimal digits."""

from collections.abc import Sequence
from random import Random

_D5 = [[0, 1, 2, 3, 4], [1, 2, 3, 4, 0], [2, 3, 4, 0, 1], [3, 4, 0, 1, 2], [4, 0, 1, 2, 3]]


def digits(random: Random, count: int) -> str:
    """`count` random decimal digits."""
    return "".join(random.choice("0123456789") for _ in range(count))


def weighted(number: str, weights: Sequence[int]) -> int:
    """The sum of the digits times their weights; both have the same length."""
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))


def luhn(number: str) -> str:
    """The digit that makes `number` + digit pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def mod_11_10(number: str) -> str:
    """The check digit of ISO/IEC 7064 MOD 11,10."""
    product = 10
    for digit in number:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def mod_97_10(text: str) -> str:
    """The two check digits of ISO/IEC 7064 MOD 97-10 over digits and capital letters (A = 10 … Z = 35)."""
    value = int("".join(str(int(sign, 36)) for sign in text) + "00")
    return f"{98 - value % 97:02d}"


def verhoeff(number: str) -> str:
    """The check digit of J. Verhoeff, Error Detecting Decimal Codes (1969): the dihedral group of order ten."""

    def product(a: int, b: int) -> int:
        if a < 5:
            return _D5[a][b] if b < 5 else 5 + (a + b - 5) % 5
        return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5

    permutation = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    check = 0
    for place, digit in enumerate(reversed(number), start=1):
        turned = int(digit)
        for _ in range(place % 8):
            turned = permutation[turned]
        check = product(check, turned)
    return str(next(d for d in range(10) if product(check, d) == 0))
