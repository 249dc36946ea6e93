"""JSON Lines to record batches; a line that is no document is kept aside, never fatal."""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from soofi.corpus.batches import WORKING, evidence_json
from soofi.corpus.normalise import normalise
from soofi.corpus.sources import SourceFile
from soofi.recipe import Source

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
LINE_BYTES = 256 << 20
"""A longer line is kept aside unread: one file must not fill the memory."""

_BATCH_ROWS, _BATCH_BYTES = 1024, 8 << 20
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}[0-9:.,+Z-]*)?)?)?")


class LineProblem(Exception):
    """Why a line is no document; the message is the reason's name."""


def read_batches(file: SourceFile, source: Source) -> Iterator[pa.RecordBatch]:
    """Yield the file's lines as record batches (`WORKING`), bad lines marked as dropped by stage `read`.

    A record's `text` is required. `id`, `language`, `url`, `licence` (or `license`), `domain` and `date` are taken
    where they are strings (`id` may be a number); the source's defaults stand in for language, licence and domain.
    Raises ValueError with one sentence if a compressed file is damaged.
    """
    rows: list[dict[str, Any]] = []
    size = 0
    for number, line in read_lines(file.path):
        row = _row(number, line, file, source)
        rows.append(row)
        size += row["text_bytes"]
        if len(rows) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield pa.RecordBatch.from_pylist(rows, WORKING)
            rows, size = [], 0
    if rows:
        yield pa.RecordBatch.from_pylist(rows, WORKING)


def read_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield (number from 1, bytes) of each line that is not blank; None for one longer than `LINE_BYTES`."""
    number = 0
    try:
        with (
            pa.input_stream(str(path), compression=COMPRESSIONS.get(path.suffix)) as stream,
            io.BufferedReader(stream, 1 << 20) as file,
        ):
            while line := file.readline(LINE_BYTES):
                number += 1
                if _is_cut(line):
                    while _is_cut(file.readline(LINE_BYTES)):
                        pass
                    yield number, None
                    continue
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    yield number, line
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} disappeared while the corpus was made: put it back") from None
    except OSError as error:
        if path.suffix in COMPRESSIONS:
            raise ValueError(f"{path} is damaged or cut off: fetch or make it again") from None
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None


def _is_cut(line: bytes) -> bool:
    return len(line) >= LINE_BYTES and not line.endswith(b"\n")


def _row(number: int, line: bytes | None, file: SourceFile, source: Source) -> dict[str, Any]:
    row: dict[str, Any] = {"source": source.name, "language": source.language, "text_bytes": 0}
    record: dict[str, Any] = {}
    try:
        record = _parse(line)
        row |= _described(record, source)
        text = _text(record)
        data = text.encode()
        row |= {"text": text, "text_bytes": len(data), "text_sha256": hashlib.sha256(data).hexdigest()}
    except LineProblem as problem:
        row |= {"stage": "read", "reason": str(problem)}
        row["evidence"] = evidence_json({"file": file.origin, "line": number})
    name = record.get("id")
    named = isinstance(name, str | int) and not isinstance(name, bool) and name != ""
    # The kind of the name is part of it, so that record "7" and line 7 are two documents.
    kind, value = ("record", str(name)) if named else ("line", str(number))
    identity = "\0".join([source.name, row.get("url") or file.origin, kind, value])
    row["id"] = hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()
    return row


def _parse(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise LineProblem("line_too_long")
    try:
        record = json.loads(line.decode())
    except UnicodeDecodeError:
        raise LineProblem("not_utf8") from None
    except (ValueError, RecursionError):
        raise LineProblem("not_json") from None
    if not isinstance(record, dict):
        raise LineProblem("not_an_object")
    return record


def _described(record: dict[str, Any], source: Source) -> dict[str, Any]:
    date = _string(record, "date")
    return {
        "url": _string(record, "url"),
        "licence": _string(record, "licence") or _string(record, "license") or source.licence,
        "domain": _string(record, "domain") or source.domain,
        "date": date if date and _DATE.fullmatch(date) else None,
        "language": _language(_string(record, "language")) or source.language,
    }


def _string(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        return None
    _check_unicode(value)
    return value


def _language(tag: str | None) -> str | None:
    """A BCP-47 tag in its usual capitals; it becomes the name of a directory, so nothing else passes."""
    if tag is None or tag.lower() == "und":
        return None
    match = _TAG.fullmatch(tag)
    if not match:
        raise LineProblem("not_a_language_tag")
    language, script, region = match.groups()
    parts = [language.lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part)


def _text(record: dict[str, Any]) -> str:
    text = record.get("text")
    if text is None:
        raise LineProblem("no_text")
    if not isinstance(text, str):
        raise LineProblem("text_not_a_string")
    _check_unicode(text)
    text = normalise(text)
    if not text or text.isspace():
        raise LineProblem("empty")
    return text


def _check_unicode(value: str) -> None:
    """JSON can spell half a surrogate pair, which is no character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise LineProblem("not_unicode") from None
