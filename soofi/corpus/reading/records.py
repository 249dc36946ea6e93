"""From what a reader found to a row: what a record must have, what is taken where it is there, and the id."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from soofi.corpus.batches import evidence_json
from soofi.corpus.reading.language_tags import language_tag
from soofi.corpus.reading.sources import SourceFile
from soofi.recipe import Source

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}[0-9:.,+Z-]*)?)?)?")


class Problem(Exception):
    """Why something is no document; the message is the reason's name."""


@dataclass(frozen=True)
class Found:
    """What a reader found at one place: a record by role (`columns.by_role`), or the name of the problem that it met there.

    `place`: kind and number from 1 (`("line", 7)`), or None if the whole file is one document. A record of a page has
    `markup` instead of `text`, and perhaps `headers` (JSON text). `evidence`: more about a problem.
    """

    place: tuple[str, int] | None
    record: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def row_of(found: Found, file: SourceFile, source: Source) -> dict[str, Any]:
    """One row of a batch (`WORKING`); what is no document is marked as dropped by stage `read`.

    A record's `text` or `markup` is required. `id`, `language`, `url`, `licence`, `domain` and `date` are taken
    where they are strings (`id` may be a number); the source's defaults stand in for language, licence and domain.
    """
    row: dict[str, Any] = {"source": source.name, "language": source.language, "text_bytes": 0}
    record = found.record
    try:
        if found.problem:
            raise Problem(found.problem)
        row |= _described(record, source)
        row |= _content(record)
    except Problem as problem:
        row |= {"stage": "read", "reason": str(problem), "url": row.get("url") or _url(record)}
        place = dict([found.place] if found.place else [])
        row["evidence"] = evidence_json({"file": file.origin} | place | found.evidence)
    name = record.get("id")
    named = isinstance(name, str | int) and not isinstance(name, bool) and name != ""
    # The kind of the name is part of it, so that record "7" and line 7 are two documents.
    kind, value = ("record", name) if named else (found.place or ("file", ""))
    identity = "\0".join([source.name, row.get("url") or file.origin, kind, str(value)])
    row["id"] = hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()
    return row


def _described(record: dict[str, Any], source: Source) -> dict[str, Any]:
    date = _string(record, "date")
    return {
        "url": _string(record, "url"),
        "licence": _string(record, "licence") or source.licence,
        "domain": _string(record, "domain") or source.domain,
        "date": date if date and _DATE.fullmatch(date) else None,
        "language": _language(_string(record, "language"), _string(record, "script")) or source.language,
    }


def _content(record: dict[str, Any]) -> dict[str, Any]:
    """`text`, or `markup` and `headers`, and `text_bytes`."""
    name = "text" if record.get("markup") is None else "markup"
    content = record.get(name)
    if content is None:
        raise Problem("no_text")
    if not isinstance(content, str):
        raise Problem("text_not_a_string")
    size = len(_as_bytes(content))
    if not content or content.isspace():
        raise Problem("empty")
    return {name: content, "text_bytes": size, "headers": record.get("headers")}


def _string(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        return None
    if not value.isascii():
        _as_bytes(value)
    return value


def _url(record: dict[str, Any]) -> str | None:
    """The address of what is no document, if it can be written down."""
    try:
        return _string(record, "url")
    except Problem:
        return None


def _language(tag: str | None, script: str | None) -> str | None:
    if tag is None or tag.lower() == "und":
        return None
    found = language_tag(tag, script)
    if found is None:
        raise Problem("not_a_language_tag")
    return found


def _as_bytes(value: str) -> bytes:
    """UTF-8; JSON can spell half a surrogate pair, which is no character."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise Problem("not_unicode") from None
