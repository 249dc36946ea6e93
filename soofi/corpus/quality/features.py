"""Hashed n-grams of a text and a linear score over them: the compiled part of the quality classifier.

Features are the 3- to 5-grams of characters and the single words and pairs of words, all in lower case, white space of any length
being one space. Each is hashed to one of 2^k weights (Weinberger et al. 2009). A text's score is the logistic function of
bias + (sum of its features' weights) / sqrt(number of its features).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.compiled import inlined, kernel
from soofi.corpus.quality.characters import COVERED, SPACE
from soofi.corpus.quality.segments import decode
from soofi.corpus.quality.words import mix

SHORTEST, LONGEST = 3, 5
"""Lengths of character n-grams."""
PER_BYTE = LONGEST - SHORTEST + 3
"""So many features has a byte of text at most."""

_WORD, _PAIR = np.uint64(1), np.uint64(2)


@inlined
def _bucket(hashed: np.uint64, mask: np.uint64) -> Any:
    return np.int64((hashed ^ (hashed >> np.uint64(32))) & mask)


@kernel
def features(
    text: NDArray[np.uint8],
    begin: int,
    end: int,
    classes: NDArray[np.uint32],
    lower: NDArray[np.int32],
    mask: np.uint64,
    codes: NDArray[np.int32],
    out: NDArray[np.int64],
) -> int:
    """Write the buckets of a text's features into `out` and return how many there are; `codes`: room for its characters."""
    size, place, space = 0, begin, True
    while place < end:
        code, width = decode(text, place)
        place += width
        is_space = code < COVERED and classes[code] & SPACE != 0
        if not is_space:
            codes[size] = lower[code] if code < COVERED else code
            size += 1
        elif not space:
            codes[size] = 0x20
            size += 1
        space = is_space
    count = 0
    word, before = _WORD, np.uint64(0)
    for first in range(size + 1):
        if first == size or codes[first] == 0x20:
            if word != _WORD:
                out[count] = _bucket(word, mask)
                count += 1
                if before:
                    out[count] = _bucket(mix(mix(_PAIR, before), word), mask)
                    count += 1
                before, word = word, _WORD
        else:
            word = mix(word, np.uint64(codes[first]))
        gram = np.uint64(0)
        for length in range(1, min(LONGEST, size - first) + 1):
            gram = mix(gram, np.uint64(codes[first + length - 1]))
            if length >= SHORTEST:
                out[count] = _bucket(gram, mask)
                count += 1
    return count


@kernel
def linear_scores(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.int64],
    maximum_bytes: int,
    classes: NDArray[np.uint32],
    lower: NDArray[np.int32],
    weights: NDArray[np.float32],
    gradients: NDArray[np.float32],
    bias: NDArray[np.float64],
    targets: NDArray[np.float64],
    steps: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Score the texts `rows` into `out`, one after the other; with targets also learn from each (AdaGrad, Duchi et al. 2011).

    `targets`: 0 or 1 for each of `rows`, or empty; `steps`: how much a row counts times the learning rate. `gradients`: sums of
    squares, changed as `weights` and `bias` (bias and its sum of squares) are.
    """
    codes = np.empty(maximum_bytes + 1, np.int32)
    found = np.empty(PER_BYTE * (maximum_bytes + 1), np.int64)
    mask = np.uint64(len(weights) - 1)
    for index in range(len(rows)):
        row = rows[index]
        begin, end = offsets[row], min(offsets[row + 1], offsets[row] + maximum_bytes)
        while begin < end < offsets[row + 1] and text[end] & 0xC0 == 0x80:
            end -= 1
        count = features(text, begin, end, classes, lower, mask, codes, found)
        scale = 1 / math.sqrt(max(count, 1))
        total = 0.0
        for place in range(count):
            total += weights[found[place]]
        score = 1 / (1 + math.exp(-(bias[0] + total * scale)))
        out[index] = score
        if len(targets):
            slope = score - targets[index]
            bias[1] += slope * slope
            bias[0] -= steps[index] * slope / math.sqrt(bias[1] + 1e-8)
            slope *= scale
            square = slope * slope
            for place in range(count):
                bucket = found[place]
                gradients[bucket] += square
                weights[bucket] -= steps[index] * slope / math.sqrt(gradients[bucket] + 1e-8)
