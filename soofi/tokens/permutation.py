"""A seeded permutation of 0 … size-1 that needs no table and can be run backwards."""

import hashlib
import operator
from collections.abc import Callable

import numpy as np

_ROUNDS = 6


class Permutation:
    """A Feistel network over the smallest even number of bits that holds `size`, walked until it falls inside.

    A network of keyed rounds on two halves is a bijection whatever the round function is (Luby & Rackoff 1988);
    applying it again to values that fall outside 0 … size-1 gives a bijection of that range (cycle walking, Black &
    Rogaway 2002). Four times as many values as needed at most, so a walk takes under four steps on average.
    """

    def __init__(self, size: int, *key: int | str):
        """`key`: what makes this permutation differ from others (seed, stream, sequence length, epoch)."""
        if size < 1:
            raise ValueError(f"a permutation of {size} things does not exist")
        self.size = size
        self._half_bits = np.uint64(max(1, ((size - 1).bit_length() + 1) // 2))
        self._mask = np.uint64((1 << int(self._half_bits)) - 1)
        # operator.index: a NumPy integer is the same key as the int that it equals, though it prints otherwise.
        parts = tuple(part if isinstance(part, str) else operator.index(part) for part in key)
        digest = hashlib.sha512(repr(parts).encode()).digest()
        self._keys = np.frombuffer(digest, dtype="<u8")[:_ROUNDS]

    def forward(self, indices: np.ndarray | int) -> np.ndarray:
        """Images of `indices` (each in 0 … size-1) as int64 of the same shape."""
        return self._walk(indices, self._encrypt)

    def inverse(self, images: np.ndarray | int) -> np.ndarray:
        """The indices whose images these are, as int64 of the same shape."""
        return self._walk(images, self._decrypt)

    def _walk(self, values: np.ndarray | int, turn: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        values = np.asarray(values)
        if values.size and (values.min() < 0 or values.max() >= self.size):
            raise IndexError(f"not in 0 … {self.size - 1}")
        result = turn(values.astype(np.uint64).reshape(-1))
        outside = np.flatnonzero(result >= self.size)
        while outside.size:
            result[outside] = turn(result[outside])
            outside = outside[result[outside] >= self.size]
        return result.astype(np.int64).reshape(values.shape)

    def _encrypt(self, values: np.ndarray) -> np.ndarray:
        left, right = values >> self._half_bits, values & self._mask
        for key in self._keys:
            left, right = right, left ^ (_mix(right ^ key) & self._mask)
        return (left << self._half_bits) | right

    def _decrypt(self, values: np.ndarray) -> np.ndarray:
        left, right = values >> self._half_bits, values & self._mask
        for key in self._keys[::-1]:
            left, right = right ^ (_mix(left ^ key) & self._mask), left
        return (left << self._half_bits) | right


def _mix(values: np.ndarray) -> np.ndarray:
    """Spread every bit over all others (the finaliser of SplitMix64, Steele et al. 2014); wraps modulo 2^64."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
