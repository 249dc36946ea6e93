"""Seeded orders: numbers that depend on a seed, a purpose and a key, and on nothing else."""

import hashlib
from collections.abc import Iterable

import numpy as np

Digests = np.ndarray
"""SHA-256 digests, dtype S32, one row each."""


def digests(hexadecimal: Iterable[str]) -> Digests:
    """Hex SHA-256 digests as an array that sorts as they do."""
    return np.frombuffer(bytes.fromhex("".join(hexadecimal)), dtype="S32")


def hexadecimal(digest: bytes) -> str:
    """The hex form of one element of `digests`; numpy drops the zero bytes at its end."""
    return digest.ljust(32, b"\0").hex()


def seeded_numbers(seed: int, purpose: str, keys: Digests) -> np.ndarray:
    """One uniform number a key: the first eight bytes of SHA-256 over seed, purpose and key, as uint64."""
    start = hashlib.sha256(f"{seed}\0{purpose}\0".encode())
    numbers = np.empty(len(keys), dtype=np.uint64)
    for row, key in enumerate(keys):
        digest = start.copy()
        digest.update(key.ljust(32, b"\0"))
        numbers[row] = int.from_bytes(digest.digest()[:8], "big")
    return numbers
