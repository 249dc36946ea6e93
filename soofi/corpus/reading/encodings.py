"""The encoding of pages: what marks, headers and the page itself say, and what the bytes look like."""

import codecs
import re

from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5

_MARKS = [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]

_PRESCAN_BYTES = 2048  # WHATWG: 1024; many pages have a licence or a browser's condition before it
_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode_page(data: bytes, declared: str | None = None) -> str:
    """The text of a page's bytes; what cannot be decoded becomes U+FFFD.

    In this order: a byte order mark; UTF-8, if all bytes are valid UTF-8 and some are no ASCII (no other encoding looks
    so by chance, and servers often declare another one); `declared`, the charset of the Content-Type header; the page's own
    <meta charset> or XML declaration; what Mozilla's detector takes the bytes for; Windows-1252.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _whole(data[len(mark) :].decode(name, "replace"))
    if b"\0" not in data[:_PRESCAN_BYTES]:  # UTF-16 of Latin letters is valid UTF-8 too
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    said = declared or _in_page(data)
    name = (
        (map_encoding_to_html5(said, fallback_utf8=False) if said else None)
        or detect_encoding(data)
        or "windows-1252"
    )
    try:
        return _whole(data.decode(name))
    except (UnicodeDecodeError, LookupError):
        return _whole(bytes_to_str(data, name, errors="replace", fallback_encodings=()))


def _in_page(data: bytes) -> str | None:
    head = data[:_PRESCAN_BYTES]
    found = _CHARSET.search(head) or _DECLARATION.search(head)
    return found[1].decode("ascii") if found else None


def _whole(text: str) -> str:
    """Some codecs give half a surrogate pair, which is no character."""
    return _SURROGATES.sub("\ufffd", text)
