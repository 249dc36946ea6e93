"""Which documents are kept, where they go, and on which side of the split: decided from keys, without any text."""

from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq

from soofi.corpus.duplicates.deduplicate import repeated_ids, representatives
from soofi.corpus.duplicates.seeded import Digests, digests, seeded_numbers
from soofi.corpus.duplicates.split import draw_validation
from soofi.corpus.engine.tasks import Task
from soofi.corpus.engine.work import Work
from soofi.recipe.corpus import ValidationSplit


@dataclass(frozen=True)
class Keys:
    """What is known of every document that reached deduplication; a row is its place over all tasks in order.

    `ids`, `texts`: S32 (n,); `text_bytes`: int64 (n,); `streams`: int32 (n,), number in `names`; `names`: sorted
    (source, language) pairs; `starts`: int64 (tasks + 1,), first row of each task.
    """

    ids: Digests
    texts: Digests
    text_bytes: np.ndarray
    streams: np.ndarray
    names: list[tuple[str, str]]
    starts: np.ndarray


@dataclass(frozen=True)
class Selection:
    """The fate of every row of `Keys`.

    `repeated`: bool (n,), its id occurred before; `duplicate_of`: int64 (n,), row of the document that it repeats, or
    -1; `validation`: bool (n,); `shards`: int32 (n,), shard that it is written to, or -1; `places`: int64 (n,), its
    place in the seeded order; `shard_names`: (stream, part) of each shard.
    """

    repeated: np.ndarray
    duplicate_of: np.ndarray
    validation: np.ndarray
    shards: np.ndarray
    places: np.ndarray
    shard_names: list[tuple[int, int]]

    @property
    def kept(self) -> np.ndarray:
        """Rows that become part of the corpus. bool (n,)."""
        return self.shards >= 0


def load_keys(work: Work, tasks: list[Task]) -> Keys:
    """Read the keys of all tasks; about 80 bytes of memory a document."""
    ids, texts, sizes, languages, starts = [], [], [], [], [0]
    for number in range(len(tasks)):
        table = pq.read_table(work.documents(number), columns=["id", "text_sha256", "text_bytes", "language"])
        ids.append(digests(table["id"].to_pylist()))
        texts.append(digests(table["text_sha256"].to_pylist()))
        sizes.append(table["text_bytes"].to_numpy())
        languages.append(table["language"].to_pylist())
        starts.append(starts[-1] + table.num_rows)
    names = sorted(
        {(task.source, tag) for task, tags in zip(tasks, languages, strict=True) for tag in set(tags)}
    )
    stream_of = {name: stream for stream, name in enumerate(names)}
    streams = [
        stream_of[task.source, tag] for task, tags in zip(tasks, languages, strict=True) for tag in tags
    ]
    return Keys(
        np.concatenate(ids),
        np.concatenate(texts),
        np.concatenate(sizes),
        np.array(streams, dtype=np.int32),
        names,
        np.array(starts, dtype=np.int64),
    )


def select(keys: Keys, seed: int, limits: ValidationSplit, shard_bytes: int) -> Selection:
    """Decide every row's fate; a shard takes documents in seeded order until its texts pass `shard_bytes`."""
    count = len(keys.ids)
    repeated = repeated_ids(keys.ids)
    unique = np.flatnonzero(~repeated)
    duplicate_of = np.full(count, -1, dtype=np.int64)
    duplicate_of[unique] = unique[representatives(keys.ids[unique], keys.texts[unique])]
    duplicate_of[duplicate_of == np.arange(count)] = -1
    kept = np.flatnonzero(~repeated & (duplicate_of < 0))

    tags = sorted({language for _, language in keys.names})
    language_of_stream = np.array([tags.index(language) for _, language in keys.names], dtype=np.int32)
    languages = language_of_stream[keys.streams[kept]] if len(kept) else np.empty(0, dtype=np.int32)
    validation = np.zeros(count, dtype=bool)
    validation[kept] = draw_validation(seed, keys.texts[kept], languages, keys.text_bytes[kept], limits)

    shards = np.full(count, -1, dtype=np.int32)
    places = np.full(count, -1, dtype=np.int64)
    shard_names: list[tuple[int, int]] = []
    order = kept[np.lexsort((keys.ids[kept], seeded_numbers(seed, "corpus order", keys.ids[kept])))]
    places[order] = np.arange(len(order))
    for stream in range(len(keys.names)):
        rows = order[keys.streams[order] == stream]
        before = np.cumsum(keys.text_bytes[rows]) - keys.text_bytes[rows]
        parts = np.unique(before // shard_bytes, return_inverse=True)[1]
        shards[rows] = len(shard_names) + parts
        shard_names += [(stream, part) for part in range(int(parts.max(initial=-1)) + 1)]
    return Selection(repeated, duplicate_of, validation, shards, places, shard_names)
