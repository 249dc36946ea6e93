"""Plain text: one document a file."""

from collections.abc import Iterator
from pathlib import Path

from soofi.corpus.reading.records import Found
from soofi.corpus.reading.streams import DOCUMENT_BYTES, open_stream

_CHUNK_BYTES = 1 << 20


def read_text_file(path: Path, name: str) -> Iterator[Found]:
    """Yield the file's text as one record whose `url` is `name`; UTF-8 with or without a byte order mark."""
    data = bytearray()
    with open_stream(path) as file:
        while len(data) <= DOCUMENT_BYTES and (chunk := file.read(_CHUNK_BYTES)):
            data += chunk
    if len(data) > DOCUMENT_BYTES:
        yield Found(None, {"url": name}, "file_too_long")
        return
    try:
        yield Found(None, {"url": name, "text": data.decode("utf-8-sig")})
    except UnicodeDecodeError:
        yield Found(None, {"url": name}, "not_utf8")
