"""A file written past the page cache holds the bytes given, wherever their pieces end and whatever the file system refuses."""

import errno
import hashlib
import mmap
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.checkpoint import direct_writer
from soofi.checkpoint.direct_writer import DirectWriter

PAGE = mmap.PAGESIZE


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_writer, "BLOCK_BYTES", 2 * PAGE)


def write(path: Path, pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    with DirectWriter(path) as file:
        for piece in pieces:
            file.write(piece)
    assert path.read_bytes() == content
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def pieces_of(sizes: list[int]) -> list[bytes]:
    return [np.random.default_rng(index).bytes(size) for index, size in enumerate(sizes)]


sizes = st.lists(st.integers(1, 5 * PAGE) | st.sampled_from([PAGE, 2 * PAGE, 4 * PAGE]), max_size=4)


@settings(max_examples=40, deadline=None)
@given(sizes=sizes)
def test_the_bytes_given_stand_in_the_file(tmp_path_factory: pytest.TempPathFactory, sizes) -> None:
    write(tmp_path_factory.getbasetemp() / "file", pieces_of(sizes))


def test_an_older_longer_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 9 * PAGE)
    write(tmp_path / "file", pieces_of([3 * PAGE + 5]))


def test_a_file_system_that_cannot_write_directly_gets_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system_open, refused = os.open, []

    def open_(path, flags, *mode) -> int:
        if flags & os.O_DIRECT:
            refused.append(path)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return system_open(path, flags, *mode)

    monkeypatch.setattr(os, "open", open_)
    write(tmp_path / "file", pieces_of([3 * PAGE, 5, 4 * PAGE]))
    assert refused


def test_a_file_system_with_other_boundaries_gets_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The kernel refuses these blocks in the midst of the file.
    monkeypatch.setattr(direct_writer, "BLOCK_BYTES", PAGE + 100)
    monkeypatch.setattr(direct_writer, "ALIGNMENT", 1)
    write(tmp_path / "file", pieces_of([3 * PAGE, 5, 4 * PAGE]))


def test_a_full_disk_is_told() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)), DirectWriter(Path("/dev/full")) as file:
        file.write(bytes(5 * PAGE))


def test_an_error_inside_is_passed_on_and_the_file_is_closed(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(ZeroDivisionError), DirectWriter(tmp_path / "file") as file:
        file.write(b"begun")
        _ = 1 / 0
    assert len(os.listdir("/proc/self/fd")) == len(before)
