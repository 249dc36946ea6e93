"""Digests of files, several at a time."""

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.ledger import DigestCache, sha256_file


@given(st.integers(0, 3), st.binary(max_size=40))
def test_a_file_is_hashed_to_its_last_byte(tmp_path_factory, pieces, rest):
    content = bytes(range(256)) * 4096 * pieces + rest
    path = tmp_path_factory.mktemp("digest") / "file"
    path.write_bytes(content)
    assert sha256_file(path) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("threads", [1, 3])
def test_many_are_hashed_in_their_order(tmp_path, threads):
    paths = [tmp_path / str(number) for number in range(20)]
    for number, path in enumerate(paths):
        path.write_bytes(os.urandom(100_000 // (number + 1)))
    cache = DigestCache(tmp_path / "cache.json")
    assert cache.sha256_all(paths, threads) == [sha256_file(path) for path in paths]
    cache.save()
    again = DigestCache(tmp_path / "cache.json")
    assert again.sha256_all(reversed(paths), threads) == [sha256_file(path) for path in reversed(paths)]


def test_a_fault_does_not_wait_for_the_files_that_are_being_read(tmp_path):
    """The large one would take a quarter of an hour."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1 << 40)
    cache = DigestCache(tmp_path / "cache.json")
    with pytest.raises(FileNotFoundError):
        cache.sha256_all([tmp_path / "missing", large], threads=2)
    cache.save()
    assert not (tmp_path / "cache.json").exists()
