"""A seeded permutation of 0 … size-1 that needs no table and can be run backwards."""

import hashlib
import operator
from collections.abc import Callable, Sequence

import numpy as np

_ROUNDS = 6
_SIZE = 0  # where the size stands in a permutation's column


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
        half_bits = max(1, ((size - 1).bit_length() + 1) // 2)
        # operator.index: a NumPy integer is the same key as the int that it equals, though it prints otherwise.
        parts = tuple(part if isinstance(part, str) else operator.index(part) for part in key)
        digest = hashlib.sha512(repr(parts).encode()).digest()
        keys = np.frombuffer(digest, dtype="<u8")[:_ROUNDS]
        # What a turn needs, in one column: size, bits of a half, their mask, keys.
        self._rounds = np.array([size, half_bits, (1 << half_bits) - 1, *keys.tolist()], np.uint64)

    def forward(self, indices: np.ndarray | int) -> np.ndarray:
        """Images of `indices` (each in 0 … size-1) as int64 of the same shape."""
        return _walk(self._checked(indices), _encrypt, self._rounds)

    def inverse(self, images: np.ndarray | int) -> np.ndarray:
        """The indices whose images these are, as int64 of the same shape."""
        return _walk(self._checked(images), _decrypt, self._rounds)

    def _checked(self, values: np.ndarray | int) -> np.ndarray:
        values = np.asarray(values)
        if values.size and (values.min() < 0 or values.max() >= self.size):
            raise IndexError(f"not in 0 … {self.size - 1}")
        return values


def forward_each(permutations: Sequence[Permutation], which: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Image of each of `indices` under its own permutation: int (n,), numbers in `permutations` in `which`, to int64 (n,).

    All at once: NumPy's price for a call is that of a hundred numbers.
    """
    rounds = np.stack([one._rounds for one in permutations], axis=-1)[:, which]
    return _walk(indices, _encrypt, rounds)


Turn = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _walk(values: np.ndarray, turn: Turn, rounds: np.ndarray) -> np.ndarray:
    """Turn values until each is inside its range. `rounds`: those of one permutation, or of one for each value in a column."""
    result = values.astype(np.uint64).reshape(-1)
    rounds = np.broadcast_to(rounds.reshape(len(rounds), -1), (len(rounds), len(result)))
    outside = np.arange(len(result))
    while outside.size:
        turned = turn(result[outside], rounds[:, outside])
        result[outside] = turned
        outside = outside[turned >= rounds[_SIZE, outside]]
    return result.astype(np.int64).reshape(values.shape)


def _encrypt(values: np.ndarray, rounds: np.ndarray) -> np.ndarray:
    _, half_bits, mask, *keys = rounds
    left, right = values >> half_bits, values & mask
    for key in keys:
        left, right = right, left ^ (_mix(right ^ key) & mask)
    return (left << half_bits) | right


def _decrypt(values: np.ndarray, rounds: np.ndarray) -> np.ndarray:
    _, half_bits, mask, *keys = rounds
    left, right = values >> half_bits, values & mask
    for key in reversed(keys):
        left, right = right ^ (_mix(left ^ key) & mask), left
    return (left << half_bits) | right


def _mix(values: np.ndarray) -> np.ndarray:
    """Spread every bit over all others (the finaliser of SplitMix64, Steele et al. 2014); wraps modulo 2^64."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
