"""Files of every format to record batches; what is no document is kept aside, never fatal."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from soofi.corpus.batches import WORKING
from soofi.corpus.engine.tasks import Task
from soofi.corpus.reading.columns import by_role
from soofi.corpus.reading.formats import Format
from soofi.corpus.reading.hugging_face import read_data_file
from soofi.corpus.reading.inflate import Damaged
from soofi.corpus.reading.joined import joined
from soofi.corpus.reading.json_lines import read_json_lines
from soofi.corpus.reading.page_files import read_page_file
from soofi.corpus.reading.parquet_files import read_parquet
from soofi.corpus.reading.records import Found, row_of
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.streams import reading
from soofi.corpus.reading.text_files import read_text_file
from soofi.corpus.reading.warc_files import read_warc
from soofi.recipe import Source

_BATCH_ROWS, _BATCH_BYTES = 1024, 8 << 20


def read_batches(task: Task, source: Source) -> Iterator[pa.RecordBatch]:
    """Yield what the files hold as record batches (`WORKING`), what is no document marked as dropped by stage `read`.

    A file that cannot be read on is one more such row, and the next file is read. Raises ValueError with one sentence if
    the columns of a file are others than the source says, or if it cannot be reached.
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
    found = _up_to_damage(file, source)
    return joined(found, source.rows) if source.rows > 1 else found


def _up_to_damage(file: SourceFile, source: Source) -> Iterator[Found]:
    try:
        yield from _READERS[file.format](file, source)
    except Damaged as damage:
        # Its own kind of place: it must not be taken for the document that a whole file is.
        yield Found(("damage", 1), {"url": None}, damage.reason, {"cause": damage.cause})


def _read_data_file(file: SourceFile, source: Source) -> Iterator[Found]:
    assert file.builder is not None
    with reading(file.place):
        records = read_data_file(file.place, file.builder)
        while True:
            try:
                number, record = next(records)
            except StopIteration:
                return
            except (OSError, Damaged):
                raise
            except Exception as error:  # each of the modules of `datasets` has its own
                raise Damaged("damaged_file", " ".join(str(error).split())) from None
            yield Found(("row", number), by_role(record, source.all_columns))


_READERS: dict[Format, Callable[[SourceFile, Source], Iterator[Found]]] = {
    "dataset": _read_data_file,
    "html": read_page_file,
    "jsonl": read_json_lines,
    "parquet": read_parquet,
    "text": read_text_file,
    "warc": read_warc,
}
