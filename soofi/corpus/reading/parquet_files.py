"""Parquet: one document a row, a few rows in memory at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from soofi.corpus.reading.records import Found, Problem
from soofi.corpus.reading.streams import DOCUMENT_BYTES, reading

DESCRIPTIONS = ("id", "url", "language", "licence", "license", "domain", "date")
"""Columns that are taken where they are there and of a type that can be used."""

_BATCH_ROWS, _BATCH_BYTES = 1024, 8 << 20


def read_parquet(path: Path, text_column: str) -> Iterator[Found]:
    """Yield each row, counted from 1, with the values of `text_column` (as `text`) and of `DESCRIPTIONS`.

    Raises ValueError with one sentence if there is no such column, if it holds no text, or if the file is damaged.
    """
    with (
        reading(path),
        # Without these settings a whole row group would be fetched before its first row is seen.
        pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20, page_checksum_verification=True) as file,
    ):
        schema = file.schema_arrow
        _check_text(path, schema, text_column)
        columns = [text_column] + [
            name for name in DESCRIPTIONS if name != text_column and _is_usable(schema, name)
        ]
        number = 0
        for batch in file.iter_batches(_rows_at_once(file, text_column), columns=columns):
            names = ["text" if name == text_column else name for name in batch.schema.names]
            for values in zip(*(_values(column) for column in batch.columns), strict=True):
                number += 1
                yield _found(number, dict(zip(names, values, strict=True)))


def _check_text(path: Path, schema: pa.Schema, text_column: str) -> None:
    columns = ", ".join(schema.names)
    if schema.names.count(text_column) != 1:
        has = "two columns" if text_column in schema.names else "no column"
        raise ValueError(
            f"{path} has {has} '{text_column}': set `text_column` of the source to one of {columns}"
        )
    kind = schema.field(text_column).type
    if not _is_text(kind):
        raise ValueError(
            f"{path} has {kind}, not text, in column '{text_column}': set `text_column` of the source to another of "
            f"{columns}"
        )


def _is_usable(schema: pa.Schema, name: str) -> bool:
    if schema.names.count(name) != 1:
        return False
    kind = schema.field(name).type
    return (
        _is_text(kind)
        or (name == "id" and pa.types.is_integer(kind))
        or (name == "date" and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)))
    )


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _rows_at_once(file: pq.ParquetFile, text_column: str) -> int:
    """Rows whose texts take about 8 MiB, by what the file says of itself."""
    mean_bytes = 1
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        sizes = [
            chunk.total_uncompressed_size
            for chunk in map(group.column, range(group.num_columns))
            if chunk.path_in_schema == text_column
        ]
        mean_bytes = max(mean_bytes, sum(sizes) // max(group.num_rows, 1))
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // mean_bytes))


def _values(column: pa.Array) -> list[Any]:
    """Values of a column; text as bytes, because nothing has checked yet that it is UTF-8."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
    if _is_text(kind):
        return column.cast(pa.large_binary()).to_pylist()
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("s"), safe=False)
    if pa.types.is_temporal(kind):
        return column.cast(pa.string()).to_pylist()
    return column.to_pylist()


def _found(number: int, values: dict[str, Any]) -> Found:
    place = ("row", number)
    try:
        return Found(place, {name: _decoded(value) for name, value in values.items()})
    except Problem as problem:
        return Found(place, problem=str(problem))


def _decoded(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    if len(value) > DOCUMENT_BYTES:
        raise Problem("row_too_long")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Problem("not_utf8") from None
