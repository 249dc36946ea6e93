"""The loader: the micro batches of one step for one rank."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from soofi.recipe import Goldfish
from soofi.tokens.sampler import Placement, Sampler
from soofi.tokens.stream import Stream
from soofi.tokens.windows import MicroBatch, Window, packed, read_windows, tile

_SAMPLES_AT_ONCE = 1024  # placed together; those of the steps that follow among them
_ROOMS = 8


@dataclass(frozen=True)
class Step:
    """One rank's share of a step. `valid_tokens` counts this rank's labels that are not ignored."""

    index: int
    micro_batches: tuple[MicroBatch, ...]
    valid_tokens: int


class Loader:
    """Gives any step to any data-parallel rank; holds no position. For one thread at a time."""

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
        self._rooms: list[np.ndarray] = []
        self._placed = lru_cache(maxsize=2)(self._place)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self._sampler.table.steps

    def step(self, index: int, micro_batch_samples: int | None = None) -> Step:
        """Step `index` (from 0) as this rank sees it: the step's samples j with j ≡ rank modulo ranks.

        `micro_batch_samples`: samples computed at once; None takes the rank's whole share.
        """
        if index >= self.steps:
            raise IndexError(f"the run has steps 0 … {self.steps - 1}, not {index}")
        length = self._sampler.table.row_of_step(index).sequence_length
        windows = [self._window(at) for at in self._placements(index)]
        size = micro_batch_samples or max(1, len(windows))  # a rank may have none
        room = self._room((3, len(windows), length))
        batches = tuple(
            read_windows(
                windows[i : i + size],
                length,
                self._end_of_document,
                self._padding,
                self._goldfish,
                room[:, i : i + size],
            )
            for i in range(0, len(windows), size)
        )
        return Step(index, batches, sum(int(batch.valid_tokens.sum()) for batch in batches))

    def _window(self, at: Placement) -> Window:
        stream = self._streams[at.stream]
        if at.packing == "best_fit":
            return packed(stream, at.window, at.sequence_length)
        return tile(stream, at.window, at.sequence_length)

    def _placements(self, index: int) -> list[Placement]:
        """Where this rank's samples of a step are; found for a whole number of steps at once, which costs little more."""
        row = self._sampler.table.row_of_step(index)
        together = max(1, _SAMPLES_AT_ONCE * self._ranks // row.batch_samples)
        first = index - (index - row.first_step) % together
        return self._placed(first, min(first + together, row.first_step + row.steps))[index - first]

    def _place(self, first: int, stop: int) -> list[list[Placement]]:
        """For each of these steps."""
        table = self._sampler.table
        shares = [table.samples_of_step(step)[self._rank :: self._ranks] for step in range(first, stop)]
        placements = iter(self._sampler.locate_all([sample for share in shares for sample in share]))
        return [list(islice(placements, len(share))) for share in shares]

    def _room(self, shape: tuple[int, int, int]) -> np.ndarray:
        """An int32 array for a step: one that an earlier step had and to which nothing refers any more, if there is one.

        Whoever has any part of a step keeps all of it, since a view refers to the array that it is a view of.
        """
        self._rooms = [room for room in self._rooms if room.shape == shape]
        for index in range(len(self._rooms)):
            if sys.getrefcount(self._rooms[index]) == 2:  # the list's, and the argument's
                return self._rooms[index]
        room = np.empty(shape, np.int32)
        if len(self._rooms) < _ROOMS:
            self._rooms.append(room)
        return room
