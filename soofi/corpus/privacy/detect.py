"""Personal data in a text: candidates by form, then check digits, then words of context."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import re2

from soofi.corpus.privacy.contacts import email_end
from soofi.corpus.privacy.region import Region, Span
from soofi.recipe.privacy import PERSONAL_DATA_TYPES

ALL_TYPES: frozenset[str] = frozenset(PERSONAL_DATA_TYPES)


_EMAIL = re2.compile(
    r"[\pL\pN_](?:[\pL\pN._%+&-]*[\pL\pN_+-])?@(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+(?:\pL{2,}|[xX][nN]--[a-zA-Z0-9-]*[a-zA-Z0-9])"
)
_PATH = re.compile(rb":[A-Za-z~/]")
_ADDRESS = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|[23][0-9a-fA-F]{3}:[0-9a-fA-F]{0,4}:[0-9a-fA-F:]*"
_BETWEEN = r"[ .\-–/()\x{a0}\x{2009}\x{2011}\x{202f}]{0,3}"
_FISCAL = r"[A-Za-z]{3} ?[A-Za-z]{3} ?[0-9L-V]{2} ?[A-Za-z][0-9L-V]{2} ?[A-Za-z][0-9L-V]{3} ?[A-Za-z]"
_DIGITS = rf"[0-9](?:{_BETWEEN}[0-9]){{5,}}|[0-9]{{3,5}} ?[MGAPLHBZ]\b|[0-9][A-Z][0-9]{{5}}[A-Z]\b|{_FISCAL}"
_ADDRESSES = re2.compile(_ADDRESS)
_NUMBERS = re2.compile(f"{_ADDRESS}|{_DIGITS}")

_BYTES_BEFORE, _BYTES_AFTER = 260, 140


def find(text: str, language: str | None, types: frozenset[str] = ALL_TYPES) -> list[Span]:
    """Personal data of `types` in `text`, in its order and not overlapping, with offsets in code points."""
    data = text.encode("utf-8", "surrogatepass")
    spans = find_bytes(data, language, types)
    if len(data) == len(text):
        return spans
    points, place, found = 0, 0, []
    for span in spans:
        points += len(data[place : span.start].decode("utf-8", "surrogatepass"))
        start = points
        points += len(data[span.start : span.end].decode("utf-8", "surrogatepass"))
        place = span.end
        found.append(Span(start, points, span.type, span.rule))
    return found


def find_bytes(data: bytes, language: str | None, types: frozenset[str] = ALL_TYPES) -> list[Span]:
    """As `find`, over UTF-8 with offsets in bytes.

    Time is linear in the length of the text: the scans are, and what they find is looked at with its surroundings.
    """
    return scan(data, language, types)[0]


def scan(
    data: bytes, language: str | None, types: frozenset[str], numbers: bool = True
) -> tuple[list[Span], bool]:
    """What `find_bytes` finds, and whether the text holds anything in which numbers could yet be found.

    `numbers`: False where `has_numbers` has said that there is no such thing.
    """
    spans = list(_emails(data)) if "email" in types and b"@" in data else []
    if not numbers:
        return spans, False
    clusters = [match.span() for match in _pattern(types).finditer(data)] if types - _EMAIL_ALONE else []
    if not clusters:
        return spans, False
    for region in _regions(data, clusters, tuple(spans)):
        spans += region.find(language, types - _EMAIL_ALONE)
    spans.sort(key=lambda span: span.start)
    return spans, True


def has_numbers(texts: Sequence[bytes], types: frozenset[str]) -> set[int]:
    """Which of many texts hold anything in which numbers of `types` could be found: one scan over all is faster than one of each."""
    if not types - _EMAIL_ALONE:
        return set()
    ends = list(accumulate(len(text) + 1 for text in texts))
    return {bisect_right(ends, match.start()) for match in _pattern(types).finditer(b"\0".join(texts))}


def _pattern(types: frozenset[str]) -> "re2._Regexp":
    return _ADDRESSES if types - _EMAIL_ALONE == _ADDRESS_ALONE else _NUMBERS


_EMAIL_ALONE, _ADDRESS_ALONE = frozenset({"email"}), frozenset({"ip_address"})


def _emails(data: bytes) -> Iterator[Span]:
    for match in _EMAIL.finditer(data):
        start, end = match.span()
        if data[start - 1 : start] == b"@" or _PATH.match(data, end):
            continue  # a name in a federated network (@me@social.host), a place on a host (git@host:path)
        if length := email_end(data[start:end]):
            yield Span(start, start + length, "email", "e-mail address")


def _regions(data: bytes, clusters: list[tuple[int, int]], emails: Sequence[Span]) -> Iterator[Region]:
    """The clusters with what stands around them; those whose surroundings meet come together."""
    email_starts, email_ends = [span.start for span in emails], [span.end for span in emails]
    first = 0
    for index in range(1, len(clusters) + 1):
        if (
            index < len(clusters)
            and clusters[index][0] - _BYTES_BEFORE < clusters[index - 1][1] + _BYTES_AFTER
        ):
            continue
        start, end = clusters[first][0] - _BYTES_BEFORE, clusters[index - 1][1] + _BYTES_AFTER
        first_at, last_at = clusters[first][0], clusters[index - 1][1]
        first = index
        start, end = max(start, 0), min(end, len(data))
        while start and data[start] & 0xC0 == 0x80:
            start -= 1
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        low, high = bisect_right(email_ends, start), bisect_left(email_starts, end)
        yield Region(data[start:end], start, first_at - start, last_at - start, emails[low:high])
