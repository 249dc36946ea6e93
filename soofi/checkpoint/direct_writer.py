"""Writing a large file past the page cache, with its SHA-256.

A checkpoint that goes through the page cache costs the processor several times as much as one that does not, and pushes out
the token shards that the training reads. The bytes pass through one small block at a page's boundary, as direct writing
demands, and are hashed there. Where a file system cannot write directly, the cache is used after all.
"""

import errno
import fcntl
import hashlib
import mmap
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

BLOCK_BYTES = 1 << 23
"""Large enough for a disk to be busy with and for the interpreter's lock to be free meanwhile."""

ALIGNMENT = mmap.PAGESIZE
"""Of memory, places in the file and lengths, for direct writing."""

_DIRECT = getattr(os, "O_DIRECT", 0)  # Linux's


class DirectWriter:
    """Makes a file of bytes that come in order. A context: left without an error, all of them are on the disk.

    Raises OSError like any file.
    """

    def __init__(self, path: Path):
        self._block = np.frombuffer(mmap.mmap(-1, BLOCK_BYTES), np.uint8)
        self._file = open(path, "wb", buffering=0, opener=_open_directly)  # noqa: SIM115 - closed with the context
        self._filled = 0
        self._digest = hashlib.sha256()
        self.size = 0
        """Bytes given so far."""

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the file, once the context is left."""
        return self._digest.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._write_block()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def write(self, data: bytes | memoryview) -> None:
        """Add contiguous bytes."""
        given = np.frombuffer(data, np.uint8)
        self.size += given.size
        while given.size:
            part = given[: BLOCK_BYTES - self._filled]
            self._block[self._filled : self._filled + part.size] = part
            self._filled += part.size
            given = given[part.size :]
            if self._filled == BLOCK_BYTES:
                self._write_block()

    def _write_block(self) -> None:
        rest = self._block[: self._filled].data
        self._digest.update(rest)
        if self._filled % ALIGNMENT:  # the end of the file
            self._use_cache()
        while rest:
            try:
                rest = rest[self._file.write(rest) :]
            except OSError as error:
                # Other than a page's boundaries, or the rest of a block that was written in part.
                if error.errno != errno.EINVAL or not self._use_cache():
                    raise
        self._filled = 0

    def _use_cache(self) -> bool:
        """Write through the page cache from here on; returns whether that is a change."""
        flags = fcntl.fcntl(self._file, fcntl.F_GETFL)
        if not flags & _DIRECT:
            return False
        fcntl.fcntl(self._file, fcntl.F_SETFL, flags & ~_DIRECT)
        return True


def _open_directly(path: str, flags: int) -> int:
    try:
        return os.open(path, flags | _DIRECT, 0o666)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return os.open(path, flags, 0o666)
