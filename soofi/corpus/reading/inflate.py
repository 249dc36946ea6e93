"""Decompression of gzip and zstd that finds damage, can go on behind it, and does not let a small file fill the machine."""

import io
import zlib
from typing import Any, BinaryIO

import zstandard

BOMB_BYTES = 256 << 20
"""So much may come out of a file whatever its size."""

BOMB_RATIO = 200
"""A file that has given more than `BOMB_BYTES` may not give more than so many times what went in: text shrinks 3 to 20
times, many copies of one page perhaps 100 times."""

_WINDOW_BYTES = 128 << 20  # what `zstd --long` asks for; a frame may ask for 3.75 TiB
_OUT_BYTES = 1 << 20
_IN_BYTES = {"gzip": 64 << 10, "zstd": 2 << 10}  # zstd: 2 kB can hold at most 512 blocks of 128 kB
_MAGIC = {"gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd"}


DAMAGES = frozenset(
    {
        "damaged_file",
        "damaged_headers",
        "damaged_record",
        "damaged_row_group",
        "decompression_bomb",
        "undecodable_body",
    }
)
"""Reasons of stage `read` that say that a file is not as it was made."""


class Damaged(Exception):
    """A file that cannot be read on: `reason` as documents that are kept aside name it, and what the reader saw."""

    def __init__(self, reason: str, cause: str):
        super().__init__(reason, cause)
        self.reason, self.cause = reason, cause


class Inflated(io.RawIOBase):
    """What a compressed file holds, its members (gzip) or frames (zstd) end to end.

    Everything before a damage is given out. Then every read raises `Damaged`, until `skip_damage` finds a member behind it.
    """

    def __init__(self, raw: BinaryIO, compression: str):
        super().__init__()
        self._raw, self._kind = raw, compression
        self._input = b""
        self._output = memoryview(b"")
        self._member: Any = None
        self._damage: Damaged | None = None
        self._consumed = self._produced = 0
        self._ended = self._begun = False

    def readable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See io.RawIOBase; raises `Damaged`."""
        while not self._output:
            if self._damage:
                raise self._damage
            if self._ended:
                return 0
            self._step()
        size = min(len(buffer), len(self._output))
        buffer[:size] = self._output[:size]
        self._output = self._output[size:]
        return size

    def skip_damage(self) -> bool:
        """Go on at the next member behind the damage; False if there is none or the file may give no more."""
        if self._damage is None or self._damage.reason == "decompression_bomb":
            return False
        magic = _MAGIC[self._kind]
        self._member = None
        data = self._input[1:]
        while (place := data.find(magic)) < 0:
            more = self._raw.read(_IN_BYTES["gzip"])
            if not more:
                self._input = b""
                return False
            self._consumed += len(more)
            data = data[-len(magic) + 1 :] + more
        self._input, self._damage = data[place:], None
        return True

    def _step(self) -> None:
        """Decompress a little more."""
        if not self._input:
            self._input = self._raw.read(_IN_BYTES[self._kind])
            self._consumed += len(self._input)
        if not self._input:
            self._ended = True
            if self._member is not None or not self._begun:
                # No compressor writes nothing, not even for an empty text.
                self._damage = Damaged("damaged_file", "it ends too early")
            return
        if self._member is None:
            if self._begun and not self._input.strip(b"\0"):
                self._input = b""  # padding, which tapes and some tools leave
                return
            self._member = self._new_member()
        self._begun = True
        given = self._input
        try:
            output = self._decompress(given)
        except (zlib.error, zstandard.ZstdError) as error:
            self._input = given
            self._damage = Damaged("damaged_file", " ".join(str(error).split()))
            return
        self._output = memoryview(output)
        self._produced += len(output)
        if self._produced > max(BOMB_BYTES, BOMB_RATIO * self._consumed):
            self._output = memoryview(b"")
            self._damage = Damaged(
                "decompression_bomb", f"{self._consumed} bytes became more than {self._produced}"
            )

    def _new_member(self) -> Any:
        if self._kind == "gzip":
            return zlib.decompressobj(wbits=31)
        return zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES).decompressobj()

    def _decompress(self, data: bytes) -> bytes:
        output: bytes
        if self._kind == "gzip":
            output = self._member.decompress(data, _OUT_BYTES)
            rest = self._member.unconsumed_tail
        else:
            output, rest = self._member.decompress(data), b""
        if self._member.eof:
            rest, self._member = self._member.unused_data, None
        self._input = rest
        return output
