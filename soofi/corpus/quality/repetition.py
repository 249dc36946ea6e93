"""How much of a text repeats: lines, paragraphs and sentences, and n-grams of words, from the hashes of `segments.py`."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.compiled import inlined, kernel
from soofi.corpus.quality.words import mix

TOP = (2, 3, 4)
"""Lengths of n-grams of which the commonest is looked for."""
DUPLICATE = (5, 6, 7, 8, 9, 10)
"""Lengths of n-grams that occurred before."""


class Tables(NamedTuple):
    """Room for hash tables of one text."""

    keys: NDArray[np.uint64]
    counts: NDArray[np.int32]
    firsts: NDArray[np.int32]
    grams: NDArray[np.uint64]
    places: NDArray[np.int32]
    slots: NDArray[np.int32]


def tables_for(longest: int) -> Tables:
    """Room for texts of up to `longest` bytes. What is not touched takes no memory."""
    size = 4
    while size < 2 * (longest + 2):
        size *= 2
    return Tables(
        keys=np.empty(size, np.uint64),
        counts=np.empty(size, np.int32),
        firsts=np.empty(size, np.int32),
        grams=np.empty(longest + 2, np.uint64),
        places=np.empty(longest + 2, np.int32),
        slots=np.empty(longest + 2, np.int32),
    )


@inlined
def _clear(tables: Tables, entries: int) -> int:
    """Empty a part of the table for so many entries, at most half full; returns the shift from hash to slot."""
    bits = 3
    while (1 << bits) < 2 * entries:
        bits += 1
    tables.keys[: 1 << bits] = 0
    tables.counts[: 1 << bits] = 0
    return 64 - bits


@inlined
def _slot(keys: NDArray[np.uint64], key: np.uint64, shift: int) -> Any:
    """The slot where the key stands or may be put."""
    last = (np.int64(1) << (64 - shift)) - 1
    slot = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(shift))
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) & last
    return slot


@kernel
def duplicates(
    hashes: NDArray[np.uint64], characters: NDArray[Any], count: int, tables: Tables
) -> tuple[int, int]:
    """How many of `count` pieces occurred before in the text, and their characters."""
    shift = _clear(tables, count)
    repeated, repeated_characters = 0, 0
    for piece in range(count):
        key = hashes[piece] | np.uint64(1)
        slot = _slot(tables.keys, key, shift)
        if tables.keys[slot]:
            repeated += 1
            repeated_characters += characters[piece]
        else:
            tables.keys[slot] = key
    return repeated, repeated_characters


@kernel
def n_gram_characters(
    word_hash: NDArray[np.uint64],
    word_end: NDArray[np.int64],
    words: int,
    tables: Tables,
    found: NDArray[np.int64],
) -> None:
    """Fill `found[n]` for n of `TOP` and `DUPLICATE`.

    For `TOP`: length of the commonest n-gram (of equally common ones the first), spaces between its words included,
    times its count. For `DUPLICATE`: characters of the n-grams that occurred before, counted as Gopher's authors do:
    after one, the next n-gram begins behind it.

    An (n+1)-gram can occur twice only where the n-grams at its place and at the next do. So each length looks
    only at places that the one before left, which in prose are few.
    """
    found[:] = 0
    if words < 2:
        return
    grams, places, slots = tables.grams, tables.places, tables.slots
    keys, counts, firsts = tables.keys, tables.counts, tables.firsts
    for place in range(words):
        grams[place] = word_hash[place]
        places[place] = place
    candidates = words - 1
    for n in range(2, 11):
        if n <= 4 and words >= n:
            found[n] = word_end[n] - word_end[0] + n - 1  # the first n-gram, if none occurs twice
        if not candidates:
            continue
        shift = _clear(tables, candidates)
        best, best_first = 1, 0
        for candidate in range(candidates):
            place = places[candidate]
            gram = mix(grams[place], word_hash[place + n - 1])
            grams[place] = gram
            key = gram | np.uint64(1)
            slot = _slot(keys, key, shift)
            slots[candidate] = slot
            if not keys[slot]:
                keys[slot] = key
                firsts[slot] = place
            counts[slot] += 1
            if counts[slot] > best or (counts[slot] == best and best > 1 and firsts[slot] < best_first):
                best, best_first = counts[slot], firsts[slot]
        if n <= 4:
            if best > 1:
                length = word_end[best_first + n] - word_end[best_first] + n - 1
                found[n] = length * best
        else:
            behind = 0
            for candidate in range(candidates):
                place, slot = places[candidate], slots[candidate]
                if counts[slot] < 2 or place < behind:
                    continue
                if firsts[slot] < 0:
                    found[n] += word_end[place + n] - word_end[place]
                    behind = place + n
                else:
                    firsts[slot] = -1
        left = 0
        for candidate in range(candidates):
            if counts[slots[candidate]] > 1:
                places[left] = places[candidate]
                left += 1
        # The next length needs the place after it as well, and words up to its end.
        candidates = 0
        for candidate in range(left - 1):
            place = places[candidate]
            if places[candidate + 1] == place + 1 and place + n < words:
                places[candidates] = place
                candidates += 1
