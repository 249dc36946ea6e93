"""A stretch of text around digits: which of its numbers are personal data, by form, check digits and words of context."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from soofi.corpus.privacy.accounts import IBAN_LENGTHS, is_card, is_iban
from soofi.corpus.privacy.contacts import is_phone, is_public_ip4, is_public_ip6
from soofi.corpus.privacy.context import Context
from soofi.corpus.privacy.labels import countries, phone_countries
from soofi.corpus.privacy.numbers import PERSON, TAX, VAT_PREFIXES, Number, is_codice_fiscale, vat_rule
from soofi.corpus.privacy.shapes import (
    AMOUNT,
    BLOCKED,
    CARD,
    COMPACT_DATE,
    DOTTED,
    GOES_ON,
    GROUP,
    IBAN,
    IP4,
    IP6,
    OPENING,
    PHONE,
    PIECES,
    PORT,
    RUN_END,
)

_REACH_OF_SHORT = 30  # a label must be so near to a number of less than eight signs


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data at `start:end`, its type and the rule that found it."""

    start: int
    end: int
    type: str
    rule: str


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


class Region:
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
            for match in BLOCKED.finditer(self.text):
                self._take(*match.span())
            for match in DOTTED.finditer(self.text):
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
        for match in IP6.finditer(self.text):
            start, end = match.span()
            written = match.group()
            if written.endswith(":") and not written.endswith("::"):
                written, end = written[:-1], end - 1
            if self._free(start, end) and is_public_ip6(written):
                self._add(start, end, "ip_address", "IPv6 address")
        for match in IP4.finditer(self.text):
            start, end = match.span()
            if not self._free(start, end):
                continue
            if (
                is_public_ip4(match.group())
                and not AMOUNT.match(self.text, end)
                and self._is_address(match.group(), start, end)
            ):
                self._add(start, end, "ip_address", "IPv4 address")
            else:
                self._take(start, end)

    def _is_address(self, written: str, start: int, end: int) -> bool:
        """Four numbers with dots are also versions and sections: words decide, and where there are none, size."""
        if self.text[max(start - 2, 0) : start].endswith(("//", "@", "[")) or PORT.match(self.text, end):
            return True
        said = self._context.first_of(start, end, ("network", "version"))
        if said:
            return said == "network"
        parts = written.split(".")
        # Versions seldom begin with more than a dozen; addresses seldom have small numbers alone.
        return sum(len(part) == 3 for part in parts) >= (1 if int(parts[0]) > 12 else 2)

    def _accounts(self) -> None:
        for match in IBAN.finditer(self.text):
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
        for match in CARD.finditer(self.text):
            start, end = match.span()
            if not self._free(start, end):
                continue
            digits = re.sub(r"\D", "", match.group())
            fours = match.group("join") is not None
            said = self._context.first_of(start, end, ("loyalty", "card", "other"))
            if is_card(digits) and (
                said == "card" or (fours and not self._context.is_something_else(start, end))
            ):
                self._add(start, end, "payment_card", "payment card")
            elif len(digits) >= 16 or fours or match.group("amex"):
                self._take(start, end)

    def _numbers(self) -> None:
        cursor = 0
        for group in GROUP.finditer(self.text):
            if group.end() <= cursor or not any(map(str.isdigit, group.group())):
                continue
            pieces = [
                (group.start() + match.start(), group.start() + match.end())
                for match in PIECES.finditer(group.group())
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
        if opening := OPENING.search(self.text, max(start - 4, 0), start):
            phone_start = opening.start()
        if "+" in self.text[phone_start:start] or (
            # Bar codes and running numbers begin with zeros too: only the codes of Europe, and nothing said otherwise.
            re.match(r"00\D{0,2}[34]", self.text[start : start + 5])
            and self._context.is_for(start, group_end, "phone")
            and not self._context.is_something_else(start, group_end)
        ):
            span = self._phone(phone_start, ())
            if span:
                return span
        for concepts, distance, decides in self._context.concepts(start, group_end):
            for concept in concepts:
                if concept in ("phone", "calling"):
                    span = None
                    if self._written_as_phone(phone_start, concept, distance):
                        span = self._phone(phone_start, phone_countries(self._language))
                else:
                    span = self._labelled(start, ends, concept, distance)
                if span:
                    return span
            if decides:
                return None
        if self.text[phone_start] in "0(" and self._beside_email(phone_start, group_end):
            return self._phone(phone_start, phone_countries(self._language))
        return None

    def _written_as_phone(self, start: int, concept: str, distance: int) -> bool:
        """Whether a number is no date, and begins as telephone numbers do where a word that need not mean one is further off."""
        if COMPACT_DATE.match(self.text, start):
            return concept == "phone" and distance <= 3
        return concept == "phone" or distance <= 12 or self.text[start] in "0("

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
            if GOES_ON.match(self.text, end) or not self._free(start, end):
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
        match = PHONE.match(self.text, start)
        if match is None:
            return None
        written = match.group()
        stops = [stop.end() for stop in RUN_END.finditer(written)]
        for stop in reversed(stops):
            begin, end = _unwrapped(written[:stop])
            begin, end = start + begin, start + end
            if GOES_ON.match(self.text, start + stop) or not self._free(begin, end):
                continue
            rule = is_phone(self.text[begin:end], among)
            if rule:
                return Span(begin, end, "phone", rule)
        return None
