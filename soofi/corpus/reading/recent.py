"""A stream that can be taken up again at the next record, where a file is damaged."""

import io
from typing import Any

from soofi.corpus.reading.inflate import Damaged, Inflated

KEPT_BYTES = 64 << 20
"""So much of a record can be looked through again."""

_CHUNK_BYTES = 64 << 10


class Recent(io.RawIOBase):
    """Gives out a stream's bytes and keeps those since the last record began, up to `KEPT_BYTES`."""

    def __init__(self, stream: Any):
        super().__init__()
        self._stream = stream
        self._waiting = b""  # to be given out again
        self._kept = bytearray()
        self._kept_from = 0
        self._position = 0

    def readable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def tell(self) -> int:
        """Bytes given out."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; raises `Damaged`."""
        data = self._next(size if size > 0 else _CHUNK_BYTES)
        self._position += len(data)
        self._kept += data
        if len(self._kept) > KEPT_BYTES:
            self._kept.clear()
            self._kept_from = self._position
        return data

    def begin_record(self, position: int) -> None:
        """Forget what was given out before `position`."""
        if position > self._kept_from:
            del self._kept[: position - self._kept_from]
            self._kept_from = position

    def has_given(self, sign: bytes) -> bool:
        """Whether `sign` stands in what was given out since the last record began."""
        return self._kept.find(sign) >= 0

    def next_record(self, length: int, beginning: bytes) -> int | None:
        """Where the next record begins, if the one begun last is followed by one as it should be.

        `length`: bytes that the record says it has behind its head. A record that begins but breaks off counts.
        """
        head = self._kept.find(b"\r\n\r\n")
        end = head + 4 + length
        follows = bytes(self._kept[end : end + 4 + len(beginning)])
        wanted = b"\r\n\r\n" + beginning
        sound = head >= 0 and len(follows) > 4 and wanted.startswith(follows)
        return self._kept_from + end + 4 if sound else None

    def go_on(self, beginning: bytes) -> bool:
        """Take the stream up where the next line starts with `beginning`; False if none does.

        Looked for in the record begun last, and then in what comes.
        """
        found = self._kept.find(b"\n" + beginning, 1)
        if found >= 0:
            self._restart(found + 1, bytes(self._kept[found + 1 :]) + self._waiting)
            return True
        return self._search(bytes(self._kept[-len(beginning) :]), beginning)

    def skip_damage(self, beginning: bytes) -> bool:
        """As `go_on`, behind a damage of the stream itself."""
        return (
            isinstance(self._stream, Inflated)
            and self._stream.skip_damage()
            and self._search(b"\n", beginning)
        )

    def _search(self, tail: bytes, beginning: bytes) -> bool:
        wanted = b"\n" + beginning
        self._restart(len(self._kept), self._waiting)
        while True:
            try:
                data = self._next(_CHUNK_BYTES)
            except Damaged:
                if not (isinstance(self._stream, Inflated) and self._stream.skip_damage()):
                    return False
                tail = b"\n"
                continue
            if not data:
                return False
            joined = tail + data
            if (found := joined.find(wanted)) >= 0:
                rest = joined[found + 1 :]
                self._position += len(data) - len(rest)
                self._restart(0, rest + self._waiting)
                self._kept_from = self._position
                return True
            self._position += len(data)
            tail = joined[-len(wanted) + 1 :]

    def _restart(self, skipped: int, waiting: bytes) -> None:
        """Let the kept bytes go; what comes next is `waiting`, which begins `skipped` bytes behind them."""
        self._position = self._kept_from = self._kept_from + skipped
        self._kept.clear()
        self._waiting = waiting

    def _next(self, size: int) -> bytes:
        if self._waiting:
            data, self._waiting = self._waiting[:size], self._waiting[size:]
            return data
        return self._stream.read(size) or b""
