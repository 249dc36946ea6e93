"""What servers sent, without the encodings that were only for the way (RFC 9110, RFC 9112)."""

import io
import re
import zlib
from collections.abc import Callable

import zstandard
from fastwarc.stream_io import BrotliReader

from soofi.corpus.reading.inflate import Damaged

_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n")


def plain_body(body: bytes, transfer: str, content: str, limit_bytes: int) -> bytes:
    """The body that a page's headers `Transfer-Encoding` and `Content-Encoding` describe, at most `limit_bytes` and one.

    Many archives undo encodings and leave the headers: a body that does not look encoded is taken as it is.
    Raises `Damaged` for one that cannot be decoded.
    """
    if "chunked" in transfer.lower():
        body = _unchunked(body)
    for name in reversed([name.strip().lower() for name in content.split(",")]):
        decode = _CODINGS.get(name)
        if decode is not None:
            body = decode(body, limit_bytes + 1)
    return body


def _unchunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    place = 0
    while match := _CHUNK.match(body, place):
        size = int(match[1], 16)
        if not size:
            return b"".join(parts)
        if match.end() + size > len(body) + 2:
            break
        parts.append(body[match.end() : match.end() + size])
        place = match.end() + size
    # A page cut short has no last chunk, and one that begins otherwise never had any.
    return b"".join(parts) if parts and place >= len(body) - 2 else body


def _gunzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, 31) if body.startswith(b"\x1f\x8b") else body


def _inflate(body: bytes, limit: int, bits: int) -> bytes:
    try:
        return zlib.decompressobj(bits).decompress(body, limit)
    except zlib.error as error:
        raise Damaged("undecodable_body", str(error)) from None


def _undeflate(body: bytes, limit: int) -> bytes:
    if body[:1] == b"\x78":
        return _inflate(body, limit, 15)
    try:
        return zlib.decompressobj(-15).decompress(body, limit)
    except zlib.error:
        return body


def _unbrotli(body: bytes, limit: int) -> bytes:
    if body.lstrip()[:1] == b"<":  # no Brotli stream begins so in practice
        return body
    try:
        return bytes(BrotliReader(io.BytesIO(body)).read(limit))
    except OSError as error:
        raise Damaged("undecodable_body", " ".join(str(error).split())) from None


def _unzstd(body: bytes, limit: int) -> bytes:
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return body
    try:
        with zstandard.ZstdDecompressor(max_window_size=8 << 20).stream_reader(body) as reader:
            return reader.read(limit)
    except zstandard.ZstdError as error:
        raise Damaged("undecodable_body", " ".join(str(error).split())) from None


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip, "x-gzip": _gunzip, "deflate": _undeflate, "br": _unbrotli, "zstd": _unzstd,
}  # fmt: skip
