"""Parquet: one document a row, a few rows in memory at a time."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soofi.corpus.reading.inflate import Damaged
from soofi.corpus.reading.records import Found, Problem
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.streams import DOCUMENT_BYTES, open_bytes, reading
from soofi.recipe import Role, Source

_BATCH_ROWS, _BATCH_BYTES = 1024, 8 << 20


def read_parquet(file: SourceFile, source: Source) -> Iterator[Found]:
    """Yield each row, counted from 1, with the values of the source's columns by role.

    A row group that is damaged is reported as one problem, and the next one is read. Raises ValueError with one sentence
    if the column of texts is missing or holds no text, and `Damaged` if nothing of the file can be read.
    """
    with (
        open_bytes(file, source) as raw,
        # Without these settings a whole row group would be fetched before its first row is seen.
        pq.ParquetFile(
            raw, pre_buffer=False, buffer_size=1 << 20, page_checksum_verification=True
        ) as parquet,
    ):
        columns = _columns(file.place, parquet.schema_arrow, source)
        first = 0
        for group in range(parquet.metadata.num_row_groups):
            try:
                with reading(file.place):
                    yield from _row_group(parquet, group, first, columns)
            except Damaged as damage:
                yield Found(
                    ("row_group", group + 1), problem="damaged_row_group", evidence={"cause": damage.cause}
                )
            first += parquet.metadata.row_group(group).num_rows


def _row_group(
    parquet: pq.ParquetFile, group: int, first: int, columns: Mapping[Role, str]
) -> Iterator[Found]:
    number = first
    texts = columns.get("text") or columns["markup"]
    rows = _rows_at_once(parquet, group, texts)
    for batch in parquet.iter_batches(
        rows, row_groups=[group], columns=list(dict.fromkeys(columns.values()))
    ):
        values = [_values(_leaf(batch, name)) for name in columns.values()]
        for row in zip(*values, strict=True):
            number += 1
            yield _found(number, dict(zip(columns, row, strict=True)))


def _columns(place: str, schema: pa.Schema, source: Source) -> dict[Role, str]:
    """The source's columns that are there and of a type that can be used."""
    wanted = source.all_columns
    role: Role = "text" if "text" in wanted else "markup"
    wanted[role] = _text_column(place, schema, wanted[role], role)
    if "licence" in wanted and _type(schema, wanted["licence"]) is None:
        wanted["licence"] = "license"
    return {name: column for name, column in wanted.items() if _is_usable(name, _type(schema, column))}


def _text_column(place: str, schema: pa.Schema, name: str, role: Role) -> str:
    columns = ", ".join(schema.names)
    kind = _type(schema, name)
    if kind is None and "." in name:
        name = name.split(".")[
            0
        ]  # a set of one language has the text itself where others have it by language
        kind = _type(schema, name)
    if kind is None:
        has = "two columns" if name in schema.names else "no column"
        raise ValueError(
            f"{place} has {has} '{name}': set `columns.{role}` of the source to one of {columns}"
        )
    if not _is_text(kind):
        raise ValueError(
            f"{place} has {kind}, not text, in column '{name}': set `columns.{role}` of the source to another of "
            f"{columns}"
        )
    return name


def _type(schema: pa.Schema, name: str) -> pa.DataType | None:
    """The type of a column or, by dots, of a field inside one; None if there is none or two."""
    if schema.names.count(name) == 1:
        return schema.field(name).type
    outer, *inner = name.split(".")
    if not inner or schema.names.count(outer) != 1:
        return None
    kind = schema.field(outer).type
    for part in inner:
        if not pa.types.is_struct(kind) or kind.get_field_index(part) < 0:
            return None
        kind = kind.field(part).type
    return kind


def _leaf(batch: pa.RecordBatch, name: str) -> pa.Array:
    if name in batch.schema.names:
        return batch[name]
    outer, *inner = name.split(".")
    return pc.struct_field(batch[outer], inner)


def _is_usable(role: Role, kind: pa.DataType | None) -> bool:
    if kind is None:
        return False
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return role not in ("text", "markup") and _is_text(kind.value_type)
    return (
        _is_text(kind)
        or (role == "id" and pa.types.is_integer(kind))
        or (role == "date" and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)))
    )


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _rows_at_once(parquet: pq.ParquetFile, number: int, texts: str) -> int:
    """Rows of a row group whose texts take about 8 MiB, by what the file says of itself."""
    group = parquet.metadata.row_group(number)
    size = sum(
        chunk.total_uncompressed_size
        for chunk in map(group.column, range(group.num_columns))
        if chunk.path_in_schema == texts
    )
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES * max(group.num_rows, 1) // max(size, 1)))


def _values(column: pa.Array) -> list[Any]:
    """Values of a column; text as bytes, because nothing has checked yet that it is UTF-8."""
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        firsts = column.cast(pa.large_list(pa.large_binary())).to_pylist()
        return [next(iter(values or []), None) for values in firsts]
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
        described: dict[str, Any] = {}
        for name in ("id", "url"):
            with suppress(Problem):
                described[name] = _decoded(values.get(name))
        return Found(place, described, problem=str(problem))


def _decoded(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    if len(value) > DOCUMENT_BYTES:
        raise Problem("row_too_long")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Problem("not_utf8") from None
