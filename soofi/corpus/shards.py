"""Writing kept documents in seeded order and dropped ones in reading order, with one shard's texts in memory."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.batches import evidence_json
from soofi.corpus.documents import DOCUMENT, ParquetFileWriter, dropped_schema
from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.seeded import hexadecimal
from soofi.corpus.duplicates.selection import Selection
from soofi.corpus.engine.work import Work

SHARD_BYTES = 256 << 20
"""A shard's texts, as UTF-8, before compression; the last document may pass it."""

DROPPED_ROWS = 1 << 20
"""Rows of one file of dropped documents."""

_OPEN_SHARDS = 64
_BATCH_ROWS = 1024
_ROW_GROUP_ROWS = 4096


def write_kept(work: Work, keys: Keys, selection: Selection, directory: Path) -> dict[str, int]:
    """Write `<source>/<language>/part-NNNNN.parquet` below `directory`; returns rows by relative path.

    The documents of 64 shards at a time are first laid out by shard, as they come; each shard is then put in order.
    """
    rows = {}
    for first in range(0, len(selection.shard_names), _OPEN_SHARDS):
        shards = range(first, min(first + _OPEN_SHARDS, len(selection.shard_names)))
        spilled = _spill(work, keys, selection, shards)
        for shard in shards:
            stream, part = selection.shard_names[shard]
            name = "/".join([*keys.names[stream], f"part-{part:05d}.parquet"])
            with pa.ipc.open_stream(str(spilled[shard])) as reader:
                table = reader.read_all()
            table = table.take(np.argsort(selection.places[table["row"].to_numpy()]))
            held_out = selection.validation[table["row"].to_numpy()]
            split = pa.array(np.where(held_out, "validation", "train").tolist(), pa.string())
            table = table.set_column(table.schema.get_field_index("split"), "split", split)
            stands_for = _original(keys, selection, table["row"].to_numpy())
            table = table.set_column(table.schema.get_field_index("duplicate_of"), "duplicate_of", stands_for)
            with ParquetFileWriter(directory / name, DOCUMENT) as writer:
                writer.write(table.select(DOCUMENT.names))
            rows[name] = table.num_rows
            spilled[shard].unlink()
    return rows


def write_dropped(
    work: Work, keys: Keys, selection: Selection, directory: Path, keep_text: bool
) -> dict[str, int]:
    """Write `dropped/part-NNNNN.parquet` below `directory`: by source, file and line; returns rows by relative path."""
    schema = dropped_schema(keep_text)
    groups = _row_groups(_all_dropped(work, keys, selection, schema), schema)
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


def _spill(work: Work, keys: Keys, selection: Selection, shards: range) -> dict[int, Path]:
    """Lay the documents of some shards out in one Arrow stream a shard, with their row; returns the streams' paths."""
    folder = work.path / "spill"
    folder.mkdir(parents=True, exist_ok=True)
    schema = DOCUMENT.append(pa.field("row", pa.int64()))
    paths = {shard: folder / f"{shard:05d}.arrow" for shard in shards}
    writers = {shard: pa.ipc.new_stream(str(path), schema) for shard, path in paths.items()}
    try:
        for batch, first in _all_open(work, keys, selection, shards):
            of_rows = selection.shards[first : first + batch.num_rows]
            numbered = batch.select(DOCUMENT.names).append_column(
                "row", pa.array(np.arange(first, first + batch.num_rows))
            )
            for shard in np.unique(of_rows):
                if int(shard) in writers:
                    writers[int(shard)].write_batch(numbered.take(np.flatnonzero(of_rows == shard)))
    finally:
        for writer in writers.values():
            writer.close()
    return paths


def _all_open(
    work: Work, keys: Keys, selection: Selection, shards: range
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Batches of the tasks that have documents of these shards, each with its first row."""
    for task in range(len(keys.starts) - 1):
        first, end = int(keys.starts[task]), int(keys.starts[task + 1])
        of_task = selection.shards[first:end]
        if not np.any((of_task >= shards.start) & (of_task < shards.stop)):
            continue
        with pq.ParquetFile(work.documents(task)) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                yield batch, first
                first += batch.num_rows


def _all_dropped(work: Work, keys: Keys, selection: Selection, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Task by task: what its stages dropped, then what deduplication dropped."""
    columns = [name for name in schema.names if name not in ("stage", "reason", "evidence", "duplicate_of")]
    for task in range(len(keys.starts) - 1):
        with pq.ParquetFile(work.dropped(task)) as file:
            yield from file.iter_batches(_BATCH_ROWS, columns=schema.names)
        first, end = int(keys.starts[task]), int(keys.starts[task + 1])
        if np.all(selection.kept[first:end]):
            continue
        with pq.ParquetFile(work.documents(task)) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                rows = np.flatnonzero(~selection.kept[first : first + batch.num_rows])
                if len(rows):
                    yield _deduplicated(batch.take(rows), first + rows, keys, selection, schema)
                first += batch.num_rows


def _deduplicated(
    batch: pa.RecordBatch, rows: np.ndarray, keys: Keys, selection: Selection, schema: pa.Schema
) -> pa.RecordBatch:
    reasons = np.empty(len(rows), dtype=object)
    for reason, of_reason in selection.reasons().items():
        reasons[of_reason[rows]] = reason
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
        "duplicate_of": _original(keys, selection, rows),
    }
    return pa.RecordBatch.from_arrays(
        [
            pa.array(values[field.name], field.type) if field.name in values else batch[field.name]
            for field in schema
        ],
        schema=schema,
    )


def _original(keys: Keys, selection: Selection, rows: np.ndarray) -> pa.Array:
    """The id of the document that stands for each of these, null where none does; a repeated id names its original itself."""
    originals = np.where(selection.repeated[rows], rows, selection.duplicate_of[rows])
    return pa.array([hexadecimal(keys.ids[row]) if row >= 0 else None for row in originals], pa.string())
