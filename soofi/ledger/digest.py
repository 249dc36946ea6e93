"""Digests of files and of plain values."""

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import rfc8785

from soofi.ledger.publish import write_text

_PIECE_BYTES = 1 << 20


def sha256_file(path: str | Path, given_up: threading.Event | None = None) -> str:
    """Hex SHA-256 of a file's bytes. Raises InterruptedError when `given_up` is set meanwhile."""
    digest, piece = hashlib.sha256(), memoryview(bytearray(_PIECE_BYTES))
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(piece):
            if given_up and given_up.is_set():
                raise InterruptedError
            digest.update(piece[:count])
    return digest.hexdigest()


def sha256_values(values: Any) -> str:
    """Hex SHA-256 of the canonical JSON (RFC 8785) of plain values."""
    return hashlib.sha256(rfc8785.dumps(values)).hexdigest()


class DigestCache:
    """Digests of files that are hashed again only when size or modification time differ from what was recorded.

    It makes the decision whether a stage can be skipped quick; `soofi verify` does not use it.
    """

    FORMAT = "soofi.digest-cache/1"

    def __init__(self, path: Path):
        self._path = path
        self._known: dict[str, list[Any]] = {}
        self._changed = False
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored.get("format") == self.FORMAT:
                self._known = stored["files"]
        except (OSError, ValueError, KeyError, AttributeError):
            pass  # a cache that is missing or torn costs time, not correctness

    def sha256(self, path: Path, given_up: threading.Event | None = None) -> str:
        """Hex SHA-256 of the file at `path`; raises FileNotFoundError where there is none. `given_up`: see `sha256_file`."""
        # By its real place: runs that share a directory share what is known of it.
        key, status = os.path.realpath(path), path.stat()
        known = self._known.get(key)
        if known and known[:2] == [status.st_size, status.st_mtime_ns]:
            return known[2]
        digest = sha256_file(path, given_up)
        self._known[key] = [status.st_size, status.st_mtime_ns, digest]
        self._changed = True
        return digest

    def sha256_all(self, paths: Iterable[Path], threads: int) -> list[str]:
        """Hex SHA-256 of each of these files, `threads` read at a time; see `sha256`."""
        given_up = threading.Event()
        with ThreadPoolExecutor(threads) as pool:
            try:
                return list(pool.map(partial(self.sha256, given_up=given_up), paths))
            except BaseException:
                given_up.set()  # an interruption need not wait until large files are read
                raise

    def save(self) -> None:
        """Write the cache beside the run if anything was hashed since it was read."""
        if self._changed:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_text(
                self._path,
                json.dumps({"format": self.FORMAT, "files": self._known}, indent=0) + "\n",
            )
            self._changed = False
