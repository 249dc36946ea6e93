"""What deduplication and the split know of every document: digests and sizes, no text."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.duplicates.seeded import Digests, digests
from soofi.corpus.engine.tasks import Task
from soofi.corpus.engine.work import Work


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


def load_keys(work: Work, tasks: list[Task], threads: int) -> Keys:
    """Read the keys of all tasks, at most `threads` of them ahead; about 80 bytes of memory a document."""
    ids, texts, sizes, languages, starts = [], [], [], [], [0]
    tags: dict[str, int] = {}

    def read(number: int) -> pa.Table:
        columns = ["id", "text_sha256", "text_bytes", "language"]
        return pq.read_table(work.documents(number), columns=columns, use_threads=False)

    with ThreadPoolExecutor(threads) as pool:
        for table in _ahead(pool, read, len(tasks), threads):
            ids.append(digests(table["id"].to_pylist()))
            texts.append(digests(table["text_sha256"].to_pylist()))
            sizes.append(table["text_bytes"].to_numpy())
            of_task = table["language"].combine_chunks().dictionary_encode()
            known = [tags.setdefault(tag, len(tags)) for tag in of_task.dictionary.to_pylist()]
            languages.append(np.array(known, np.int32)[of_task.indices.to_numpy()])
            starts.append(starts[-1] + table.num_rows)
    tag_of = list(tags)
    found = [
        (task.source, tag_of[tag])
        for task, of_task in zip(tasks, languages, strict=True)
        for tag in np.unique(of_task)
    ]
    names = sorted(set(found))
    stream_of = np.zeros((len(tasks), max(1, len(tags))), np.int32)
    for stream, (source, tag) in enumerate(names):
        stream_of[[task.source == source for task in tasks], tags[tag]] = stream
    return Keys(
        np.concatenate(ids),
        np.concatenate(texts),
        np.concatenate(sizes),
        np.concatenate([stream_of[task][of_task] for task, of_task in enumerate(languages)]),
        names,
        np.array(starts, dtype=np.int64),
    )


def _ahead(
    pool: ThreadPoolExecutor, read: Callable[[int], pa.Table], tasks: int, most: int
) -> Iterator[pa.Table]:
    """The tables of all tasks in order; `most` are read, or being read, before they are asked for."""
    waiting: deque[Future[pa.Table]] = deque()
    for number in range(tasks):
        waiting.append(pool.submit(read, number))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
