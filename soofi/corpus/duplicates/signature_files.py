"""The file of signatures that a task leaves: per band all keys in ascending order, and the documents that have them.

Whoever looks for equal keys in one range of one band reads that range of every file, and nothing else. The file is bare
numbers, little-endian: (bands, documents) keys as uint64, then (bands, documents) rows as uint32; documents without words
are not in it. 12 bytes a band and document.
"""

import mmap
from pathlib import Path

import numpy as np
import pyarrow as pa

from soofi.corpus.duplicates.minhash import NO_WORDS, band_keys
from soofi.ledger import publish_file
from soofi.recipe.duplicates import NearDuplicates

_BYTES = 12


class Signatures:
    """Collects the signatures of one task's documents and publishes them as one file."""

    def __init__(self, limits: NearDuplicates):
        self._limits = limits
        self._keys: list[np.ndarray] = []

    def add(self, texts: pa.StringArray) -> None:
        """Take the next documents in; none is null."""
        limits = self._limits
        self._keys.append(band_keys(texts, limits.shingle_words, limits.bands, limits.rows))

    def publish(self, path: Path) -> None:
        """Write the file; a row is the place of a document among those that were added."""
        keys = np.concatenate([np.empty((0, self._limits.bands), np.uint64), *self._keys])
        self._keys.clear()
        rows = np.flatnonzero(keys[:, 0] != NO_WORDS).astype(np.uint32)
        places = np.empty((self._limits.bands, len(rows)), dtype="<u4")
        with publish_file(path) as partial, partial.open("wb") as file:
            for band in range(self._limits.bands):
                of_band = keys[rows, band]
                order = np.argsort(of_band, kind="stable")
                places[band] = rows[order]
                file.write(of_band[order].astype("<u8").data)
            file.write(places.data)


def open_signatures(path: Path, bands: int) -> tuple[np.ndarray, np.ndarray]:
    """Keys (uint64, ascending) and rows (uint32) of one task, each (bands, documents), mapped from the file."""
    documents, rest = divmod(path.stat().st_size, bands * _BYTES)
    assert rest == 0, f"{path} is no signature file of {bands} bands"
    shape = (bands, documents)
    if documents == 0:
        return np.empty(shape, "<u8"), np.empty(shape, "<u4")
    with path.open("rb") as file:
        # numpy's memmap takes five times as long to make.
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    keys = np.frombuffer(data, "<u8", bands * documents)
    return keys.reshape(shape), np.frombuffer(data, "<u4", offset=keys.nbytes).reshape(shape)
