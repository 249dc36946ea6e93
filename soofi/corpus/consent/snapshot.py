"""Stored copies of robots.txt and tdmrep.json: which files hold them, and looking one host up.

A snapshot is a set of rows `host`, `fetched` (ISO 8601 date), `status` (HTTP; null for 200), `path` (`/robots.txt` or
`/.well-known/tdmrep.json`) and `body` (text or bytes). They stand in JSON Lines (`.jsonl`, `.gz`, `.zst`), Parquet, Arrow files
(`.arrow`: mapped into memory, so that all workers share one copy) or WARC (as Common Crawl's `robotstxt` files), or as
files `DATE/HOST/robots.txt` and `DATE/HOST/tdmrep.json` of a folder.
"""

import json
import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from soofi.corpus.consent import robots, tdmrep
from soofi.corpus.consent.addresses import host_key, host_keys
from soofi.corpus.reading.json_lines import read_lines
from soofi.corpus.reading.streams import open_whole, reading_whole
from soofi.ledger import publish_file

ROBOTS = "/robots.txt"
TDMREP = "/.well-known/tdmrep.json"
_KEPT = {ROBOTS: robots.READ_BYTES + 1, TDMREP: tdmrep.READ_BYTES + 1}
"""Bytes of a body that are kept: one more than is read, so that a longer one is known."""

_COLUMNS = ("host", "fetched", "status", "path", "body")
_SCHEMA = pa.schema(
    [
        ("host", pa.string()),
        ("fetched", pa.string()),
        ("status", pa.int16()),
        ("path", pa.string()),
        ("body", pa.large_binary()),
    ]
)
_SINGLE = ("robots.txt", "tdmrep.json")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Capture:
    """One file as it was answered at one moment (UTC); `fetched`: the day, as it is written."""

    path: str
    moment: datetime
    fetched: str
    status: int
    body: bytes

    @property
    def day(self) -> int:
        """Its day, counted from 1 January of year 1."""
        return self.moment.toordinal()


class Snapshot:
    """All captures of a recipe, by host."""

    def __init__(self, files: Sequence[Path]):
        """Raises FileNotFoundError or ValueError, in one sentence, for a file that is no snapshot."""
        self._parts = [_Part(table, path) for table, path in _tables(files)]

    def captures(self, host: str) -> list[Capture]:
        """Captures of a host (`host_key`), the oldest first; of one moment those of later files last."""
        found = [capture for part in self._parts for capture in part.captures(host)]
        return sorted(found, key=lambda capture: capture.moment)


def write_arrow(files: Sequence[Path], path: Path) -> int:
    """Write all captures of some files into one Arrow file, sorted by host; returns their number.

    The rows are held in memory. Raises as `Snapshot` does.
    """
    parts = [_Part(table, file).in_order() for table, file in _tables(files)]
    table = pa.concat_tables(parts).sort_by([("host", "ascending")])
    with publish_file(path) as partial, pa.ipc.new_file(partial, _SCHEMA) as writer:
        writer.write_table(table, max_chunksize=1 << 16)
    return int(table.num_rows)


def _tables(files: Sequence[Path]) -> Iterator[tuple[pa.Table, Path]]:
    """The rows of each file; those of files DATE/HOST/robots.txt together."""
    single = [path for path in files if path.name in _SINGLE]
    yield from ((_load(path), path) for path in files if path.name not in _SINGLE)
    if single:
        yield _table(map(_of_file, single)), single[0]


class _Part:
    """The rows of one file, found by bisection in the order of their hosts."""

    def __init__(self, table: pa.Table, path: Path):
        self._table = table
        self._path = path
        hosts = table["host"]
        if pc.any(pc.is_null(hosts)).as_py() or hosts.null_count:
            raise ValueError(f"{path}: a row has no host: give every row one")
        hosts = pa.chunked_array([host_keys(chunk) for chunk in hosts.chunks], pa.string())
        self._hosts = hosts
        self._order: np.ndarray[Any, Any] | None = None
        if not pc.all(pc.less_equal(hosts.slice(0, max(len(hosts) - 1, 0)), hosts.slice(1))).as_py():
            self._order = pc.sort_indices(hosts).to_numpy()

    def _row(self, place: int) -> int:
        return place if self._order is None else int(self._order[place])

    def in_order(self) -> pa.Table:
        """The rows as a snapshot is written, with hosts in the form that is looked up."""
        table = self._table.set_column(self._table.column_names.index("host"), "host", self._hosts)
        return table.select(_COLUMNS).cast(_SCHEMA)

    def captures(self, host: str) -> Iterator[Capture]:
        places = range(len(self._hosts))

        def host_at(place: int) -> str:
            return str(self._hosts[self._row(place)].as_py())

        first = bisect_left(places, host, key=host_at)
        for place in range(first, bisect_right(places, host, lo=first, key=host_at)):
            row = self._row(place)
            path, fetched, status, body = (
                self._table[name][row].as_py() for name in ("path", "fetched", "status", "body")
            )
            if path not in _KEPT:
                continue
            body = (body.encode() if isinstance(body, str) else body or b"")[: _KEPT[path]]
            moment = moment_of(str(fetched))
            if moment is None:
                raise ValueError(
                    f"{self._path}: '{fetched}' of host {host} is no date: write fetched as YYYY-MM-DD"
                )
            yield Capture(path, moment, str(fetched)[:10], 200 if status is None else int(status), body)


