"""Words of a text as numbers, in one pass over its UTF-8 bytes: what near-duplicate search and decontamination compare.

Quality rules have words of their own (`quality/segments.py`), which are those that their thresholds were found for: there a punctuation
mark is a word, case counts, and languages part words each in their way. Here texts have to be told apart, in whatever language.

A word is a longest run of letters, marks and digits (Unicode categories L, M and N); everything else separates words. Case is
folded one code point at a time; an ideograph or kana is a word of its own, since such text has no spaces. Beyond the Basic
Multilingual Plane ideographs stand alone, pictographs and private use separate, and all else belongs to words.
"""

import unicodedata
from functools import cache
from typing import Any

import numpy as np

from soofi.corpus.compiled import kernel_of

_BASIC = 0x10000
_START = np.uint64(0xCBF29CE484222325)  # FNV-1a's offset and prime: Fowler, Noll and Vo
_PRIME = np.uint64(0x100000001B3)
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd: the base of the polynomial over a shingle's words


@cache
def folding_table() -> np.ndarray:
    """For each code point of the Basic Multilingual Plane what it counts as in a word, 0 if it separates. uint16 (65536,)."""
    table = np.zeros(_BASIC, dtype=np.uint16)
    for point in range(_BASIC):
        character = chr(point)
        if unicodedata.category(character)[0] in "LMN":
            lower = character.lower()
            table[point] = ord(lower) if len(lower) == 1 and ord(lower) < _BASIC else point
    table[ord("ς")], table[ord("İ")] = ord("σ"), ord("i")
    return table


@kernel_of("u8(u8)")
def mixed(number: Any) -> Any:
    """A bijection of 64 bits in which every bit depends on all (the finaliser of SplitMix64: Steele, Lea and Flood, 2014)."""
    number ^= number >> np.uint64(30)
    number *= np.uint64(0xBF58476D1CE4E5B9)
    number ^= number >> np.uint64(27)
    number *= np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))


@kernel_of("i8(Array(u1, 1, 'C', readonly=True), i8, i8, u2[::1], u8[::1])")
def word_hashes(data: Any, begin: Any, end: Any, table: Any, words: Any) -> Any:
    """Write the 64-bit hash of each word of `data[begin:end]` into `words` and return how many there are.

    `data`: valid UTF-8; `table`: `folding_table()`; `words`: uint64, room for (end - begin + 1) / 2.
    """
    count = 0
    inside = False
    value = _START
    place = begin
    while place < end:
        byte = data[place]
        alone: Any = False
        if byte < 0x80:
            place += 1
            point = np.uint32(table[byte])
        elif byte < 0xE0:
            point = np.uint32(table[((byte & 0x1F) << 6) | (data[place + 1] & 0x3F)])
            place += 2
        elif byte < 0xF0:
            point = np.uint32(
                table[((byte & 0x0F) << 12) | ((data[place + 1] & 0x3F) << 6) | (data[place + 2] & 0x3F)]
            )
            alone = (0x3040 <= point < 0xA000) or (0xF900 <= point < 0xFB00)
            place += 3
        else:
            point = np.uint32(
                ((byte & 0x07) << 18)
                | ((data[place + 1] & 0x3F) << 12)
                | ((data[place + 2] & 0x3F) << 6)
                | (data[place + 3] & 0x3F)
            )
            alone = 0x20000 <= point < 0x40000
            if 0x1F000 <= point < 0x20000 or point >= 0xE0000:
                point = np.uint32(0)
            place += 4
        if inside and (point == 0 or alone):
            words[count] = mixed(value)
            count += 1
            inside = False
            value = _START
        if alone:
            words[count] = mixed((_START ^ np.uint64(point)) * _PRIME)
            count += 1
        elif point != 0:
            value = (value ^ np.uint64(point)) * _PRIME
            inside = True
    if inside:
        words[count] = mixed(value)
        count += 1
    return count


@kernel_of("i8(u8[::1], i8, i8, u8[::1])")
def shingle_hashes(words: Any, count: Any, length: Any, shingles: Any) -> Any:
    """Write the 64-bit hash of every run of `length` words into `shingles` and return how many there are.

    A text of fewer words is one shingle of all of them, a text without words has none. `shingles` may be `words`.
    """
    if count == 0:
        return 0
    length = min(length, count)
    out = np.uint64(1)
    for _ in range(length):
        out *= _BASE
    rolling = np.uint64(0)
    for place in range(length):
        rolling = rolling * _BASE + words[place]
    for place in range(length, count):
        # What leaves the window is read before its place is written.
        leaving = words[place - length]
        shingles[place - length] = mixed(rolling)
        rolling = rolling * _BASE + words[place] - leaving * out
    shingles[count - length] = mixed(rolling)
    return count - length + 1


def words_of(text: str) -> np.ndarray:
    """The hashes of one text's words, in order. uint64 (words,)."""
    data = np.frombuffer(text.encode(errors="replace"), np.uint8)
    words = np.empty(len(data) // 2 + 2, dtype=np.uint64)
    return words[: word_hashes(data, 0, len(data), folding_table(), words)]
