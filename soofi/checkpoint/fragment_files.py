"""Fragments on disk: one safetensors file a rank, and an index that says where every value of every parameter stands.

The layout is stated in docs/checkpoints.md. Nothing is gathered and nothing is unpickled: a reader asks for values start …
stop of a flattened parameter and gets them from whichever files hold them.
"""

import json
import os
import struct
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from soofi.checkpoint.direct_writer import DirectWriter
from soofi.ledger import write_json

FORMAT = "soofi.fragments/1"
INDEX = "fragments.json"
WEIGHT = "weight"
"""Name of the fp32 weights beside the optimizer's own states (`exp_avg`, `exp_avg_sq`)."""

_LONGEST_HEADER_BYTES = 100_000_000  # the safetensors library's own limit
_OPEN_FILES = 64


@dataclass(frozen=True)
class Piece:
    """Values of one parameter that one file holds.

    `start`, `count`: the range in the flattened parameter. With `dimension` (tensor parallelism) the file holds the
    slice `first` … `stop` - 1 of that dimension of the parameter, and the range is in the flattened slice.
    """

    file: int
    start: int
    count: int
    dimension: int | None = None
    first: int = 0
    stop: int = 0

    def to_values(self) -> list[int]:
        """As the index holds it."""
        values = [self.file, self.start, self.count]
        return values if self.dimension is None else [*values, self.dimension, self.first, self.stop]


def tensor_name(parameter: str, state: str, start: int) -> str:
    """Name of a fragment's tensor in its safetensors file."""
    return f"{parameter}/{state}/{start}"


def fragment_file(rank: int) -> str:
    """Name of the file that a rank writes."""
    return f"rank-{rank:05d}.safetensors"


