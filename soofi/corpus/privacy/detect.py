"""Personal data in a text: candidates by form, then check digits, then words of context."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import re2

from soofi.corpus.privacy.accounts import IBAN_LENGTHS, is_card, is_iban
from soofi.corpus.privacy.contacts import email_end, is_phone, is_public_ip4, is_public_ip6
from soofi.corpus.privacy.context import Context
from soofi.corpus.privacy.labels import countries, phone_countries
from soofi.corpus.privacy.numbers import PERSON, TAX, VAT_PREFIXES, Number, is_codice_fiscale, vat_rule
from soofi.recipe.privacy import PERSONAL_DATA_TYPES

ALL_TYPES: frozenset[str] = frozenset(PERSONAL_DATA_TYPES)


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data at `start:end`, its type and the rule that found it."""

    start: int
    end: int
    type: str
    rule: str


_EMAIL = re2.compile(
    r"[\pL\pN_](?:[\pL\pN._%+&-]*[\pL\pN_+-])?@(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+(?:\pL{2,}|[xX][nN]--[a-zA-Z0-9-]*[a-zA-Z0-9])"
)
_ADDRESS = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|[23][0-9a-fA-F]{3}:[0-9a-fA-F]{0,4}:[0-9a-fA-F:]*"
_BETWEEN = r"[ .\-–/()\x{a0}\x{2009}\x{2011}\x{202f}]{0,3}"
_FISCAL = r"[A-Za-z]{3} ?[A-Za-z]{3} ?[0-9L-V]{2} ?[A-Za-z][0-9L-V]{2} ?[A-Za-z][0-9L-V]{3} ?[A-Za-z]"
_DIGITS = rf"[0-9](?:{_BETWEEN}[0-9]){{5,}}|[0-9]{{3,5}} ?[MGAPLHBZ]\b|{_FISCAL}"
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
        if data[start - 1 : start] == b"@":
            continue  # a name in a federated network: @me@social.host
        if length := email_end(data[start:end]):
            yield Span(start, start + length, "email", "e-mail address")


def _regions(data: bytes, clusters: list[tuple[int, int]], emails: Sequence[Span]) -> Iterator["_Region"]:
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
        yield _Region(data[start:end], start, first_at - start, last_at - start, emails[low:high])


_SPACE = "[ \u00a0\u2009\u202f]"
_DASH = "[-\u2010\u2011\u2013]"
_IP4 = re.compile(r"(?<![\w.])(?<![A-Za-z][-/])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w|-\w)")
_PORT = re.compile(r":\d{2,5}\b")
_IP6 = re.compile(r"(?<![\w:.])[23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?=[ \u00a0\u202f.-]?[A-Za-z0-9])")
_CARD = re.compile(
    rf"(?<![\w.,+-])(?:\d{{4}}(?P<join>{_SPACE}|{_DASH}|\.)\d{{4}}(?P=join)\d{{4}}(?P=join)\d{{4}}"
    rf"|(?P<amex>3[47]\d\d(?P<gap>{_SPACE}|{_DASH})\d{{6}}(?P=gap)\d{{5}})|\d{{13,19}})(?!\w|{_DASH}\d)"
)
_BLOCKED = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"  # UUID
    r"|(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d)?"  # time stamp
    r"|(?<![\w.])[0-3]?\d\. ?[01]?\d\. ?(?:19|20)\d\d(?!\d)|(?<!\w)[0-3]?\d([/.-])[01]?\d\1(?:19|20)\d\d(?![\d/-])"
    r"|(?<![\w.])-?\d{1,3}\.\d{4,8}, ?-?\d{1,3}\.\d{4,8}(?!\w)"  # coordinates
    r"|97[89](?:[- ]?\d){10}(?!\d)"  # ISBN-13
)
_DOTTED = re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)")
_PIECE = r"(?:[A-Za-z]{0,6}\d[A-Za-z0-9]*|[A-Z]{1,4}(?![^\W\d_]))"
_SEPARATOR = rf"(?:{_SPACE}?(?:[./]|{_DASH}){_SPACE}?|(?<=\d)\+(?=\d)|{_SPACE}{{1,2}})"
_GROUP = re.compile(rf"(?<![\w@]){_PIECE}(?:{_SEPARATOR}{_PIECE})*(?!\w)")
_PIECES = re.compile(r"[A-Za-z0-9]+")
_OPENING = re.compile(rf"(?:\(?\+{_SPACE}?)?\(?\Z")
_PHONE = re.compile(
    rf"\(?(?:\+{_SPACE}?)?\(?\d+\)?(?:{_SPACE}{{0,2}}(?:[./]|{_DASH})?{_SPACE}{{0,2}}\(?\d+\)?){{0,9}}"
)
_GOES_ON = re.compile(
    r"\w|[.,:]\d|[ \u00a0\u202f]?(?:[%‰€$£]|(?:EUR|Euro|euro|Kč|zł|kr|Ft|лв|lei|RON|PLN|CZK|HUF|SEK|DKK|kWh|MWh|m[²³]|km|kg|hPa)\b)"
)
_REACH_OF_SHORT = 30  # a label must be so near to a number of less than eight signs
_RUN_END = re.compile(r"\d\)?(?!\d)")


