"""Window lists on disk: which pieces of a stream each packed window holds (`windows-<length>.safetensors`).

A safetensors file with three arrays: `first` int64 (windows + 1,), `starts` int64 (pieces,), `lengths` int32 (pieces,). Window
w has the pieces first[w] … first[w + 1] - 1; a piece is the tokens starts[p] … starts[p] + lengths[p] - 1 of the stream **as
labels**, end to end from the window's first place on. Its inputs are the tokens one earlier. The file's metadata say what it
is: `format`, `sequence_length`, and the counts of `Counts`.
"""

import json
import struct
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from soofi.ledger import publish_file

FORMAT = "soofi.window-list/1"

_PREFIX, _SUFFIX = "windows-", ".safetensors"

_TYPES: dict[str, tuple[str, np.dtype]] = {
    "first": ("I64", np.dtype("<i8")),
    "starts": ("I64", np.dtype("<i8")),
    "lengths": ("I32", np.dtype("<i4")),
}
_LONGEST_HEADER_BYTES = 1 << 20


@dataclass(frozen=True)
class Counts:
    """What packing made of one stream, or of several.

    `dropped_tokens` are in no window. `cut_documents` are longer than a window; `cut_by_tiling` would lie in more than one
    window if windows tiled the stream.
    """

    windows: int
    pieces: int
    documents: int
    tokens: int
    padding_tokens: int
    dropped_tokens: int
    cut_documents: int
    cut_by_tiling: int

    def __add__(self, other: "Counts") -> "Counts":
        mine, others = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + others[name] for name in mine})


def window_list_name(sequence_length: int) -> str:
    """Name of the file, beside the shards of its stream."""
    return f"{_PREFIX}{sequence_length}{_SUFFIX}"


def length_of_list(name: str) -> int | None:
    """Sequence length of the window list with this file name; None for another file."""
    middle = name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    return int(middle) if name == f"{_PREFIX}{middle}{_SUFFIX}" and middle.isdecimal() else None


def write_window_list(
    path: Path,
    sequence_length: int,
    first: np.ndarray,
    starts: np.ndarray,
    lengths: np.ndarray,
    counts: Counts,
) -> None:
    """Publish a window list. Equal arrays give equal bytes."""
    arrays = {"first": first, "starts": starts, "lengths": lengths}
    metadata = {"format": FORMAT, "sequence_length": sequence_length, **asdict(counts)}
    header: dict[str, Any] = {"__metadata__": {name: str(value) for name, value in metadata.items()}}
    offset = 0
    for name, values in arrays.items():
        code, kind = _TYPES[name]
        size = len(values) * kind.itemsize
        header[name] = {"dtype": code, "shape": [len(values)], "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with publish_file(path) as partial, open(partial, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, values in arrays.items():
            file.write(np.ascontiguousarray(values, _TYPES[name][1]).data)


class WindowList:
    """Reads a window list; its arrays stay on disk until they are asked for, and opening it costs the same for any size.

    Raises FileNotFoundError or ValueError with one sentence.
    """

    def __init__(self, path: Path):
        self.path = path
        if not path.is_file():
            raise FileNotFoundError(f"there is no window list {path}: make the tokens again")
        try:
            metadata, self._places = _read_header(path)
            form = metadata.pop("format")
        except (ValueError, KeyError, TypeError, AttributeError, struct.error):
            raise ValueError(f"{path} is damaged: make the tokens again") from None
        if form != FORMAT:
            raise ValueError(
                f"{path} has format {form}; this soofi reads {FORMAT}: use the soofi that wrote it"
            )
        try:
            self.sequence_length = int(metadata.pop("sequence_length"))
            self.counts = Counts(**{name: int(value) for name, value in metadata.items()})
            sizes = {
                "first": self.counts.windows + 1,
                "starts": self.counts.pieces,
                "lengths": self.counts.pieces,
            }
            fits = {name: count for name, (_, count) in self._places.items()} == sizes
        except (ValueError, TypeError):
            fits = False
        if not fits:
            raise ValueError(f"{path} is damaged: make the tokens again")

    @cached_property
    def first(self) -> np.ndarray:
        """First piece of each window, and the number of pieces: int64 (windows + 1,)."""
        return self._array("first")

    @cached_property
    def starts(self) -> np.ndarray:
        """First label of each piece in the stream: int64 (pieces,)."""
        return self._array("starts")

    @cached_property
    def lengths(self) -> np.ndarray:
        """Labels of each piece: int32 (pieces,)."""
        return self._array("lengths")

    def windows_of(self, start: int, count: int) -> list[int]:
        """The windows, in order, that have any of the stream's tokens start … start + count - 1 as a label.

        A document's are its windows: its tokens are inputs there and nowhere else, but for the end-of-document id, which
        opens every document.
        """
        starts, order = self._by_start
        begin = int(np.searchsorted(starts, start, "right")) - 1
        end = int(np.searchsorted(starts, start + count, "left"))
        pieces = np.array(
            [p for p in order[max(0, begin) : end].tolist() if self.starts[p] + self.lengths[p] > start],
            np.int64,
        )
        return sorted(set((np.searchsorted(self.first, pieces, "right") - 1).tolist()))

    @cached_property
    def _by_start(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.starts, kind="stable")
        return self.starts[order], order

    def _array(self, name: str) -> np.ndarray:
        offset, count = self._places[name]
        kind = _TYPES[name][1]
        # As a plain array: slices of a memmap cost several times as much.
        return np.asarray(np.memmap(self.path, kind, "r", offset, (count,))) if count else np.empty(0, kind)


def _read_header(path: Path) -> tuple[dict[str, str], dict[str, tuple[int, int]]]:
    """Metadata, and offset in bytes and number of values of every array; ValueError and kin if they are not so."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        if header_bytes > min(size, _LONGEST_HEADER_BYTES):
            raise ValueError
        header = json.loads(file.read(header_bytes))
    metadata = header.pop("__metadata__")
    begin, expected, places = 8 + header_bytes, 0, {}
    for name, (code, kind) in _TYPES.items():
        (count,) = header[name]["shape"]
        end = expected + count * kind.itemsize
        if header[name]["dtype"] != code or header[name]["data_offsets"] != [expected, end]:
            raise ValueError
        places[name], expected = (begin + expected, count), end
    if begin + expected != size:
        raise ValueError
    return metadata, places
