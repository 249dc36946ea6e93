"""Sample i as a pure function of the stage table, and its inverse."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from soofi.recipe import Packing
from soofi.tokens.permutation import Permutation, forward_each
from soofi.tokens.stage_table import Row, StageTable


class Placement(NamedTuple):
    """What a sample is: one window of one stream, in one epoch."""

    stream: str
    epoch: int
    window: int
    sequence_length: int
    packing: Packing = "tiled"


class Sampler:
    """Random access to the run's samples. Holds no position: asking for a sample has no effect."""

    def __init__(self, table: StageTable):
        self.table = table
        self._permutation = lru_cache(maxsize=4096)(self._new_permutation)
        self._spans = lru_cache(maxsize=4)(self._new_spans)

    def locate(self, sample: int) -> Placement:
        """The window that sample `sample` (from 0, over the whole run) is."""
        return self.locate_all([sample])[0]

    def locate_all(self, samples: Sequence[int]) -> list[Placement]:
        """The windows that these samples are, in any order; many at once take little longer than one."""
        found: list[Placement] = []
        while len(found) < len(samples):
            first = len(found)
            row = self.table.row_of_sample(samples[first])
            stop = first + 1
            while stop < len(samples) and 0 <= samples[stop] - row.first_sample < row.samples:
                stop += 1
            found += self._locate_in(row, np.array(samples[first:stop]) - row.dealt_from)
        return found

    def _locate_in(self, row: Row, dealt: np.ndarray) -> list[Placement]:
        """Those of one row, by their numbers as its split counts them: int64 (n,)."""
        names = row.split.names
        which, counts = row.split.locate_all(dealt)
        windows, begin = self._spans(row.first_sample)
        epochs, places = np.divmod(begin[which] + counts, windows[which])
        # Each epoch of each stream has an order of its own.
        orders, order_of = np.unique(epochs * len(names) + which, return_inverse=True)
        permutations = [
            self._permutation(
                names[order % len(names)],
                row.sequence_length,
                order // len(names),
                int(windows[order % len(names)]),
            )
            for order in orders.tolist()
        ]
        return [
            Placement(names[stream], epoch, window, row.sequence_length, row.packing)
            for stream, epoch, window in zip(
                which.tolist(),
                epochs.tolist(),
                forward_each(permutations, order_of, places).tolist(),
                strict=True,
            )
        ]

    def samples_of(
        self, stream: str, window: int, sequence_length: int, packing: Packing = "tiled"
    ) -> list[int]:
        """All samples of the run, in order, that are this window: the inverse of `locate` over every epoch."""
        found = []
        for row in self.table.rows:
            if (row.sequence_length, row.packing) != (sequence_length, packing) or stream not in row.weights:
                continue
            windows = self.table.windows(stream, row)
            begin = self._position(row, stream, windows)
            first, last = (begin + row.split.counts(n)[stream] for n in (row.dealt.start, row.dealt.stop))
            for epoch in range(first // windows, -(-last // windows)):
                place = int(self._permutation(stream, sequence_length, epoch, windows).inverse(window))
                position = epoch * windows + place
                if first <= position < last:
                    found.append(row.dealt_from + row.split.index_of(stream, position - begin))
        return sorted(found)

    def _new_spans(self, first_sample: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each stream of a row's split, int64 (streams,): windows of an epoch, and those that came before the row."""
        row = self.table.row_of_sample(first_sample)
        windows = [self.table.windows(name, row) for name in row.split.names]
        begin = [self._position(row, name, n) for name, n in zip(row.split.names, windows, strict=True)]
        return np.array(windows), np.array(begin)

    def _position(self, row: Row, stream: str, windows: int) -> int:
        cursor = row.cursors[stream]
        return cursor.epoch * windows + cursor.window

    def _new_permutation(self, stream: str, sequence_length: int, epoch: int, windows: int) -> Permutation:
        return Permutation(
            windows,
            self.table.seed,
            self.table.geometry_sha256,
            stream,
            sequence_length,
            epoch,
        )
