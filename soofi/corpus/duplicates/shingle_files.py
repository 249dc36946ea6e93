"""The candidates of one task with their sets of shingles, in as many record batches as there are parts to compare them in."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.batches import text_buffers
from soofi.corpus.compiled import kernel_of
from soofi.corpus.duplicates.deduplicate import preference
from soofi.corpus.duplicates.minhash import band_keys
from soofi.corpus.duplicates.near_work import NearWork
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.segment import folding_table, shingle_hashes, word_hashes
from soofi.ledger import publish_file

_BATCH_ROWS = 1024


def schema_of(bands: int) -> pa.Schema:
    """`row` over all tasks; `rank` of the source in the recipe's preference; `shingles`: the set, ascending."""
    return pa.schema(
        [
            ("row", pa.int64()),
            ("rank", pa.int32()),
            ("text_bytes", pa.int64()),
            ("id", pa.string()),
            ("keys", pa.list_(pa.uint64(), bands)),
            ("shingles", pa.large_list(pa.uint64())),
        ]
    )


def write_shingles(work: Work, job: Job, task: int) -> None:
    """Write `shingles` of a task: batch number p holds its candidates of part p, in the order of their rows."""
    limits, near = job.corpus.deduplicate.near, NearWork(work)
    candidates = np.load(near.candidates(task))
    rank = preference(job.corpus.deduplicate.prefer, job.tasks[task].source)
    schema = schema_of(limits.bands)
    pieces = [schema.empty_table()]
    start = near.plan().starts[task]
    for batch, rows in _candidates(work.documents(task), candidates[:, 0]):
        offsets, shingles = shingle_sets(batch["text"], limits.shingle_words)
        keys = band_keys(batch["text"], limits.shingle_words, limits.bands, limits.rows)
        columns = [
            pa.array(rows + start),
            pa.array(np.full(len(rows), rank, np.int32)),
            batch["text_bytes"],
            batch["id"],
            pa.FixedSizeListArray.from_arrays(pa.array(keys.ravel()), limits.bands),
            pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(shingles)),
        ]
        pieces.append(pa.Table.from_arrays(columns, schema=schema))
    table = pa.concat_tables(pieces)
    with publish_file(near.shingles(task)) as partial, pa.ipc.new_file(str(partial), schema) as file:
        for part in range(int(candidates[:, 1].max(initial=-1)) + 1):
            of_part = table.take(np.flatnonzero(candidates[:, 1] == part)).combine_chunks()
            file.write_batch(of_part.to_batches()[0] if of_part.num_rows else _empty(schema))


def read_part(near: NearWork, tasks: int, part: int) -> Iterator[pa.RecordBatch]:
    """The candidates of one part, task by task, mapped from the files."""
    for task in range(tasks):
        with pa.ipc.open_file(pa.memory_map(str(near.shingles(task)))) as file:
            if part < file.num_record_batches:
                yield file.get_batch(part)


def shingle_sets(texts: pa.StringArray, words_per_shingle: int) -> tuple[np.ndarray, np.ndarray]:
    """The set of shingles of each text, ascending: (int64 (texts + 1,) where each begins, uint64 all of them)."""
    data, begins = text_buffers(texts)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    room = np.empty(sum(int(size) // 2 + 2 for size in np.diff(begins)), dtype=np.uint64)
    _shingles(data, begins, words_per_shingle, folding_table(), offsets, room)
    sets = [np.unique(room[first:end]) for first, end in pairwise(offsets)]
    offsets[1:] = np.cumsum([len(one) for one in sets])
    return offsets, np.concatenate([room[:0], *sets])


def _candidates(path: Path, rows: np.ndarray) -> Iterator[tuple[pa.RecordBatch, np.ndarray]]:
    """The documents in these rows of a file, a batch at a time, with their rows; groups without one are not read."""
    with pq.ParquetFile(path) as file:
        first = 0
        for group in range(file.num_row_groups):
            end = first + file.metadata.row_group(group).num_rows
            if np.searchsorted(rows, first) < np.searchsorted(rows, end):
                begin = first
                for batch in file.iter_batches(_BATCH_ROWS, [group], ["id", "text", "text_bytes"]):
                    mine = rows[np.searchsorted(rows, begin) : np.searchsorted(rows, begin + batch.num_rows)]
                    if len(mine):
                        yield batch.take(pa.array(mine - begin)), mine
                    begin += batch.num_rows
            first = end


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


@kernel_of(
    "i8(Array(u1, 1, 'C', readonly=True), Array(i4, 1, 'C', readonly=True), i8, u2[::1], i8[::1], u8[::1])"
)
def _shingles(data: Any, begins: Any, words_per_shingle: Any, table: Any, offsets: Any, room: Any) -> Any:
    end = 0
    for text in range(len(begins) - 1):
        own = room[end:]
        count = word_hashes(data, begins[text], begins[text + 1], table, own)
        end += shingle_hashes(own, count, words_per_shingle, own)
        offsets[text + 1] = end
    return end
