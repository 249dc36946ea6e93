"""Check-digit arithmetic shared by several numbers: Luhn, ISO 7064, modulus 11, Verhoeff."""

from collections.abc import Iterable, Sequence
from random import Random


def weighted(digits: str, weights: Iterable[int]) -> int:
    """Sum of digit times weight, from the left; surplus weights are not used."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def luhn(payload: str) -> str:
    """The digit that makes `payload + digit` pass ISO/IEC 7812-1 annex B."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def luhn_holds(number: str) -> bool:
    return luhn(number[:-1]) == number[-1]


def iso7064_mod_11_10(payload: str) -> str:
    """ISO/IEC 7064, hybrid system MOD 11,10."""
    product = 10
    for digit in payload:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def iso7064_mod_97_10(text: str) -> int:
    """Remainder by 97 of `text` with letters as A=10 … Z=35 (ISO/IEC 7064, pure system MOD 97-10)."""
    return int("".join(str(int(character, 36)) for character in text)) % 97


_DIHEDRAL = [
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
]
_PERMUTATION = [
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
]


def verhoeff(payload: str) -> str:
    """J. Verhoeff, Error Detecting Decimal Codes, Mathematical Centre Tract 29, 1969."""
    state = 0
    for position, digit in enumerate(reversed(payload), start=1):
        state = int(_DIHEDRAL[state][int(_PERMUTATION[position % 8][int(digit)])])
    return str(next(last for last in range(10) if _DIHEDRAL[state][last] == "0"))


def digits(rng: Random, count: int, first: str = "0123456789") -> str:
    """`count` random digits, the first one out of `first`."""
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(count - 1))


def group(number: str, sizes: Sequence[int], separator: str) -> str:
    """`number` cut into groups of the given sizes; what is left over is the last group."""
    parts, start = [], 0
    for size in sizes:
        parts.append(number[start : start + size])
        start += size
    if start < len(number):
        parts.append(number[start:])
    return separator.join(parts)
