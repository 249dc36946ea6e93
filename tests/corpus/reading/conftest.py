"""Archives of a crawl, written by fastwarc."""

import gzip
import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

HEADERS = {"Content-Type": "text/html; charset=utf-8"}


def one_record(
    url: str,
    body: bytes,
    kind: WarcRecordType = WarcRecordType.response,
    status: str = "200 OK",
    headers: Any = HEADERS,
    date: str = "2024-05-06T07:08:09Z",
) -> bytes:
    """One record as bytes; `headers` are those of the answer (pairs or a mapping), or the type of what is no answer."""
    record = WarcRecord()
    record.init_headers(record_type=kind)
    record.headers["WARC-Target-URI"] = url
    record.headers["WARC-Date"] = date
    if kind in (WarcRecordType.response, WarcRecordType.request):
        pairs = headers.items() if isinstance(headers, dict) else headers
        record.is_http = True
        head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
        body = head.encode("latin-1") + body
    else:
        record.headers["Content-Type"] = headers if isinstance(headers, str) else "text/plain"
    record.set_bytes_content(body)
    sink = io.BytesIO()
    record.write(sink)
    return sink.getvalue()


def page_of(number: int) -> str:
    return f"<html><body><p>Seite {number} über die Brücke.</p></body></html>"


def archive_of(*records: bytes, compression: str = "") -> bytes:
    """An archive; a member or frame for each record, as crawlers write them."""
    compress = {
        "": bytes,
        ".gz": gzip.compress,
        ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    }[compression]
    return b"".join(map(compress, records))


@pytest.fixture(scope="session")
def record() -> Callable[..., bytes]:
    return one_record


@pytest.fixture(scope="session")
def archive() -> Callable[..., bytes]:
    return archive_of


@pytest.fixture(scope="session")
def page() -> Callable[[int], str]:
    return page_of
