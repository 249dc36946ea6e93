"""The loader: the micro batches of one step for one rank."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from soofi.recipe import Goldfish
from soofi.tokens.goldfish import leave_out_labels
from soofi.tokens.packed_window import packed_window
from soofi.tokens.sampler import Placement, Sampler
from soofi.tokens.stream import Stream

IGNORED_LABEL = -100
"""Label of a position that teaches nothing; the default `ignore_index` of torch's cross-entropy."""


@dataclass(frozen=True)
class MicroBatch:
    """What one rank computes at once. S samples of L tokens, all int64.

    `tokens`, `labels`: (S, L); a label is IGNORED_LABEL where nothing is learned. `documents`: (S, L), numbering the
    documents inside each sample from 0; the end-of-document id opens the document after it.
    `streams`: name of each sample's stream.
    """

    tokens: np.ndarray
    labels: np.ndarray
    documents: np.ndarray
    streams: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One rank's share of a step. `valid_tokens` counts this rank's labels that are not ignored."""

    index: int
    micro_batches: tuple[MicroBatch, ...]
    valid_tokens: int


class Loader:
    """Gives any step to any data-parallel rank; holds no position."""

    def __init__(
        self,
        sampler: Sampler,
        streams: Mapping[str, Stream],
        end_of_document: int,
        padding: int,
        rank: int = 0,
        ranks: int = 1,
        goldfish: Goldfish | None = None,
    ):
        self._sampler, self._streams = sampler, streams
        self._end_of_document, self._padding = end_of_document, padding
        self._rank, self._ranks = rank, ranks
        self._goldfish = goldfish

    def step(self, index: int, micro_batch_samples: int | None = None) -> Step:
        """Step `index` (from 0) as this rank sees it: the step's samples j with j ≡ rank modulo ranks.

        `micro_batch_samples`: samples computed at once; None takes the rank's whole share.
        """
        samples = list(self._sampler.table.samples_of_step(index))[self._rank :: self._ranks]
        size = micro_batch_samples or max(1, len(samples))  # a rank may have none
        batches = tuple(self._batch(samples[i : i + size]) for i in range(0, len(samples), size))
        return Step(
            index,
            batches,
            sum(int((batch.labels != IGNORED_LABEL).sum()) for batch in batches),
        )

    def _batch(self, samples: list[int]) -> MicroBatch:
        placements = [self._sampler.locate(sample) for sample in samples]
        windows = [self._window(at) for at in placements]
        tokens, labels, documents = (np.stack(parts) for parts in zip(*windows, strict=True))
        return MicroBatch(tokens, labels, documents, tuple(at.stream for at in placements))

    def _window(self, at: Placement) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        stream = self._streams[at.stream]
        if at.packing == "best_fit":
            return self._packed_window(at, stream)
        tokens, labels = stream.window(at.window, at.sequence_length, self._padding, IGNORED_LABEL)
        if self._goldfish:
            leave_out_labels(labels, stream, at.window * at.sequence_length, self._goldfish, IGNORED_LABEL)
        return tokens, labels, document_numbers(tokens[None], self._end_of_document)[0]

    def _packed_window(self, at: Placement, stream: Stream) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        special = self._end_of_document, self._padding, IGNORED_LABEL
        tokens, labels, documents = packed_window(stream, at.window, at.sequence_length, *special)
        if self._goldfish:
            for start, place in stream.window_list(at.sequence_length).pieces(at.window):
                of_piece = labels[place]
                leave_out_labels(of_piece, stream, start - 1, self._goldfish, IGNORED_LABEL)
        return tokens, labels, documents


def document_numbers(tokens: np.ndarray, end_of_document: int) -> np.ndarray:
    """Number the documents inside each sample: (S, L) tokens to (S, L) int64 from 0.

    The boundary stands before each end-of-document id: as an input it opens what follows.
    """
    opens = tokens == end_of_document
    opens[:, 0] = False
    return np.cumsum(opens, axis=1)
