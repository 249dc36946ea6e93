"""JSON Lines: one object a line; a line that is none is kept aside, never fatal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from soofi.corpus.reading.records import Found, Problem
from soofi.corpus.reading.streams import DOCUMENT_BYTES, open_stream


def read_json_lines(path: Path) -> Iterator[Found]:
    """Yield each line that is not blank; lines are counted from 1, blank ones too."""
    for number, line in read_lines(path):
        try:
            yield Found(("line", number), _parse(line))
        except Problem as problem:
            yield Found(("line", number), problem=str(problem))


def read_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield (number from 1, bytes) of each line that is not blank; None for one longer than `DOCUMENT_BYTES`."""
    number = 0
    with open_stream(path) as file:
        while line := file.readline(DOCUMENT_BYTES):
            number += 1
            if _is_cut(line):
                while _is_cut(file.readline(DOCUMENT_BYTES)):
                    pass
                yield number, None
                continue
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line


def _is_cut(line: bytes) -> bool:
    return len(line) >= DOCUMENT_BYTES and not line.endswith(b"\n")


def _parse(line: bytes | None) -> dict[str, Any]:
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
