"""Documents in token shards: where they stand, and overwriting them in place."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from soofi.tokens.shard import Shard
from soofi.tokens.stream import open_streams

SPLITS = ("train", "validation")


@dataclass(frozen=True)
class TokenPlace:
    """One document in a token shard.

    `path`: the `.bin`, relative to the tokens directory; `index`: the document's number there; `start`, `tokens`: of its
    tokens in its stream, the closing end-of-document id included; `offset`: of its first token in the shard.
    """

    id: str
    split: str
    stream: str
    path: str
    index: int
    start: int
    offset: int
    tokens: int


def find_tokens(directory: Path, ids: Collection[str]) -> list[TokenPlace]:
    """Where documents stand in the token shards; reads the lists of ids, no tokens."""
    wanted = set(ids)
    return [place for split in SPLITS for place in _of_split(directory, split, wanted)]


def _of_split(directory: Path, split: str, wanted: set[str]) -> Iterator[TokenPlace]:
    for stream in open_streams(directory, split).values():
        for path, before in zip(stream.paths, stream.offsets, strict=True):
            shard = Shard(path)
            for index, document in enumerate(shard.document_ids()):
                if document in wanted:
                    offset, tokens = int(shard.starts[index]), int(shard.lengths[index])
                    name = path.relative_to(directory).as_posix()
                    yield TokenPlace(
                        document, split, stream.name, name, index, before + offset, offset, tokens
                    )


def overwrite(directory: Path, places: Collection[TokenPlace], padding: int) -> set[str]:
    """Write padding over the documents, all but their closing end-of-document id, and flush it to disk.

    No length changes, so no other sample moves; the end stays, since it opens the document after it. Doing it twice
    changes nothing more. Returns the paths of the shards that were written to.
    """
    by_path: dict[str, list[TokenPlace]] = {}
    for place in places:
        by_path.setdefault(place.path, []).append(place)
    for name, of_shard in by_path.items():
        kind = Shard(directory / name).read(0, 0).dtype
        with open(directory / name, "r+b") as file:
            for place in of_shard:
                file.seek(place.offset * kind.itemsize)
                file.write(np.full(place.tokens - 1, padding, kind).tobytes())
            file.flush()
            os.fsync(file.fileno())
    return set(by_path)


def is_erased(tokens: np.ndarray, padding: int) -> bool:
    """Whether a document's tokens, int (n,) with the closing end-of-document id, were overwritten."""
    return len(tokens) > 1 and bool((tokens[:-1] == padding).all())
