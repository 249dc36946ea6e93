"""Measurement of held-out text, language by language."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from soofi.metrics import bits_per_byte
from soofi.model import Boundaries
from soofi.tokens import IGNORED_LABEL, MicroBatch, Stream, read_windows, tile, windows_of
from soofi.train.distributed import sum_over_ranks
from soofi.train.mesh import Mesh


class Validation:
    """The first windows of every held-out stream, at most so many bytes a language, dealt out to the ranks."""

    def __init__(
        self,
        streams: Mapping[str, Stream],
        token_bytes: np.ndarray,
        sequence_length: int,
        bytes_per_language: int,
        batch_samples: int,
        end_of_document: int,
        padding: int,
        mesh: Mesh,
    ):
        """`token_bytes`: (vocabulary,) bytes that each id stands for."""
        self._token_bytes, self._end_of_document, self._padding = (
            token_bytes,
            end_of_document,
            padding,
        )
        self._length, self._batch_samples, self._mesh = (
            sequence_length,
            batch_samples,
            mesh,
        )
        self._streams = streams
        self.languages = sorted({stream.language for stream in streams.values()})
        self._windows = self._choose(bytes_per_language)

    def measure(self, engine: Any, device: torch.device) -> dict[str, float]:
        """Bits per byte by language. Collective: every rank runs the same number of forward passes."""
        nats, read = (
            dict.fromkeys(self.languages, 0.0),
            dict.fromkeys(self.languages, 0.0),
        )
        unit = self._batch_samples * self._mesh.data_size
        engine.eval()
        with torch.no_grad():
            for batch in range(math.ceil(len(self._windows) / unit)):
                mine = self._windows[batch * unit : (batch + 1) * unit][
                    self._mesh.data_rank :: self._mesh.data_size
                ]
                # A rank without a window left computes one again and does not count it: ZeRO-3 gathers together.
                held_out = self._read(mine or self._windows[:1])
                nll_BS = engine(
                    torch.from_numpy(held_out.tokens).to(device).long(),
                    boundaries=Boundaries.of(torch.from_numpy(held_out.documents)).to(device),
                    labels_BS=torch.from_numpy(held_out.labels).to(device).long(),
                ).nll_BS
                sums = nll_BS.double().sum(dim=1).tolist()
                for (name, _), row, labels_of_row in zip(mine, sums, held_out.labels, strict=False):
                    language = self._streams[name].language
                    nats[language] += row
                    read[language] += float(
                        self._token_bytes[labels_of_row[labels_of_row != IGNORED_LABEL]].sum()
                    )
        engine.train()
        total = sum_over_ranks([*nats.values(), *read.values()], device)
        half = len(self.languages)
        return {
            language: bits_per_byte(total[i], total[half + i])
            for i, language in enumerate(self.languages)
            if total[half + i]
        }

    def _read(self, windows: Sequence[tuple[str, int]]) -> MicroBatch:
        """These windows, by stream and number."""
        tiles = [tile(self._streams[name], window, self._length) for name, window in windows]
        return read_windows(tiles, self._length, self._end_of_document, self._padding)

    def _choose(self, bytes_per_language: int) -> list[tuple[str, int]]:
        chosen = []
        left = dict.fromkeys(self.languages, float(bytes_per_language))
        for name, stream in self._streams.items():
            for window in range(windows_of(stream.tokens, self._length)):
                if left[stream.language] <= 0:
                    break
                chosen.append((name, window))
                labels = self._read([(name, window)]).labels
                left[stream.language] -= float(self._token_bytes[labels[labels != IGNORED_LABEL]].sum())
        return chosen
