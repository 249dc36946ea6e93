"""Plain text: one document a file."""

from collections.abc import Iterator

from soofi.corpus.reading.records import Found
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.streams import DOCUMENT_BYTES, open_stream
from soofi.recipe import Source

_CHUNK_BYTES = 1 << 20


def read_text_file(file: SourceFile, source: Source) -> Iterator[Found]:
    """Yield the file's text as one record whose `url` is its origin; UTF-8 with or without a byte order mark."""
    described = {"url": file.origin}
    data = read_whole(file, source, DOCUMENT_BYTES)
    if data is None:
        yield Found(None, described, "file_too_long")
        return
    try:
        yield Found(None, described | {"text": data.decode("utf-8-sig")})
    except UnicodeDecodeError:
        yield Found(None, described, "not_utf8")


def read_whole(file: SourceFile, source: Source, limit_bytes: int) -> bytearray | None:
    """What a file holds, decompressed, or None if that is more than `limit_bytes`."""
    data = bytearray()
    with open_stream(file, source) as stream:
        while len(data) <= limit_bytes and (chunk := stream.read(_CHUNK_BYTES)):
            data += chunk
    return data if len(data) <= limit_bytes else None
