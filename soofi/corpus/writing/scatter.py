"""One task's documents, laid out by the group of shards that they go to: each document is read once and written once.

`scattered/NNNNN/` of the work directory holds `documents.arrow`, whose record batches each belong to one group, `groups.json`
with the numbers of each group's batches, and `dropped.parquet` with what deduplication dropped.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.documents import DOCUMENT, ParquetFileWriter
from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.selection import Selection
from soofi.corpus.engine.work import Work
from soofi.corpus.writing.dropped import deduplicated
from soofi.ledger import publish_directory

SCATTERED = DOCUMENT.append(pa.field("row", pa.int64()))
"""A document and its row among all."""

_BATCH_ROWS = 1024
_HELD_BYTES, _GROUP_BYTES = 64 << 20, 4 << 20
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def scatter(
    work: Work, task: int, keys: Keys, selection: Selection, groups: Sequence[range], schema: pa.Schema
) -> None:
    """Lay out the documents of a task; `schema`: that of dropped documents."""
    group_of_shard = np.zeros(len(selection.shard_names), dtype=np.int32)
    for number, group in enumerate(groups):
        group_of_shard[group.start : group.stop] = number
    first = int(keys.starts[task])
    with publish_directory(work.scattered(task)) as directory:
        with (
            pq.ParquetFile(work.documents(task)) as file,
            pa.ipc.new_file(str(directory / "documents.arrow"), SCATTERED, options=_OPTIONS) as writer,
            ParquetFileWriter(directory / "dropped.parquet", schema) as dropped,
        ):
            sorter = _Sorter(writer)
            for batch in file.iter_batches(_BATCH_ROWS):
                shards = selection.shards[first : first + batch.num_rows]
                late = np.flatnonzero(shards < 0)
                if len(late):
                    dropped.write(deduplicated(batch.take(late), first + late, keys, selection, schema))
                numbered = batch.select(DOCUMENT.names).append_column(
                    "row", pa.array(np.arange(first, first + batch.num_rows))
                )
                kept = np.flatnonzero(shards >= 0)
                of_rows = group_of_shard[shards[kept]]
                for group in np.unique(of_rows):
                    sorter.add(int(group), numbered.take(kept[of_rows == group]))
                first += batch.num_rows
            sorter.flush()
        (directory / "groups.json").write_text(json.dumps(sorter.places), encoding="utf-8")


def scattered_batches(work: Work, tasks: int, group: int) -> Iterator[pa.RecordBatch]:
    """The batches of one group, task by task."""
    for task in range(tasks):
        directory = work.scattered(task)
        places = json.loads((directory / "groups.json").read_text(encoding="utf-8")).get(str(group))
        if not places:
            continue
        with pa.memory_map(str(directory / "documents.arrow")) as data, pa.ipc.open_file(data) as reader:
            for place in places:
                yield reader.get_batch(place)


class _Sorter:
    """Collects rows by group and writes a group's when they are enough; `places`: numbers of each group's batches."""

    def __init__(self, writer: pa.ipc.RecordBatchFileWriter):
        self._writer = writer
        self._held: dict[int, list[pa.RecordBatch]] = defaultdict(list)
        self._bytes: dict[int, int] = defaultdict(int)
        self._written = 0
        self.places: dict[int, list[int]] = defaultdict(list)

    def add(self, group: int, rows: pa.RecordBatch) -> None:
        self._held[group].append(rows)
        self._bytes[group] += rows.nbytes
        if self._bytes[group] >= _GROUP_BYTES:
            self._write(group)
        elif sum(self._bytes.values()) >= _HELD_BYTES:
            self.flush()

    def flush(self) -> None:
        for group in sorted(self._held):
            self._write(group)

    def _write(self, group: int) -> None:
        rows = pa.Table.from_batches(self._held.pop(group)).combine_chunks()
        self._bytes.pop(group)
        for batch in rows.to_batches():
            self._writer.write_batch(batch)
            self.places[group].append(self._written)
            self._written += 1
