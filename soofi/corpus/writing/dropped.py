"""Dropped documents: as deduplication leaves them, and all of them in reading order."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.batches import evidence_json
from soofi.corpus.documents import ParquetFileWriter, dropped_schema
from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.seeded import hexadecimal
from soofi.corpus.duplicates.selection import Selection
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
    reasons = np.empty(len(rows), dtype=object)
    for reason, of_reason in selection.reasons(rows).items():
        reasons[of_reason] = reason
    evidence = []
    for row in rows:
        facts: dict[str, Any] = {"text_sha256": hexadecimal(keys.texts[row])}
        if selection.similarity[row] < 1:
            facts["jaccard"] = round(float(selection.similarity[row]), 4)
        evidence.append(evidence_json(facts))
    values = {
        "stage": ["deduplicate"] * len(rows),
        "reason": reasons.tolist(),
        "evidence": evidence,
        "duplicate_of": originals(rows, keys, selection),
    }
    return pa.RecordBatch.from_arrays(
        [
            pa.array(values[field.name], field.type) if field.name in values else batch[field.name]
            for field in schema
        ],
        schema=schema,
    )


def originals(rows: np.ndarray, keys: Keys, selection: Selection) -> list[str | None]:
    """The id of the document that stands for each of these rows, None where none does; a repeated id names its original itself."""
    found = np.where(selection.repeated[rows], rows, selection.duplicate_of[rows])
    return [hexadecimal(keys.ids[row]) if row >= 0 else None for row in found]
