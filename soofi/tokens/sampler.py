"""Sample i as a pure function of the stage table, and its inverse."""

from dataclasses import dataclass
from functools import lru_cache

from soofi.recipe import Packing
from soofi.tokens.permutation import Permutation
from soofi.tokens.stage_table import Row, StageTable


@dataclass(frozen=True)
class Placement:
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

    def locate(self, sample: int) -> Placement:
        """The window that sample `sample` (from 0, over the whole run) is."""
        row = self.table.row_of_sample(sample)
        stream, count = row.split.locate(sample - row.dealt_from)
        windows = self.table.windows(stream, row)
        epoch, place = divmod(self._position(row, stream, windows) + count, windows)
        window = int(self._permutation(stream, row.sequence_length, epoch, windows).forward(place))
        return Placement(stream, epoch, window, row.sequence_length, row.packing)

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
