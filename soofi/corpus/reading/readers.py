"""Files of every format to record batches; what is no document is kept aside, never fatal."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from soofi.corpus.batches import WORKING
from soofi.corpus.engine.tasks import Task
from soofi.corpus.reading.json_lines import read_json_lines
from soofi.corpus.reading.parquet_files import read_parquet
from soofi.corpus.reading.records import Found, row_of
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.text_files import read_text_file
from soofi.recipe import Source

_BATCH_ROWS, _BATCH_BYTES = 1024, 8 << 20


def read_batches(task: Task, source: Source) -> Iterator[pa.RecordBatch]:
    """Yield what the files hold as record batches (`WORKING`), what is no document marked as dropped by stage `read`.

    Raises ValueError with one sentence if a file is damaged or its columns are others than the source says.
    """
    rows: list[dict[str, Any]] = []
    size = 0
    for row in (row_of(found, file, source) for file in task.files for found in _read(file, source)):
        rows.append(row)
        size += row["text_bytes"]
        if len(rows) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield pa.RecordBatch.from_pylist(rows, WORKING)
            rows, size = [], 0
    if rows:
        yield pa.RecordBatch.from_pylist(rows, WORKING)


def _read(file: SourceFile, source: Source) -> Iterator[Found]:
    match file.format:
        case "jsonl":
            return read_json_lines(file.path)
        case "text":
            return read_text_file(file.path, file.origin)
        case "parquet":
            return read_parquet(file.path, source.text_column)
