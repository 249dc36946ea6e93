"""What was decided about every document, on disk, so that tasks on other machines can read the rows they need.

A directory holds each array as `.npy`, read back as a memory map, and everything else as JSON.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.selection import Selection
from soofi.ledger import publish_directory

GROUP_SHARDS, GROUP_BYTES = 64, 1 << 30
"""What one task writes at most: so many shards, and about so many bytes of text."""

_GROUPS_MIN, _GROUPS_MAX, _LEAST_BYTES = 16, 512, 4 << 20

Record = TypeVar("Record", Keys, Selection)


def save_decisions(path: Path, keys: Keys, selection: Selection) -> None:
    """Write keys and selection to the directory `path`, at once or not at all."""
    with publish_directory(path) as directory:
        for record in (keys, selection):
            plain: dict[str, Any] = {}
            for field in fields(record):
                value = getattr(record, field.name)
                if isinstance(value, np.ndarray):
                    np.save(directory / f"{_stem(type(record), field.name)}.npy", value)
                else:
                    plain[field.name] = value
            name = f"{type(record).__name__.lower()}.json"
            (directory / name).write_text(json.dumps(plain), encoding="utf-8")


def load_decisions(path: Path) -> tuple[Keys, Selection]:
    """Read back what `save_decisions` wrote; arrays stay on disk until they are looked at."""
    return _load(path, Keys), _load(path, Selection)


def shard_groups(keys: Keys, selection: Selection) -> list[range]:
    """Ranges of shards, one for each task that writes them.

    At least 16 where there is enough text, so that many can work at it, and at most 512, since every reading task
    sorts its documents by group.
    """
    shards, sizes = len(selection.shard_names), _shard_bytes(keys, selection)
    total = float(sizes.sum())
    most = max(min(GROUP_BYTES, max(total / _GROUPS_MIN, _LEAST_BYTES)), total / _GROUPS_MAX)
    per_group = max(GROUP_SHARDS, -(-shards // _GROUPS_MAX))
    groups: list[range] = []
    first, held = 0, 0.0
    for shard in range(shards):
        if shard > first and (held + sizes[shard] > most or shard - first >= per_group):
            groups.append(range(first, shard))
            first, held = shard, 0.0
        held += float(sizes[shard])
    return [*groups, range(first, shards)] if shards else []


def group_bytes(keys: Keys, selection: Selection, groups: Sequence[range]) -> list[int]:
    """Bytes of text of each group."""
    sizes = _shard_bytes(keys, selection)
    return [int(sizes[group.start : group.stop].sum()) for group in groups]


def task_bytes(keys: Keys) -> list[int]:
    """Bytes of text of each task's documents."""
    before = np.concatenate([[0], np.cumsum(keys.text_bytes)])
    return [int(size) for size in np.diff(before[keys.starts])]


def _shard_bytes(keys: Keys, selection: Selection) -> np.ndarray:
    """Bytes of text of each shard. float64 (shards,)."""
    kept = selection.shards >= 0
    sizes, shards = keys.text_bytes[kept], len(selection.shard_names)
    return np.bincount(selection.shards[kept], weights=sizes, minlength=shards)


def _stem(kind: type, field: str) -> str:
    return f"{kind.__name__.lower()}-{field}"


def _load(path: Path, kind: type[Record]) -> Record:
    plain = json.loads((path / f"{kind.__name__.lower()}.json").read_text(encoding="utf-8"))
    values: dict[str, Any] = {
        name: [tuple(item) if isinstance(item, list) else item for item in value]
        if isinstance(value, list)
        else value
        for name, value in plain.items()
    }
    for field in fields(kind):
        array = path / f"{_stem(kind, field.name)}.npy"
        if array.is_file():
            # An empty file cannot be mapped.
            loaded = np.load(array, mmap_mode="r" if array.stat().st_size > 4096 else None)
            values[field.name] = loaded
    return kind(**values)