def moment_of(written: str | None) -> datetime | None:
    """The moment (UTC) of an ISO 8601 date or time, of a year, month or day its beginning; None for what is no date.

    A time that names no zone is taken as UTC.
    """
    if not written:
        return None
    with suppress(ValueError, OverflowError):
        if len(written) > len("2026-01-31"):
            moment = datetime.fromisoformat(written)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    year, month, day = [*written[:10].split("-"), "01", "01"][:3]
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None


def day_of(written: str | None) -> int | None:
    """The day (UTC) of `moment_of`, counted from 1 January of year 1."""
    moment = moment_of(written)
    return moment.toordinal() if moment else None


def _load(path: Path) -> pa.Table:
    name = path.name.lower()
    if name.endswith(".arrow"):
        with reading_whole(path):
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    elif name.endswith(".parquet"):
        with reading_whole(path):
            table = pq.read_table(path)
    elif ".warc" in name:
        return _table(_of_warc(path))
    else:
        return _table(_of_lines(path))
    missing = [column for column in _COLUMNS if column not in table.column_names]
    if missing:
        raise ValueError(
            f"{path} has no column '{missing[0]}': a snapshot of robots files has {', '.join(_COLUMNS)}"
        )
    return table.select(_COLUMNS)


def _table(rows: Iterator[dict[str, Any]]) -> pa.Table:
    batches, block, size = [], list[dict[str, Any]](), 0
    for row in rows:
        block.append(row)
        size += len(row["body"])
        if size > 64 << 20 or len(block) == 1 << 16:
            batches.append(pa.RecordBatch.from_pylist(block, _SCHEMA))
            block, size = [], 0
    batches.append(pa.RecordBatch.from_pylist(block, _SCHEMA))
    return pa.Table.from_batches(batches).combine_chunks()


def _of_lines(path: Path) -> Iterator[dict[str, Any]]:
    with open_whole(path) as stream:
        yield from _rows(path, stream)


def _rows(path: Path, stream: BufferedReader) -> Iterator[dict[str, Any]]:
    for number, line in read_lines(stream):
        try:
            row = json.loads(line or b"")
            host, fetched, kind, body = (row[name] for name in ("host", "fetched", "path", "body"))
            status = row.get("status")
            usable = all(isinstance(value, str) for value in (host, fetched, kind)) and host
            usable = usable and isinstance(body, str | None) and isinstance(status, int | None)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            usable = False
        if not usable:
            raise ValueError(
                f"{path}: line {number} is no row of a snapshot: write an object with host, fetched, path, body and status"
            )
        yield {
            "host": host_key(host),
            "fetched": fetched,
            "status": status,
            "path": kind,
            "body": (body or "").encode(errors="replace")[: _KEPT.get(kind, 0)],
        }


def _of_file(path: Path) -> dict[str, Any]:
    """A file DATE/HOST/robots.txt or DATE/HOST/tdmrep.json."""
    fetched, host = path.parts[-3:-1]
    if not _DAY.fullmatch(fetched):
        raise ValueError(
            f"{path} does not say when it was fetched: put it into DATE/HOST, with DATE as YYYY-MM-DD"
        )
    kind = ROBOTS if path.name == "robots.txt" else TDMREP
    with reading_whole(path), path.open("rb") as file:
        body = file.read(_KEPT[kind])
    return {"host": host_key(host), "fetched": fetched, "status": 200, "path": kind, "body": body}


def _of_warc(path: Path) -> Iterator[dict[str, Any]]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with reading_whole(path), path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise ValueError(f"{path} is empty: fetch or make it again")
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
            url = urlsplit((record.headers.get("WARC-Target-URI") or "").strip("<>"))
            if url.path not in _KEPT or not url.netloc:
                continue
            yield {
                "host": host_key(url.netloc.rpartition("@")[2]),
                "fetched": record.headers.get("WARC-Date") or "",
                "status": record.http_headers.status_code if record.http_headers else None,
                "path": url.path,
                "body": record.reader.read(_KEPT[url.path]),
            }
