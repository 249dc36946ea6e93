"""JSON Lines: one object a line; a line that is none is kept aside, never fatal."""

import json
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

from soofi.corpus.reading.columns import by_role
from soofi.corpus.reading.records import Found, Problem
from soofi.corpus.reading.sources import SourceFile
from soofi.corpus.reading.streams import DOCUMENT_BYTES, open_stream
from soofi.recipe import Source

_PIECE_BYTES = 1 << 20


def read_json_lines(file: SourceFile, source: Source) -> Iterator[Found]:
    """Yield each line that is not blank; lines are counted from 1, blank ones too."""
    columns = source.all_columns
    with open_stream(file, source) as stream:
        for number, line in read_lines(stream):
            try:
                yield Found(("line", number), by_role(parse_line(line), columns))
            except Problem as problem:
                yield Found(("line", number), problem=str(problem))


def read_lines(stream: BufferedReader) -> Iterator[tuple[int, bytes | None]]:
    """Yield (number from 1, bytes) of each line that is not blank; None for one longer than `DOCUMENT_BYTES`."""
    number = 0
    while first := stream.readline(_PIECE_BYTES):
        number += 1
        line = _to_its_end(first, stream)
        if number == 1 and line:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line is None or line.strip():
            yield number, line


def _to_its_end(piece: bytes, stream: BufferedReader) -> bytes | None:
    """The line that begins with `piece`, or None if it is too long; then it is read past, but not kept."""
    pieces, size = [piece], len(piece)
    while len(piece) >= _PIECE_BYTES and not piece.endswith(b"\n"):
        piece = stream.readline(_PIECE_BYTES)
        size += len(piece)
        pieces.append(piece)
        if size > DOCUMENT_BYTES:
            pieces.clear()
    return b"".join(pieces) if size <= DOCUMENT_BYTES else None


def parse_line(line: bytes | None) -> dict[str, Any]:
    """The object that a line of `read_lines` holds; raises Problem."""
    if line is None:
        raise Problem("line_too_long")
    try:
        record = json.loads(line.decode())
    except UnicodeDecodeError:
        raise Problem("not_utf8") from None
    except (ValueError, RecursionError):
        raise Problem("not_json") from None
    if not isinstance(record, dict):
        raise Problem("not_an_object")
    return record