def write_fragments(path: Path, tensors: Iterable[tuple[str, np.ndarray]]) -> tuple[int, str]:
    """Write flat fp32 arrays as a safetensors file and wait until it is on the disk.

    Returns its bytes and SHA-256. Equal arrays give equal bytes. Nothing is copied as a whole.
    """
    given = list(tensors)
    header: dict[str, Any] = {"__metadata__": {"format": FORMAT}}
    offset = 0
    for name, values in given:
        header[name] = {
            "dtype": "F32",
            "shape": [values.size],
            "data_offsets": [offset, offset + values.nbytes],
        }
        offset += values.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with DirectWriter(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, values in given:
            file.write(np.ascontiguousarray(values, "<f4").data)
    return file.size, file.sha256


def write_index(
    directory: Path,
    shapes: Mapping[str, Sequence[int]],
    states: Sequence[str],
    files: Sequence[str],
    pieces: Mapping[str, Sequence[Piece]],
) -> None:
    """Write the index of a checkpoint's fragments; every piece has a tensor for each of `states`."""
    parameters = {
        name: {
            "shape": list(shapes[name]),
            "fragments": [
                piece.to_values() for piece in sorted(pieces[name], key=lambda piece: piece.to_values()[1:])
            ],
        }
        for name in shapes
    }
    values = {"format": FORMAT, "states": list(states), "files": list(files), "parameters": parameters}
    write_json(directory / INDEX, values)


class FragmentReader:
    """Reads any range of any parameter's states from a checkpoint directory. Close it, or use it as a context.

    Raises ValueError with one sentence for whatever is not as the format says, before anything of it is used.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        values = _read_index(directory)
        try:
            self.states: tuple[str, ...] = tuple(values["states"])
            self.files: tuple[str, ...] = tuple(values["files"])
            self.shapes: dict[str, tuple[int, ...]] = {
                name: tuple(entry["shape"]) for name, entry in values["parameters"].items()
            }
            self.pieces: dict[str, list[Piece]] = {
                name: [Piece(*piece) for piece in entry["fragments"]]
                for name, entry in values["parameters"].items()
            }
        except (KeyError, TypeError, AttributeError):
            raise self._damaged(INDEX, "is not an index of fragments") from None
        for name in self.files:
            # A name that leads out of the directory would read, as weights, whatever it points to.
            if Path(str(name)).name != name or name in ("", ".", ".."):
                raise self._damaged(INDEX, f"names the file {name!r}, which is not in the directory")
        for name, pieces in self.pieces.items():
            self._check_cover(name, pieces)
        self._open: OrderedDict[int, _TensorFile] = OrderedDict()

    def __enter__(self) -> "FragmentReader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.popitem()[1].close()

    @cached_property
    def _starts(self) -> dict[str, list[int]]:
        return {
            name: [piece.start for piece in pieces]
            for name, pieces in self.pieces.items()
            if all(piece.dimension is None for piece in pieces)
        }

    def read(self, name: str, state: str, start: int, out: np.ndarray) -> None:
        """Fill the flat fp32 array `out` with values start … of the flattened parameter."""
        stop = start + out.size
        if name not in self.shapes or state not in self.states:
            raise ValueError(f"{self.directory} holds no {state} of {name}")
        if not 0 <= start <= stop <= prod(self.shapes[name]):
            raise ValueError(f"values {start} to {stop} reach outside {name}")
        pieces = self.pieces[name]
        if name in self._starts:
            index = max(0, bisect_right(self._starts[name], start) - 1)
            while start < stop:
                piece = pieces[index]
                here = min(stop, piece.start + piece.count)
                if here > start:
                    target = out[out.size - (stop - start) : out.size - (stop - here)]
                    self.read_piece(name, state, piece, start - piece.start, target)
                    start = here
                index += 1
            return
        for piece in pieces:
            for place, inside, count in _runs(self.shapes[name], piece, start, stop):
                self.read_piece(
                    name, state, piece, inside - piece.start, out[place - start : place - start + count]
                )

    def whole(self, name: str, state: str) -> np.ndarray:
        """A whole parameter's state in its shape."""
        out = np.empty(prod(self.shapes[name]), np.float32)
        self.read(name, state, 0, out)
        return out.reshape(self.shapes[name])

    def read_piece(self, name: str, state: str, piece: Piece, first: int, out: np.ndarray) -> None:
        """Fill `out` with values first … of one of the parameter's `pieces`, as its file holds them."""
        self._file(piece.file).read(tensor_name(name, state, piece.start), piece.count, first, out)

    def tensors_of(self, file: int) -> frozenset[str]:
        """Names of the tensors that one of `files` holds."""
        return frozenset(self._file(file).names)

    def _file(self, number: int) -> "_TensorFile":
        file = self._open.get(number)
        if file is None:
            while len(self._open) >= _OPEN_FILES:
                self._open.popitem(last=False)[1].close()
            file = self._open[number] = _TensorFile(self.directory / self.files[number])
        self._open.move_to_end(number)
        return file

    def _check_cover(self, name: str, pieces: list[Piece]) -> None:
        """Every value of a parameter must stand in exactly one place."""
        shape = self.shapes[name]
        if not _are_counts(shape):
            raise self._damaged(INDEX, f"gives {name} the shape {shape}")
        covered = 0
        for piece in pieces:
            if not _are_counts(piece.to_values()) or piece.file >= len(self.files) or piece.count == 0:
                raise self._damaged(INDEX, f"holds a fragment of {name} that cannot be")
            covered += piece.count
        plain = [piece for piece in pieces if piece.dimension is None]
        if len(plain) == len(pieces):
            follows = all(one.start + one.count == two.start for one, two in pairwise(pieces))
            begins = not pieces or pieces[0].start == 0
        else:
            follows, begins = not plain and _slices_tile(shape, pieces), True
        if covered != prod(shape) or not follows or not begins:
            raise self._damaged(INDEX, f"does not account for every value of {name} exactly once")

    def _damaged(self, file: str, what: str) -> ValueError:
        return ValueError(f"{self.directory / file} {what}: the checkpoint is damaged")


def _read_index(directory: Path) -> dict[str, Any]:
    path = directory / INDEX
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        form = values["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{path} cannot be read: the checkpoint is damaged") from None
    if form != FORMAT:
        raise ValueError(f"{path} has format {form}; this soofi reads {FORMAT}: use the soofi that wrote it")
    assert isinstance(values, dict)
    return values


def _are_counts(values: Sequence[Any]) -> bool:
    return all(type(value) is int and value >= 0 for value in values)


def _slices_tile(shape: Sequence[int], pieces: Sequence[Piece]) -> bool:
    """Whether slices of one dimension, each whole or in consecutive ranges, make up the parameter."""
    dimensions = {piece.dimension for piece in pieces}
    dimension = pieces[0].dimension
    if len(dimensions) != 1 or dimension is None or dimension >= len(shape):
        return False
    slices: dict[tuple[int, int], list[Piece]] = {}
    for piece in pieces:
        slices.setdefault((piece.first, piece.stop), []).append(piece)
    at = 0
    for (first, stop), parts in sorted(slices.items()):
        size = prod(shape) // max(1, shape[dimension]) * (stop - first)
        place = 0
        for part in sorted(parts, key=lambda piece: piece.start):
            if part.start != place:
                return False
            place += part.count
        if first != at or stop <= first or place != size:
            return False
        at = stop
    return at == shape[dimension]


def _runs(shape: Sequence[int], piece: Piece, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Where a piece of a slice meets values start … stop - 1 of the flattened parameter.

    Yields runs: place in the flattened parameter, place in the flattened slice, count.
    """
    assert piece.dimension is not None
    inner = prod(shape[piece.dimension + 1 :])
    whole, width = shape[piece.dimension] * inner, (piece.stop - piece.first) * inner
    for outer in range(start // whole, -(-stop // whole)):
        # The slice's run of this outer index, in both numberings; then what the piece and the request share of it.
        shift = outer * whole + piece.first * inner - outer * width
        begin = max(outer * width, piece.start, start - shift)
        end = min((outer + 1) * width, piece.start + piece.count, stop - shift)
        if begin < end:
            yield begin + shift, begin, end - begin


class _TensorFile:
    """A safetensors file of flat fp32 tensors, read in place."""

    def __init__(self, path: Path):
        self._path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise self._damaged(f"cannot be read ({error.strerror})") from None
        try:
            self._ranges, self._data = self._read_header()
        except BaseException:
            self._file.close()
            raise

    @property
    def names(self) -> Iterable[str]:
        return self._ranges.keys()

    def close(self) -> None:
        self._file.close()

    def read(self, name: str, count: int, first: int, out: np.ndarray) -> None:
        """Fill `out` with values first … of the tensor `name`, which must have `count` values."""
        if name not in self._ranges:
            raise self._damaged(f"lacks {name}")
        begin, end = self._ranges[name]
        if end - begin != 4 * count:
            raise self._damaged(f"has another length of {name} than its index")
        self._file.seek(self._data + begin + 4 * first)
        view = out.data.cast("B")
        while view:
            got = self._file.readinto(view)  # type: ignore[attr-defined]
            if not got:
                raise self._damaged("is cut short")
            view = view[got:]

    def _read_header(self) -> tuple[dict[str, tuple[int, int]], int]:
        size = os.fstat(self._file.fileno()).st_size
        begin = self._file.read(8)
        length = struct.unpack("<Q", begin)[0] if len(begin) == 8 else size
        if length > min(size - 8, _LONGEST_HEADER_BYTES):
            raise self._damaged("is cut short")
        ranges = {}
        try:
            for name, entry in json.loads(self._file.read(length)).items():
                if name == "__metadata__":
                    continue
                first, last = entry["data_offsets"]
                if entry["dtype"] != "F32" or not 0 <= first <= last <= size - 8 - length:
                    raise ValueError(name)
                ranges[name] = (first, last)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._damaged("has a header that cannot be") from None
        return ranges, 8 + length

    def _damaged(self, what: str) -> ValueError:
        return ValueError(f"{self._path} {what}: the checkpoint is damaged")
