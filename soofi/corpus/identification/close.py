"""Telling close languages apart: linear classifiers over the letters and words of a text.

py3langid knows the family (`FAMILIES`); which member of it a text is in, a classifier of our own decides. Its features are
the 2- to 5-letter pieces of every word with its ends marked, whole words, and pairs of words side by side, each hashed
into one of B buckets. A member's score is the sum of its weights over all features, over the root of their number, plus
its prior; softmax makes probabilities of the scores.

`close.safetensors` beside this file holds the weights as signed bytes with one scale a family; `scripts/train_close_languages.py`
makes it and says from which texts.

Shapes: B buckets, M members of a family.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from soofi.corpus.compiled import inlined, kernel_of

WEIGHTS = Path(__file__).with_name("close.safetensors")

FORMAT = "soofi.close_languages/1"

LETTERS_MAX = 5


@dataclass(frozen=True)
class Family:
    """Languages that are told apart by a classifier of their own.

    `labels`: what py3langid calls them; `script` is the one in which the family's texts are written, None for either.
    """

    name: str
    labels: frozenset[str]
    members: tuple[str, ...]
    cyrillic: bool


def _family(name: str, labels: str, members: str, cyrillic: bool = False) -> Family:
    return Family(name, frozenset(labels.split()), tuple(members.split()), cyrillic)


FAMILIES = (
    _family("south_slavic", "sl hr bs sr", "sl hr bs sr-Latn"),
    _family("cyrillic", "bg mk sr ru uk be", "bg mk sr-Cyrl ru uk be", cyrillic=True),
    _family("czech_slovak", "cs sk", "cs sk"),
    _family("nordic", "da no nn sv", "da nb nn sv"),
    _family("iberian", "es pt gl ca an ext oc", "es pt gl ca an oc ast"),
)
"""Families; Serbian belongs to two of them, according to its script."""


@dataclass(frozen=True)
class Classifier:
    """Weights of one family."""

    weights_BM: NDArray[np.int8]
    scale: float
    prior_M: NDArray[np.float32]

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """Probability of each member (M), given that the text is in one of them."""
        scores_M = np.zeros(len(self.prior_M), np.int64)
        data = np.frombuffer(bytearray(text.lower().encode("utf-8", "surrogatepass")), np.uint8)
        features = _sum_weights(data, self.weights_BM, scores_M)
        logits_M = scores_M * (self.scale / max(features, 1) ** 0.5) + self.prior_M
        logits_M -= logits_M.max()
        exponents_M: NDArray[np.float64] = np.exp(logits_M)
        return exponents_M / exponents_M.sum()


@cache
def classifiers() -> Mapping[str, Classifier]:
    """The classifiers by name of family."""
    with safe_open(WEIGHTS, "numpy") as file:
        about = json.loads(file.metadata()["about"])
        assert about["format"] == FORMAT
        assert about["members"] == {family.name: list(family.members) for family in FAMILIES}
        return {
            family.name: Classifier(
                file.get_tensor(f"{family.name}.weights"),
                float(file.get_tensor(f"{family.name}.scale")[0]),
                file.get_tensor(f"{family.name}.prior"),
            )
            for family in FAMILIES
        }


@inlined
def _in_word(byte: int) -> bool:
    return 0x61 <= byte <= 0x7A or (byte >= 0xC3 and byte != 0xE2)


@kernel_of("int64(uint8[::1], uint32[::1])")
def hash_features(data: NDArray[np.uint8], hashes: NDArray[np.uint32]) -> int:
    """Write the 32-bit hashes of a text's features and return their number; what finds no room in `hashes` is left out.

    `data`: the text in lower case, UTF-8. Letters are a to z and everything from U+00C0 on but U+2000 to U+2FFF
    (punctuation, signs); they make words. FNV-1a, its low bits mixed once more.
    """
    count = 0
    size = data.size
    position = 0
    before = np.uint32(0)  # hash of the word before, 0 at the beginning of a sentence
    while position < size:
        byte = data[position]
        if not _in_word(byte):
            if byte == 0x2E or byte == 0x21 or byte == 0x3F or byte == 0x3B or byte == 0x3A or byte == 0x0A:
                before = np.uint32(0)  # . ! ? ; : or a new line
            position += 3 if byte == 0xE2 else 2 if byte == 0xC2 else 1
            continue
        end = position
        word = np.uint32(84696351)
        while end < size and (_in_word(data[end]) or 0x80 <= data[end] < 0xC0):
            word = (word ^ np.uint32(data[end])) * np.uint32(16777619)
            end += 1
        # the places position - 1 and end stand for the word's two ends, each written as a space
        first = position - 1
        while first < end:
            piece = np.uint32(2166136261)
            place = first
            letters = 0
            while place <= end and letters < LETTERS_MAX:
                edge = place < position or place == end
                piece = (piece ^ np.uint32(32 if edge else data[place])) * np.uint32(16777619)
                place += 1
                while not edge and place < end and 0x80 <= data[place] < 0xC0:
                    piece = (piece ^ np.uint32(data[place])) * np.uint32(16777619)
                    place += 1
                letters += 1
                if letters >= 2 and count < hashes.size:
                    hashes[count] = piece ^ (piece >> np.uint32(15))
                    count += 1
            first += 1
            while position < first < end and 0x80 <= data[first] < 0xC0:
                first += 1
        if count < hashes.size:
            hashes[count] = word ^ (word >> np.uint32(15))
            count += 1
        if before != 0 and count < hashes.size:
            pair = (before * np.uint32(31) ^ word) * np.uint32(2654435761)
            hashes[count] = pair ^ (pair >> np.uint32(15))
            count += 1
        before = word
        position = end
    return count


@kernel_of("int64(uint8[::1], int8[:,::1], int64[::1])")
def _sum_weights(data: NDArray[np.uint8], weights_BM: NDArray[np.int8], scores_M: NDArray[np.int64]) -> int:
    hashes = np.empty(data.size * (LETTERS_MAX + 1) + 16, np.uint32)
    count = hash_features(data, hashes)
    mask = np.uint32(weights_BM.shape[0] - 1)
    for place in range(count):
        bucket = hashes[place] & mask
        for member in range(scores_M.size):
            scores_M[member] += weights_BM[bucket, member]
    return count
