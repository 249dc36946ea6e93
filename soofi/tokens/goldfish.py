"""Goldfish: labels left out of the loss, so that no long passage can be learned by heart (Hans et al. 2024, "Be like a
Goldfish, Don't Memorize!", arXiv 2406.10209).

Whether a label is left out is decided by a hash of the h tokens that stand before it in its stream, of whatever document
they are, and by nothing else: not by its place in the sample, the sample, the rank, the stream, the epoch or the seed of
the run. So a passage that occurs again, anywhere, in this run or one that goes on from it, has the same labels left out
from its h-th token on, and the model never sees them as labels in this context.
"""

from functools import lru_cache

import numpy as np

from soofi.recipe import Goldfish
from soofi.tokens.stream import Stream

_BASE = 0x9E6C63D0876A9A47  # odd, so that it has an inverse modulo 2^64


def leave_out_labels(
    labels: np.ndarray, stream: Stream, start: int, goldfish: Goldfish, ignored: int
) -> None:
    """Set labels to `ignored` in place. `labels`: int32 (n,), those of the stream's tokens start … start + n - 1.

    Tokens before the window are read from the stream, so that where windows begin changes nothing. A label with fewer than
    h tokens before it, at the beginning of a stream, stays.
    """
    first = max(0, start + 1 - goldfish.h)
    chosen = chooses(stream.read(first, start + len(labels) - first), goldfish)
    # The first choice is about the token at first + h, which is the label of the token before.
    place = first + goldfish.h - 1 - start
    labels[place : place + len(chosen)][chosen] = ignored


def chooses(tokens: np.ndarray, goldfish: Goldfish) -> np.ndarray:
    """Whether the token that follows tokens[i … i + h - 1] is left out: int64 (n,) to bool (max(0, n - h + 1),).

    True for 1/k of all contexts. What one k leaves out, every smaller k leaves out too.
    """
    hashes = _mixed(rolling_hash(tokens, goldfish.h))
    return hashes < np.uint64(2**64 // goldfish.k)


def rolling_hash(tokens: np.ndarray, width: int) -> np.ndarray:
    """Polynomial hash modulo 2^64 of every run of `width` tokens: int64 (n,) to uint64 (max(0, n - width + 1),).

    Entry i is the sum of tokens[i + j] · BASE^(width - 1 - j) over j from 0 to width - 1. Costs the same for every width:
    differences of one running sum of tokens[i] · BASE^-i, brought back to the same power.
    """
    if len(tokens) < width:
        return np.empty(0, np.uint64)
    powers, inverses = _powers(len(tokens))
    sums = np.cumsum(tokens.astype(np.uint64) * inverses, dtype=np.uint64)
    runs = sums[width - 1 :].copy()
    runs[1:] -= sums[: len(runs) - 1]
    runs *= powers[width - 1 :]
    return runs


@lru_cache(maxsize=16)
def _powers(count: int) -> tuple[np.ndarray, np.ndarray]:
    """BASE^i and BASE^-i modulo 2^64 for i from 0 to count - 1."""
    bases = np.array([[_BASE], [pow(_BASE, -1, 2**64)]], np.uint64).repeat(count, axis=1)
    bases[:, 0] = 1
    powers = np.cumprod(bases, axis=1, dtype=np.uint64)
    return powers[0], powers[1]


def _mixed(values: np.ndarray) -> np.ndarray:
    """Spread every bit over all 64: the finaliser of SplitMix64 (Steele, Lea & Flood 2014). In place."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        values ^= values >> np.uint64(shift)
        values *= np.uint64(factor)
    return values
