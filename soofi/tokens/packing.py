"""Packing in the tokens stage: a window list for every training stream and packed sequence length, and what it came to."""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from soofi.ledger import write_json
from soofi.tokens.shard import Shard
from soofi.tokens.window_list import Counts, window_list_name, write_window_list

FORMAT = "soofi.packing/1"
NAME = "packing.json"
"""The counts of every list by sequence length and stream, in the tokens directory."""

_SPLIT = "train"


@dataclass(frozen=True)
class _Job:
    stream: str
    sequence_length: int
    shards: tuple[Path, ...]
    path: Path


def pack_streams(
    directory: Path,
    shards: Iterable[str],
    sequence_lengths: Sequence[int],
    threads: int,
    say: Callable[[str], None],
) -> dict[str, int]:
    """Write the window lists of all training streams and `packing.json`; returns windows by the lists' relative paths.

    `shards`: paths of the `.bin` files, relative to `directory`; all are written. Only document lengths are read. The result
    does not depend on `threads`; memory grows with the documents of a stream, about 40 bytes each, times the threads.
    """
    jobs = _jobs(directory, shards, sequence_lengths)
    if not jobs:
        return {}
    with ThreadPoolExecutor(threads) as pool:
        counts = dict(zip(jobs, pool.map(_pack, jobs), strict=True))
    by_length = {
        length: {job.stream: counts[job] for job in jobs if job.sequence_length == length}
        for length in sorted(sequence_lengths)
    }
    for length, streams in by_length.items():
        say(f"tokens: {describe_packing(length, reduce(add, streams.values()))}")
    values = {
        str(length): {stream: asdict(found) for stream, found in streams.items()}
        for length, streams in by_length.items()
    }
    write_json(directory / NAME, {"format": FORMAT, "sequence_lengths": values})
    return {job.path.relative_to(directory).as_posix(): counts[job].windows for job in jobs}


def describe_packing(sequence_length: int, counts: Counts) -> str:
    """One line on what packing came to."""
    return (
        f"{counts.documents:,} documents packed into {counts.windows:,} windows of {sequence_length:,}, "
        f"{counts.cut_documents:,} of them cut ({counts.cut_by_tiling:,} by tiling), {counts.dropped_tokens:,} tokens dropped, "
        f"{counts.padding_tokens:,} of padding"
    )


def packing_facts(directory: Path) -> dict[str, Any]:
    """Counts by sequence length and stream, as `packing.json` has them; nothing where no list was made."""
    path = directory / NAME
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["sequence_lengths"]
    return found


def _jobs(directory: Path, shards: Iterable[str], sequence_lengths: Sequence[int]) -> list[_Job]:
    streams: dict[str, list[str]] = {}
    for name in sorted(shards, key=PurePosixPath):
        split, *stream, _ = PurePosixPath(name).parts
        if split == _SPLIT:
            streams.setdefault("/".join(stream), []).append(name)
    return [
        _Job(stream, length, tuple(directory / name for name in names), directory / _SPLIT / stream / window_list_name(length))
        for stream, names in sorted(streams.items())
        for length in sorted(sequence_lengths)
    ]  # fmt: skip


def _pack(job: _Job) -> Counts:
    from soofi.tokens.best_fit import (
        count_cut_by_tiling,
        cut_documents,
        pack_pieces,
    )  # numba takes a while to import

    lengths = np.concatenate([Shard(path).lengths for path in job.shards])
    starts, sizes = cut_documents(lengths, job.sequence_length)
    order, first = pack_pieces(sizes, job.sequence_length)
    windows, kept = len(first) - 1, int(sizes.sum(dtype=np.int64))
    counts = Counts(
        windows=windows,
        pieces=len(sizes),
        documents=len(lengths),
        tokens=kept,
        padding_tokens=windows * job.sequence_length - kept,
        dropped_tokens=int(lengths.sum(dtype=np.int64)) - kept,
        cut_documents=int((lengths > job.sequence_length).sum()),
        cut_by_tiling=int(count_cut_by_tiling(lengths, job.sequence_length)),
    )
    write_window_list(job.path, job.sequence_length, first, starts[order], sizes[order], counts)
    return counts
