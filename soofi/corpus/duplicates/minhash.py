"""MinHash signatures of texts, folded into one number a band (Broder 1997; Leskovec, Rajaraman and Ullman, chapter 3)."""

import hashlib
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from soofi.corpus.batches import text_buffers
from soofi.corpus.compiled import kernel_of
from soofi.corpus.segment import folding_table, mixed, shingle_hashes, word_hashes

NO_WORDS = np.uint64(0)
"""Stands in every band of a text that has no words: it is like no other."""


@cache
def permutations(count: int) -> np.ndarray:
    """`count` permutations x -> factor * x + term of the 32-bit numbers, the factors odd. uint32 (2, count).

    They follow from their number alone, so that signatures of different runs can be compared.
    """
    numbers = np.empty((2, count), dtype=np.uint32)
    for number in range(count):
        digest = hashlib.sha256(f"soofi minhash {number}".encode()).digest()
        numbers[:, number] = np.frombuffer(digest[:8], "<u4")
    numbers[0] |= np.uint32(1)
    return numbers


def band_keys(texts: pa.StringArray, words_per_shingle: int, bands: int, rows: int) -> np.ndarray:
    """For each text one number a band; two texts agree in a band where all `rows` minima agree. uint64 (texts, bands).

    For texts whose sets of shingles have Jaccard similarity s, some band agrees with probability 1 - (1 - s^rows)^bands.
    A text without words has `NO_WORDS` in all bands.
    """
    data, begins = text_buffers(texts)
    keys = np.empty((len(texts), bands), dtype=np.uint64)
    factors, terms = permutations(bands * rows)
    _band_keys(data, begins, words_per_shingle, rows, folding_table(), factors, terms, keys)
    return keys


@kernel_of("void(u4[::1], i8, u4[::1], u4[::1], u4[::1])")
def _minima(numbers: Any, count: Any, factors: Any, terms: Any, minima: Any) -> None:
    """The least value that each permutation gives to any of the numbers, four permutations a pass."""
    for first in range(0, len(factors), 4):
        last = len(factors) - 1
        two, three, four = min(first + 1, last), min(first + 2, last), min(first + 3, last)
        a, b, c, d = factors[first], factors[two], factors[three], factors[four]
        e, f, g, h = terms[first], terms[two], terms[three], terms[four]
        least_1 = least_2 = least_3 = least_4 = np.uint32(0xFFFFFFFF)
        for place in range(count):
            number = numbers[place]
            value_1 = np.uint32(a * number + e)
            value_2 = np.uint32(b * number + f)
            value_3 = np.uint32(c * number + g)
            value_4 = np.uint32(d * number + h)
            least_1 = min(least_1, value_1)
            least_2 = min(least_2, value_2)
            least_3 = min(least_3, value_3)
            least_4 = min(least_4, value_4)
        minima[first] = least_1
        minima[two] = least_2
        minima[three] = least_3
        minima[four] = least_4


@kernel_of(
    "void(Array(u1, 1, 'C', readonly=True), Array(i4, 1, 'C', readonly=True), i8, i8, u2[::1], u4[::1], u4[::1], u8[:,::1])"
)
def _band_keys(
    data: Any, begins: Any, words_per_shingle: Any, rows: Any, table: Any, factors: Any, terms: Any, keys: Any
) -> None:
    longest = 0
    for text in range(len(begins) - 1):
        longest = max(longest, begins[text + 1] - begins[text])
    shingles = np.empty(longest // 2 + 2, dtype=np.uint64)
    numbers = np.empty(longest // 2 + 2, dtype=np.uint32)
    minima = np.empty(len(factors), dtype=np.uint32)
    for text in range(len(begins) - 1):
        count = word_hashes(data, begins[text], begins[text + 1], table, shingles)
        count = shingle_hashes(shingles, count, words_per_shingle, shingles)
        if count == 0:
            keys[text, :] = NO_WORDS
            continue
        for place in range(count):
            numbers[place] = np.uint32(shingles[place] >> np.uint64(32))
        _minima(numbers, count, factors, terms, minima)
        for band in range(keys.shape[1]):
            key = np.uint64(band + 1)
            for row in range(rows):
                key = mixed(key ^ np.uint64(minima[band * rows + row]))
            keys[text, band] = max(key, np.uint64(1))
