"""The weights of a Hugging Face directory for a vocabulary that has grown.

A new token's row, in the embedding and in a head of its own, begins as the mean of the rows of the old tokens that spelled it
(Gee et al. 2022, "Fast Vocabulary Transfer for Language Model Compression"). A row of no token begins as the mean of all old
rows: the probability that the model gives it is then bounded (Hewitt 2021, "Initializing New Word Embeddings for Pretrained
Language Models"). All other values are the directory's own.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from soofi.model.huggingface_weights import EMBEDDING, HEAD, HuggingFaceWeights

_ROWS = 4096
"""Rows averaged at once, which bounds the memory."""


class ExtendedWeights:
    """A directory's weights with an embedding of `rows` rows; like `HuggingFaceWeights` any slice can be read alone.

    `pieces`: the old ids that spelled each new one, by new id. New ids may lie where the directory has rows already, beyond its
    tokenizer's entries: these rows are replaced. Means are taken in fp64 and rounded to fp32, so a slice has the same bits
    whoever reads it.

    Raises ValueError if the directory has more rows than `rows`, or lacks the row of an old token.
    """

    def __init__(self, weights: HuggingFaceWeights, pieces: Mapping[int, Sequence[int]], rows: int):
        self.weights, self.pieces = weights, pieces
        self.shapes = dict(weights.shapes)
        self._grown = {
            name for name in (EMBEDDING, HEAD) if name in weights.shapes and len(weights.shapes[name]) == 2
        }
        for name in self._grown:
            there, width = weights.shapes[name]
            needed = 1 + max((max(old) for old in pieces.values()), default=-1)
            first = min(pieces, default=there)
            if first > there or needed > there or there > rows:
                raise ValueError(
                    f"{weights.directory}: {name} has {there} rows, which is not an embedding for the {first} entries that the "
                    f"given tokenizer has without its new ones and at most the {rows} rows of the model"
                )
            self.shapes[name] = (rows, width)
        self._mean: dict[str, np.ndarray] = {}

    def check(self, shapes: Mapping[str, tuple[int, ...]], tied: bool) -> None:
        """See HuggingFaceWeights; the grown parameters are compared by the shapes that they have grown to."""
        needed = dict(shapes)
        for name in self._grown & needed.keys():
            if needed[name] == self.shapes[name]:
                needed[name] = self.weights.shapes[name]
        self.weights.check(needed, tied)

    def read(self, name: str, start: int = 0, count: int | None = None) -> torch.Tensor:
        """See HuggingFaceWeights."""
        if name not in self._grown:
            return self.weights.read(name, start, count)
        rows, width = self.shapes[name]
        stop = rows * width if count is None else start + count
        if not 0 <= start <= stop <= rows * width:
            raise ValueError(f"values {start} to {stop} reach outside {name}, which has {rows * width}")
        values = torch.empty(stop - start)
        there = self.weights.shapes[name][0] * width
        if start < there:
            values[: min(stop, there) - start] = self.weights.read(name, start, min(stop, there) - start)
        touched = range(start // width, -(-stop // width))
        new = [id for id in touched if id in self.pieces or id >= there // width]
        for place in range(0, len(new), _ROWS):
            ids = new[place : place + _ROWS]
            for id, row in zip(ids, self._rows(name, ids), strict=True):
                first, last = max(start, id * width), min(stop, (id + 1) * width)
                values[first - start : last - start] = row[first - id * width : last - id * width]
        return values

    def _rows(self, name: str, ids: list[int]) -> torch.Tensor:
        """The first values of new rows: fp32 (len(ids), width)."""
        width = self.shapes[name][1]
        old, places = np.unique(
            np.array([piece for id in ids for piece in self.pieces.get(id, ())], np.int64),
            return_inverse=True,
        )
        known = np.empty((len(old), width))
        for place, id in enumerate(old.tolist()):
            known[place] = self.weights.read(name, id * width, width).numpy()
        result = np.empty((len(ids), width), np.float32)
        at = 0
        for row, id in enumerate(ids):
            count = len(self.pieces.get(id, ()))
            chosen = known[places[at : at + count]]
            result[row] = chosen.mean(0) if count else self._mean_of_all(name)
            at += count
        return torch.from_numpy(result)

    def _mean_of_all(self, name: str) -> np.ndarray:
        """Mean of the rows of the old tokens: fp64 (width,)."""
        if name not in self._mean:
            there, width = self.weights.shapes[name]
            known = min(self.pieces, default=there)
            total = np.zeros(width)
            for first in range(0, known, _ROWS):
                count = min(_ROWS, known - first)
                block = self.weights.read(name, first * width, count * width)
                total += block.view(count, width).numpy().sum(0, dtype=np.float64)
            self._mean[name] = total / known
        return self._mean[name]
