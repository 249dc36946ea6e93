"""Fragments on disk: every cut gives back the same values, and nothing that is not as the format says is read."""

import hashlib
import json
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.checkpoint.fragment_files import (
    INDEX,
    FragmentReader,
    Piece,
    fragment_file,
    tensor_name,
    write_fragments,
    write_index,
)

STATES = ("weight", "exp_avg")


def values(state: str, count: int) -> np.ndarray:
    return np.arange(count, dtype=np.float32) + 1000 * STATES.index(state)


def slice_of(array: np.ndarray, piece: Piece) -> np.ndarray:
    """What a piece's file holds of a parameter."""
    if piece.dimension is not None:
        array = array.take(range(piece.first, piece.stop), axis=piece.dimension)
    return array.ravel()[piece.start : piece.start + piece.count]


def write(directory: Path, shapes: dict[str, tuple[int, ...]], pieces: dict[str, list[Piece]]) -> None:
    directory.mkdir(exist_ok=True)
    files = 1 + max(piece.file for found in pieces.values() for piece in found)
    for file in range(files):
        tensors = [
            (
                tensor_name(name, state, piece.start),
                slice_of(values(state, int(np.prod(shapes[name]))).reshape(shapes[name]), piece),
            )
            for name, found in pieces.items()
            for piece in found
            if piece.file == file
            for state in STATES
        ]
        write_fragments(directory / fragment_file(file), tensors)
    write_index(directory, shapes, STATES, [fragment_file(file) for file in range(files)], pieces)


@st.composite
def cuts(draw) -> tuple[tuple[int, ...], list[Piece]]:
    """A parameter's shape and a way to lay it over files: ranges, or slices of one dimension cut into ranges."""
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=3)))
    dimension = draw(st.none() | st.integers(0, len(shape) - 1))
    whole = int(np.prod(shape))
    if dimension is None:
        parts = [(None, 0, 0, whole)]
    else:
        inner = sorted(draw(st.sets(st.integers(1, max(1, shape[dimension] - 1)), max_size=2)))
        edges = [0, *(edge for edge in inner if edge < shape[dimension]), shape[dimension]]
        parts = [(dimension, a, b, whole // shape[dimension] * (b - a)) for a, b in pairwise(edges)]
    pieces = []
    for along, first, stop, size in parts:
        edges = sorted({0, size, *draw(st.lists(st.integers(0, size), max_size=3))})
        for a, b in pairwise(edges):
            pieces.append(Piece(len(pieces), a, b - a, along, first, stop))
    return shape, pieces


@settings(max_examples=60, deadline=None)
@given(cut=cuts(), data=st.data())
def test_any_range_comes_back_however_the_parameter_was_cut(tmp_path_factory, cut, data) -> None:
    shape, pieces = cut
    directory = tmp_path_factory.mktemp("fragments")
    write(directory, {"w": shape}, {"w": pieces})
    size = int(np.prod(shape))
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    with FragmentReader(directory) as reader:
        assert reader.shapes == {"w": shape}
        for state in STATES:
            out = np.full(stop - start, -1, np.float32)
            reader.read("w", state, start, out)
            assert np.array_equal(out, values(state, size)[start:stop])
            assert np.array_equal(reader.whole("w", state), values(state, size).reshape(shape))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    shapes = {"a": (4, 3), "b": (5,)}
    write(tmp_path, shapes, {"a": [Piece(0, 0, 7), Piece(1, 7, 5)], "b": [Piece(1, 0, 5)]})
    return tmp_path


def test_the_files_are_safetensors_and_their_digest_is_told(tmp_path: Path) -> None:
    arrays = [("x/weight/0", values("weight", 10)), ("y/weight/3", values("exp_avg", 3))]
    size, digest = write_fragments(tmp_path / "f.safetensors", iter(arrays))
    content = (tmp_path / "f.safetensors").read_bytes()
    assert (size, digest) == (len(content), hashlib.sha256(content).hexdigest())
    loaded = safetensors.numpy.load_file(tmp_path / "f.safetensors")
    assert loaded.keys() == {"x/weight/0", "y/weight/3"}
    assert all(np.array_equal(loaded[name], array) for name, array in arrays)


def change_index(directory: Path, change) -> None:
    index = json.loads((directory / INDEX).read_text())
    change(index)
    (directory / INDEX).write_text(json.dumps(index))


BAD_INDICES = {
    "newer": (lambda i: i.update(format="soofi.fragments/2"), "use the soofi that wrote it"),
    "outside": (lambda i: i["files"].__setitem__(0, "../rank-00000.safetensors"), "is not in the directory"),
    "absolute": (lambda i: i["files"].__setitem__(0, "/etc/passwd"), "is not in the directory"),
    "no-parameters": (lambda i: i.pop("parameters"), "is not an index of fragments"),
    "gap": (lambda i: i["parameters"]["a"]["fragments"].pop(0), "does not account for every value of a"),
    "twice": (
        lambda i: i["parameters"]["a"]["fragments"].append([0, 0, 7]),
        "does not account for every value of a",
    ),
    "no-such-file": (lambda i: i["parameters"]["b"]["fragments"][0].__setitem__(0, 2), "that cannot be"),
    "negative": (lambda i: i["parameters"]["b"]["fragments"][0].__setitem__(1, -1), "that cannot be"),
    "word": (lambda i: i["parameters"]["b"]["fragments"][0].__setitem__(1, "x"), "that cannot be"),
}


@pytest.mark.parametrize("name", BAD_INDICES)
def test_an_index_that_cannot_be_is_refused(written: Path, name: str) -> None:
    change, sentence = BAD_INDICES[name]
    change_index(written, change)
    with pytest.raises(ValueError, match=sentence):
        FragmentReader(written)


def test_missing_cut_and_false_files_are_refused(written: Path) -> None:
    out = np.empty(5, np.float32)
    file = written / fragment_file(1)
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    for damaged, sentence in (
        (content[:-4], "has a header that cannot be"),
        (content[:20], "is cut short"),
        (b"", "is cut short"),
        (struct.pack("<Q", 1 << 62) + content[8:], "is cut short"),
        (content.replace(b'"F32"', b'"F16"'), "has a header that cannot be"),
        (content[:8] + b"{" * length + content[8 + length :], "has a header that cannot be"),
        (content.replace(b"b/weight/0", b"c/weight/0"), "lacks b/weight/0"),
    ):
        file.write_bytes(damaged)
        with FragmentReader(written) as reader, pytest.raises(ValueError, match=sentence):
            reader.read("b", "weight", 0, out)
    file.unlink()
    with FragmentReader(written) as reader, pytest.raises(ValueError, match="No such file"):
        reader.read("b", "weight", 0, out)


def test_what_is_not_there_is_refused(written: Path) -> None:
    with FragmentReader(written) as reader:
        for name, state, start, size, sentence in (
            ("c", "weight", 0, 1, "holds no weight of c"),
            ("a", "momentum", 0, 1, "holds no momentum of a"),
            ("a", "weight", 10, 3, "reach outside a"),
            ("a", "weight", -1, 1, "reach outside a"),
        ):
            with pytest.raises(ValueError, match=sentence):
                reader.read(name, state, start, np.empty(size, np.float32))
