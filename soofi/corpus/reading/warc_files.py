"""WARC and WET: the pages of a crawl with their addresses, times and response headers, and texts that were made of them.

ISO 28500; WET is WARC whose records are of type `conversion`. Records that hold no answer of a server (requests, metadata,
revisits) are no documents.
"""

import json
from collections.abc import Iterator
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from soofi.corpus.reading.encodings import decode_page
from soofi.corpus.reading.http_bodies import plain_body
from soofi.corpus.reading.inflate import Damaged
from soofi.corpus.reading.recent import Recent
from soofi.corpus.reading.records import Found
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.streams import PAGE_BYTES, open_inflated
from soofi.recipe import Source

_DOCUMENTS = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
_PAGES = ("text/html", "application/xhtml+xml")
_BEGINNING = b"WARC/1."


class _WrongLength(Damaged):
    """A record that is not as long as it says, or no record at all; the stream itself is whole."""

    def __init__(self, cause: str):
        super().__init__("damaged_record", cause)


def read_warc(file: SourceFile, source: Source) -> Iterator[Found]:
    """Yield the documents of a WARC or WET file; records of all types are counted from 1.

    Where the file is damaged or a record is not as long as it says, that record is one problem, and reading goes on at
    the next place where a record begins.
    """
    with open_inflated(file, source) as inflated:
        yield from _Archive(Recent(inflated)).documents()


class _Archive:
    """One pass over the records of a file."""

    def __init__(self, stream: Recent):
        self._stream = stream
        self._number = 0
        self._described: dict[str, Any] = {}
        self._length = 0

    def documents(self) -> Iterator[Found]:
        """Yield documents and problems in the order of the file."""
        while True:
            try:
                yield from self._up_to_damage()
                return
            except Damaged as damage:
                place = ("record", self._number)
                yield Found(place, self._described, damage.reason, {"cause": damage.cause})
                framed = isinstance(damage, _WrongLength)
                if not (self._stream.go_on if framed else self._stream.skip_damage)(_BEGINNING):
                    return

    def _up_to_damage(self) -> Iterator[Found]:
        """Yield each document when the record behind it has begun: a wrong length shows only there."""
        records = ArchiveIterator(self._stream, parse_http=False, stream_detect=False)
        held: Found | None = None
        while True:
            try:
                record = _next(records)
            except Damaged as damage:
                follows = self._stream.next_record(self._length, _BEGINNING)
                if held is not None and (follows is not None or not isinstance(damage, _WrongLength)):
                    yield held
                    held = None
                # Else it is the record before that ends where none begins.
                if held is None:
                    self._number, self._described = self._number + 1, {}
                    self._stream.begin_record(follows or 0)
                raise
            if held is not None:
                yield held
            if record is None:
                return
            self._number, self._described = self._number + 1, {}
            self._stream.begin_record(record.stream_pos)
            held = self._document(record)

    def _document(self, record: WarcRecord) -> Found | None:
        """The document of a record, whose bytes are read to their end; None for a record that is none."""
        if "Content-Length" not in record.headers:
            raise _WrongLength("a record does not say how long it is")
        if not (self._stream.has_given(b"\n\r\n") or self._stream.has_given(b"\n\n")):
            raise _WrongLength("the file ends inside a record's head")
        length = self._length = record.content_length
        if not record.record_type & _DOCUMENTS:
            _read_past(record, length)
            return None
        place = ("record", self._number)
        described = self._described = {
            "id": record.record_id,
            "url": record.headers.get("WARC-Target-URI"),
            "date": record.headers.get("WARC-Date"),
        }
        kind = _media_type(record.headers.get("Content-Type"))
        charset = transfer = content = None
        if record.is_http:
            try:
                record.parse_http()
            except OSError as error:
                _read_past(record, record.content_length)
                return Found(place, described, "damaged_headers", {"cause": str(error)})
            length = record.content_length
            http = record.http_headers
            described = self._described = described | {"headers": _headers(http)}
            transfer, content = http.get("Transfer-Encoding"), http.get("Content-Encoding")
            charset = (record.http_charset or "").strip("\"' ") or None
            kind = _media_type(http.get("Content-Type") or record.headers.get("WARC-Identified-Payload-Type"))
            status = http.status_code
            if status != 200:
                _read_past(record, length)
                return Found(
                    place, described, "http_status", {"status": status if isinstance(status, int) else None}
                )
        if kind not in _PAGES and kind != "text/plain":
            _read_past(record, length)
            return Found(place, described, "not_a_page", {"content_type": kind})
        body = _body(record, length)
        if len(body) <= PAGE_BYTES:
            try:
                body = plain_body(body, transfer or "", content or "", PAGE_BYTES)
            except Damaged as damage:
                return Found(place, described, damage.reason, {"cause": damage.cause})
        if len(body) > PAGE_BYTES:
            return Found(place, described, "page_too_long")
        return Found(
            place, described | {"text" if kind == "text/plain" else "markup": decode_page(body, charset)}
        )


def _next(records: ArchiveIterator) -> WarcRecord | None:
    try:
        return next(records, None)
    except OSError as error:
        if error.errno is not None:
            raise
        raise _WrongLength(str(error)) from None


def _body(record: WarcRecord, length: int) -> bytes:
    """The bytes of a record, of a long one the first `PAGE_BYTES` and some more."""
    body = bytes(record.reader.read(min(length, PAGE_BYTES + 1))) if length else b""
    if len(body) < min(length, PAGE_BYTES + 1):
        raise _WrongLength("the file ends before the record does")
    if length > PAGE_BYTES:
        if b"\r\n\r\n" + _BEGINNING in body:
            raise _WrongLength("the record reaches over others")
        _read_past(record, length - len(body))
    return body


def _read_past(record: WarcRecord, length: int) -> None:
    if length and record.reader.consume() < length:
        raise _WrongLength("the file ends before the record does")


def _headers(http: Any) -> str:
    """HTTP headers as a JSON object, names in lower case; those that come again are joined as RFC 9110 allows."""
    found: dict[str, str] = {}
    for name, value in http.items():
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return json.dumps(found)


def _media_type(value: str | None) -> str:
    return (value or "").split(";")[0].strip().lower()