def _is_loose(gap: str) -> bool:
    """Whether what stands between two pieces lets a number end before it."""
    return any(map(str.isspace, gap))


def _unwrapped(written: str) -> tuple[int, int]:
    """Where the number begins and ends in a text that may be held by brackets, or hold one half of a pair."""
    start, end = 0, len(written)
    while start < end and written[start] == "(":
        depth, closed = 0, -1
        for place in range(start, end):
            depth += (written[place] == "(") - (written[place] == ")")
            if depth == 0:
                closed = place
                break
        if 0 <= closed < end - 1:
            break
        start, end = start + 1, closed if closed >= 0 else end
    while written.count(")", start, end) > written.count("(", start, end) and written[end - 1] == ")":
        end -= 1
    return start, end


class _Region:
    """A stretch of a text around clusters of digits, which is looked at as a whole."""

    def __init__(self, data: bytes, offset: int, first: int, last: int, emails: Sequence[Span]):
        self._offset = offset
        self.text = data.decode("utf-8", "surrogateescape")
        self._plain = len(self.text) == len(data)
        # What may be found touches the clusters: numbers at the edges of the region may be cut.
        self._first, self._last = self._point(data, first) - 24, self._point(data, last) + 14
        self._taken = bytearray(len(self.text))
        self._email_edges = bytearray(len(self.text) + 1)
        point = place = 0
        for span in emails:
            edges = []
            for byte in (max(span.start - offset, 0), min(span.end - offset, len(data))):
                point += self._point(data[place:byte], byte - place)
                place = byte
                edges.append(point)
                self._email_edges[point] = 1
            self._mark(*edges)
        self._spans: list[Span] = []

    def _point(self, data: bytes, byte: int) -> int:
        return byte if self._plain else len(data[:byte].decode("utf-8", "surrogateescape"))

    def find(self, language: str | None, types: frozenset[str]) -> list[Span]:
        """Spans in bytes of the whole text."""
        self._context = Context(self.text, language, self._taken)
        self._language = language
        self._addresses()
        if types != {"ip_address"}:
            self._accounts()
            self._cards()
            for match in _BLOCKED.finditer(self.text):
                self._take(*match.span())
            for match in _DOTTED.finditer(self.text):
                if any(len(part) == 1 for part in match.group().split(".")):
                    self._take(*match.span())
            self._numbers()
        found, point, place = [], 0, self._offset
        for span in sorted(self._spans, key=lambda span: span.start):
            start = place + self._bytes(point, span.start)
            point, place = span.end, start + self._bytes(span.start, span.end)
            if span.type in types:
                found.append(Span(start, place, span.type, span.rule))
        return found

    def _bytes(self, start: int, end: int) -> int:
        return end - start if self._plain else len(self.text[start:end].encode("utf-8", "surrogateescape"))

    def _mark(self, start: int, end: int) -> None:
        self._taken[start:end] = b"\1" * (end - start)

    def _free(self, start: int, end: int) -> bool:
        return end > self._first and start < self._last and self._taken.find(1, start, end) < 0

    def _take(self, start: int, end: int) -> None:
        if self._free(start, end):
            self._mark(start, end)

    def _add(self, start: int, end: int, type: str, rule: str) -> None:
        self._mark(start, end)
        self._spans.append(Span(start, end, type, rule))

    def _addresses(self) -> None:
        for match in _IP6.finditer(self.text):
            start, end = match.span()
            written = match.group()
            if written.endswith(":") and not written.endswith("::"):
                written, end = written[:-1], end - 1
            if self._free(start, end) and is_public_ip6(written):
                self._add(start, end, "ip_address", "IPv6 address")
        for match in _IP4.finditer(self.text):
            start, end = match.span()
            if not self._free(start, end):
                continue
            if is_public_ip4(match.group()) and self._is_address(match.group(), start, end):
                self._add(start, end, "ip_address", "IPv4 address")
            else:
                self._take(start, end)

    def _is_address(self, written: str, start: int, end: int) -> bool:
        """Four numbers with dots are also versions and sections: words decide, and where there are none, size."""
        if self.text[max(start - 2, 0) : start].endswith(("//", "@", "[")) or _PORT.match(self.text, end):
            return True
        said = self._context.first_of(start, end, ("network", "version"))
        if said:
            return said == "network"
        parts = written.split(".")
        # Versions seldom begin with more than a dozen; addresses seldom have small numbers alone.
        return sum(len(part) == 3 for part in parts) >= (1 if int(parts[0]) > 12 else 2)

    def _accounts(self) -> None:
        for match in _IBAN.finditer(self.text):
            start = match.start()
            length = IBAN_LENGTHS.get(match.group()[:2].upper())
            if length is None:
                continue
            shape = re.compile(rf"[A-Za-z0-9](?:[ \u00a0\u202f.-]?[A-Za-z0-9]){{{length - 1}}}(?![^\W_])")
            whole = shape.match(self.text, start)
            if whole is None or not self._free(start, whole.end()):
                continue
            compact = re.sub(r"[^A-Za-z0-9]", "", whole.group())
            if is_iban(compact.upper()):
                self._add(start, whole.end(), "iban", f"{compact[:2].upper()} IBAN")
            elif sum(map(str.isdigit, compact)) >= 10 and compact[:2].isupper():
                self._take(start, whole.end())

    def _cards(self) -> None:
        for match in _CARD.finditer(self.text):
            start, end = match.span()
            if not self._free(start, end):
                continue
            digits = re.sub(r"\D", "", match.group())
            fours = match.group("join") is not None
            said = self._context.first_of(start, end, ("card", "other"))
            if is_card(digits) and (
                said == "card" or (fours and not self._context.is_something_else(start, end))
            ):
                self._add(start, end, "payment_card", "payment card")
            elif len(digits) >= 16 or fours or match.group("amex"):
                self._take(start, end)

    def _numbers(self) -> None:
        cursor = 0
        for group in _GROUP.finditer(self.text):
            if group.end() <= cursor or not any(map(str.isdigit, group.group())):
                continue
            pieces = [
                (group.start() + match.start(), group.start() + match.end())
                for match in _PIECES.finditer(group.group())
            ]
            index = 0
            while index < len(pieces):
                start = pieces[index][0]
                if start >= cursor and self._may_start(pieces, index):
                    span = self._number_at(pieces, index)
                    if span:
                        self._add(span.start, span.end, span.type, span.rule)
                        cursor = span.end
                index += 1

    def _may_start(self, pieces: list[tuple[int, int]], index: int) -> bool:
        """A number begins with its group, or after a word or a wider gap; its middle is no beginning."""
        if index == 0:
            return True
        before, start = pieces[index - 1][1], pieces[index][0]
        gap = self.text[before:start]
        if self.text[pieces[index - 1][0] : before].isalpha():
            return "." in gap or _is_loose(gap)
        return (gap.isspace() and len(gap) > 1) or (_is_loose(gap) and self._taken[before - 1] == 1)

    def _number_at(self, pieces: list[tuple[int, int]], index: int) -> Span | None:
        start, group_end = pieces[index][0], pieces[min(index + 8, len(pieces) - 1)][1]
        if not self._free(start, pieces[index][1]):
            return None
        ends = self._ends(pieces, index)
        if self.text[start : start + 2].upper() in VAT_PREFIXES and self.text[start : start + 2].isupper():
            for end, compact in ends:
                rule = vat_rule(compact)
                if rule and not self._context.is_something_else(start, end, 4):
                    return Span(start, end, "tax_number", rule)
        for end, compact in ends:
            if is_codice_fiscale(compact):
                return Span(start, end, "person_number", "IT codice fiscale")
        phone_start = start
        if opening := _OPENING.search(self.text, max(start - 4, 0), start):
            phone_start = opening.start()
        if "+" in self.text[phone_start:start] or (
            self.text.startswith("00", start) and self._context.is_for(start, group_end, "phone")
        ):
            span = self._phone(phone_start, ())
            if span:
                return span
        for concepts, distance in self._context.concepts(start, group_end):
            for concept in concepts:
                if concept == "phone":
                    span = self._phone(phone_start, phone_countries(self._language))
                else:
                    span = self._labelled(start, ends, concept, distance)
                if span:
                    return span
            if distance <= 3:
                return None
        if self.text[phone_start] in "0(" and self._beside_email(phone_start, group_end):
            return self._phone(phone_start, phone_countries(self._language))
        return None

    def _beside_email(self, start: int, end: int) -> bool:
        """Whether an e-mail address stands beside a number, as in signatures and tables of people."""
        edges = self._email_edges
        return edges.find(1, max(start - 6, 0), start + 1) >= 0 or edges.find(1, end, end + 7) >= 0

    def _ends(self, pieces: list[tuple[int, int]], index: int) -> list[tuple[int, str]]:
        """Where a number that begins with a piece may end, longest first, with its letters and digits."""
        compact, found = "", []
        for place in range(index, min(index + 9, len(pieces))):
            start, end = pieces[place]
            compact += self.text[start:end]
            if len(compact) > 24:
                break
            if place + 1 < len(pieces) and not _is_loose(self.text[end : pieces[place + 1][0]]):
                continue
            found.append((end, compact.upper()))
        return found[::-1]

    def _labelled(self, start: int, ends: list[tuple[int, str]], concept: str, distance: int) -> Span | None:
        table = PERSON if concept == "person" else TAX
        for end, compact in ends:
            if len(compact) < 8 and distance > _REACH_OF_SHORT:
                continue
            if _GOES_ON.match(self.text, end) or not self._free(start, end):
                continue
            written = self.text[start:end]
            for country in countries(self._language):
                for number in table.get(country, ()):
                    if len(compact) in number.lengths and number.check(written, compact):
                        return Span(start, end, self._type(number, start, end), number.rule)
        return None

    def _type(self, number: Number, start: int, end: int) -> str:
        if number.rule == "HR OIB" and self._context.first_of(start, end, ("company",)):
            return "tax_number"
        return number.type

    def _phone(self, start: int, among: tuple[str, ...]) -> Span | None:
        match = _PHONE.match(self.text, start)
        if match is None:
            return None
        written = match.group()
        stops = [stop.end() for stop in _RUN_END.finditer(written)]
        for stop in reversed(stops):
            begin, end = _unwrapped(written[:stop])
            begin, end = start + begin, start + end
            if _GOES_ON.match(self.text, start + stop) or not self._free(begin, end):
                continue
            rule = is_phone(self.text[begin:end], among)
            if rule:
                return Span(begin, end, "phone", rule)
        return None
