"""From what a reader found to a row: what a record must have, what is taken where it is there, and the id."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from soofi.corpus.batches import evidence_json
from soofi.corpus.extract.normalise import normalise
from soofi.corpus.reading.sources import SourceFile
from soofi.recipe import Source

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}[0-9:.,+Z-]*)?)?)?")


class Problem(Exception):
    """Why something is no document; the message is the reason's name."""


@dataclass(frozen=True)
class Found:
    """What a reader found at one place: a record, or the name of the problem that it met there.

    `place`: kind and number from 1 (`("line", 7)`), or None if the whole file is one document.
    """

    place: tuple[str, int] | None
    record: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


def row_of(found: Found, file: SourceFile, source: Source) -> dict[str, Any]:
    """One row of a batch (`WORKING`); what is no document is marked as dropped by stage `read`.

    A record's `text` is required. `id`, `language`, `url`, `licence` (or `license`), `domain` and `date` are taken
    where they are strings (`id` may be a number); the source's defaults stand in for language, licence and domain.
    """
    row: dict[str, Any] = {"source": source.name, "language": source.language, "text_bytes": 0}
    record = found.record
    try:
        if found.problem:
            raise Problem(found.problem)
        row |= _described(record, source)
        text = _text(record)
        row |= {"text": text, "text_bytes": len(text.encode())}
    except Problem as problem:
        row |= {"stage": "read", "reason": str(problem)}
        row["evidence"] = evidence_json({"file": file.origin} | dict([found.place] if found.place else []))
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
        raise Problem("not_a_language_tag")
    language, script, region = match.groups()
    parts = [language.lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part)


def _text(record: dict[str, Any]) -> str:
    text = record.get("text")
    if text is None:
        raise Problem("no_text")
    if not isinstance(text, str):
        raise Problem("text_not_a_string")
    _check_unicode(text)
    text = normalise(text)
    if not text or text.isspace():
        raise Problem("empty")
    return text


def _check_unicode(value: str) -> None:
    """JSON can spell half a surrogate pair, which is no character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Problem("not_unicode") from None
