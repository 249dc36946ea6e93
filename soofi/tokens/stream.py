"""Streams: all token shards of one source × language, end to end."""

import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from soofi.ledger import Manifest, read_manifest, sha256_values
from soofi.ledger.manifest import NAME as MANIFEST
from soofi.tokens.shard import Shard
from soofi.tokens.window_list import WindowList, length_of_list


@dataclass(frozen=True)
class Stream:
    """One source × language: `source/language`, its shards in order and the token offset of each.

    `window_lists`: sequence length, file and number of windows of each list of packed windows.
    """

    name: str
    paths: tuple[Path, ...]
    offsets: tuple[int, ...]
    tokens: int
    window_lists: tuple[tuple[int, Path, int], ...] = ()

    @property
    def language(self) -> str:
        """BCP-47 tag of the stream's language."""
        return language_of(self.name)

    def read(self, start: int, count: int) -> np.ndarray:
        """Tokens start … start+count-1 as int64 (count,); shorter at the stream's end."""
        tokens = np.empty(max(0, min(count, self.tokens - start)), np.int64)
        self.read_into(tokens, start)
        return tokens

    def read_into(self, out: np.ndarray, start: int) -> int:
        """Write the tokens from `start` on into `out`, int32 or int64 (n,). Returns how many: fewer than n at the stream's end."""
        count = min(len(out), self.tokens - start)
        if count <= 0:
            return 0
        index = bisect.bisect_right(self.offsets, start) - 1
        here = start - self.offsets[index]
        done = 0
        while done < count:
            piece = self._shard(index)[here : here + count - done]
            out[done : done + len(piece)] = piece
            done += len(piece)
            index, here = index + 1, 0
        return count

    def _shard(self, index: int) -> np.ndarray:
        """Ids of a shard as stored; it is opened once and for all, so a file that takes its place later is not seen."""
        data = self._opened.get(index)
        if data is None:
            shard = Shard(self.paths[index])
            stop = self.offsets[index + 1] if index + 1 < len(self.offsets) else self.tokens
            if shard.tokens != stop - self.offsets[index]:
                raise ValueError(
                    f"{shard.path} holds {shard.tokens} tokens and its manifest says {stop - self.offsets[index]}: "
                    "make the tokens again"
                )
            data = self._opened[index] = shard.read(0, shard.tokens)
        return data

    def window_list(self, sequence_length: int) -> WindowList:
        """The list of packed windows of this length; KeyError if there is none. Opened once and for all, as shards are."""
        if sequence_length not in self._lists:
            self._lists[sequence_length] = WindowList(
                {length: path for length, path, _ in self.window_lists}[sequence_length]
            )
        return self._lists[sequence_length]

    @cached_property
    def _lists(self) -> dict[int, WindowList]:
        return {}

    @cached_property
    def _opened(self) -> dict[int, np.ndarray]:
        return {}


def language_of(stream: str) -> str:
    """BCP-47 tag of the language of the stream with this name."""
    return stream.rpartition("/")[2]


def open_streams(tokens_directory: Path, split: str) -> dict[str, Stream]:
    """The streams of a split (`train` or `validation`), by name. Reads the manifest only; shards open when read."""
    return _streams(_manifest(tokens_directory), tokens_directory, split)


def _streams(manifest: Manifest, directory: Path, split: str) -> dict[str, Stream]:
    shards: dict[str, list[tuple[Path, int]]] = {}
    lists: dict[str, list[tuple[int, Path, int]]] = {}
    for output in manifest.outputs:
        path = PurePosixPath(output.path)
        if path.parts[0] == split and path.suffix == ".bin" and output.tokens:
            shards.setdefault("/".join(path.parts[1:-1]), []).append((directory / path, output.tokens))
        if path.parts[0] == split and (length := length_of_list(path.name)) and output.rows:
            found = (length, directory / path, output.rows)
            lists.setdefault("/".join(path.parts[1:-1]), []).append(found)
    streams = {}
    for name in sorted(shards):
        offsets, total = [], 0
        for _, tokens in sorted(shards[name]):
            offsets.append(total)
            total += tokens
        paths = tuple(path for path, _ in sorted(shards[name]))
        streams[name] = Stream(name, paths, tuple(offsets), total, tuple(sorted(lists.get(name, ()))))
    return streams


def packed_windows(streams: Mapping[str, Stream]) -> dict[int, dict[str, int]]:
    """Windows in the streams' window lists, by sequence length and stream."""
    found: dict[int, dict[str, int]] = {}
    for stream in streams.values():
        for length, _, windows in stream.window_lists:
            found.setdefault(length, {})[stream.name] = windows
    return found


def geometry_sha256(tokens_directory: Path, split: str) -> str:
    """Digest of a split's files, their order, all document lengths and window lists, but not of its tokens.

    Lengths and lists enter by the digests of their files, so nothing is read but the manifest.
    """
    indices: Mapping[str, str] = {
        output.path: output.sha256
        for output in _manifest(tokens_directory).outputs
        if output.path.startswith(f"{split}/")
        and (output.path.endswith(".idx") or length_of_list(PurePosixPath(output.path).name))
    }
    return sha256_values(indices)


def _manifest(directory: Path) -> Manifest:
    """Read once, not once a split: it has a line for every file in store."""
    try:
        status = (directory / MANIFEST).stat()
    except FileNotFoundError:
        return read_manifest(directory)  # which says so
    return _read_manifest(directory, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _read_manifest(directory: Path, modified_ns: int, size: int) -> Manifest:
    return read_manifest(directory)
