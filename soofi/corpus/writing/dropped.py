"""Dropped documents: as deduplication leaves them, and all of them in reading order."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.batches import evidence_json
from soofi.corpus.documents import ParquetFileWriter, dropped_schema
from soofi.corpus.duplicates.seeded import hexadecimal
from soofi.corpus.duplicates.selection import Keys, Selection
from soofi.corpus.engine.work import Work

DROPPED_ROWS = 1 << 20
"""Rows of one file of dropped documents."""

_BATCH_ROWS = 1024
_ROW_GROUP_ROWS = 4096


def write_dropped(work: Work, tasks: int, directory: Path, keep_text: bool) -> dict[str, int]:
    """Write `dropped/part-NNNNN.parquet` below `directory`: by source, file and line; returns rows by relative path."""
    schema = dropped_schema(keep_text)
    groups = _row_groups(_all_dropped(work, tasks, schema), schema)
    rows: dict[str, int] = {}
    for part in itertools.count():
        name = f"dropped/part-{part:05d}.parquet"
        with ParquetFileWriter(directory / name, schema) as writer:
            for group in itertools.islice(groups, DROPPED_ROWS // _ROW_GROUP_ROWS):
                writer.write(group)
        rows[name] = writer.rows
        if writer.rows < DROPPED_ROWS:
            break
    return rows


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The batches' rows in tables of one length, the last one shorter; an empty one if there are no rows."""
    waiting = schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while waiting.num_rows >= _ROW_GROUP_ROWS:
            yield waiting.slice(0, _ROW_GROUP_ROWS).combine_chunks()
            waiting = waiting.slice(_ROW_GROUP_ROWS)
    yield waiting.combine_chunks()


def _all_dropped(work: Work, tasks: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Task by task: what its stages dropped, then what deduplication dropped."""
    for task in range(tasks):
        for path in (work.dropped(task), work.scattered(task) / "dropped.parquet"):
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(_BATCH_ROWS, columns=schema.names)


def deduplicated(
    batch: pa.RecordBatch, rows: np.ndarray, keys: Keys, selection: Selection, schema: pa.Schema
) -> pa.RecordBatch:
    """Rows of a batch of documents as dropped by deduplication; `rows`: their places among all."""
    repeated = selection.repeated[rows]
    originals = np.where(
        repeated, rows, selection.duplicate_of[rows]
    )  # a repeated id names its original itself
    values = {
        "stage": ["deduplicate"] * len(rows),
        "reason": ["repeated_id" if again else "exact_duplicate" for again in repeated],
        "evidence": [evidence_json({"text_sha256": hexadecimal(keys.texts[row])}) for row in rows],
        "duplicate_of": [hexadecimal(keys.ids[row]) for row in originals],
    }
    return pa.RecordBatch.from_arrays(
        [
            pa.array(values[field.name], field.type) if field.name in values else batch[field.name]
            for field in schema
        ],
        schema=schema,
    )
