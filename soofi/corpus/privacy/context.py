"""What the words around a number say about it."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import pairwise

from soofi.corpus.privacy.labels import Label, labels_of

PLACEHOLDER = re.compile(r"<(?:email|phone|ip_address|iban|payment_card|person_number|tax_number)>")

_POSITIVE = frozenset({"phone", "calling", "card", "person", "tax"})
_ELSE = frozenset({"other", "loyalty"})
_REACH = {
    "calling": 80,
    "loyalty": 30,
    "phone": 80,
    "card": 100,
    "person": 100,
    "tax": 100,
    "other": 30,
    "network": 70,
    "version": 110,
    "company": 100,
}
_BEFORE, _AFTER = 130, 70
_SENTENCE_END = re.compile(r"[^\W\d_]{4,}[.!?…;]\s|[!?]\s")
_LONG_NUMBER = re.compile(r"\d[\d ./()\u00a0-]{3,}\d")
_OWN_VALUE = re.compile(
    r"[\s.:#№=–-]*(?:(?:n[ro°º]?|nr|no|num|št|č|čís|br|αρ|№)\b\.?[°º]?)?[\s.:]*[(+]{0,2}(?:[A-Z]{2,3} ?)?\d{2}",
    re.IGNORECASE,
)
_OPENED = re.compile(r"\d[\w ]{0,4}\([^()\d]*\Z")
_CLOSED = re.compile(r"[^()\d]*\)")
_LINES_OF_TABLE = 20
_TELEPHONE_SIGN = re.compile(
    "[\u260e\u260f\u2706\u2121\U0001f4de\U0001f4df\U0001f4e0\U0001f4f1\U0001f4f2\U0001f57f]"
)
_INITIAL = re.compile(r"[ .:|\u00a0]{1,4}\(?\+?")
_PHRASE = re.compile(r"[^\d.,:;()\n]{0,24}")


class Context:
    """The labels of one text; they are looked for when first asked for."""

    def __init__(self, text: str, language: str | None, masked: bytes | bytearray = b""):
        """`masked`: a sign for each of `text`, not zero where words are part of an address and label nothing."""
        self._text = text
        self._masked = bytes(masked)
        self._language = language
        self._labels: list[Label] | None = None

    def _found(self) -> list[Label]:
        if self._labels is None:
            labels = labels_of(self._language).find(self._text)
            if any(self._masked):
                labels = [label for label in labels if not self._masked[label.start]]
            if "<" in self._text:
                # The name of a type that stands for removed data labels nothing.
                ours = {place for match in PLACEHOLDER.finditer(self._text) for place in range(*match.span())}
                labels = [label for label in labels if label.start not in ours]
            for place, (first, second) in enumerate(pairwise(labels), 1):
                if "loyalty" in first.concepts and second.start - first.end <= 2:
                    labels[place] = Label(second.start, second.end, first.concepts)  # "loyalty card"
            for match in _TELEPHONE_SIGN.finditer(self._text):
                insort(labels, Label(*match.span(), frozenset({"phone"})), key=lambda label: label.start)
            self._labels = labels
            self._starts = [label.start for label in labels]
        return self._labels

    def nearest(self, start: int, end: int) -> list[tuple[int, Label]]:
        """Labels around `start:end` that may speak of it, nearest first, with their distance.

        The distance is in characters; a line's or sentence's end and other numbers between count as more, and so does a
        label that follows. A label that has a number of its own behind it speaks of that one.
        """
        labels = self._found()
        if labels and (column := self._heading(start)):
            above = [label for label in labels if column[0] <= label.start and label.end <= column[1]]
            if above:
                return [(1, above[0])]
        place = bisect_left(self._starts, start)
        found = [*self._before(labels, place, start), *self._after(labels, place, end)]
        return sorted(found, key=lambda pair: pair[0])

    def _heading(self, start: int) -> tuple[int, int] | None:
        """The cell at the head of the column in which a number stands, in lines of as many cells."""
        line = self._text.rfind("\n", 0, start) + 1
        if not line:
            return None
        for sign in ";\t|":
            cells = self._text.count(sign, line, start)
            end = self._text.find("\n", start)
            whole = self._text.count(sign, line, end if end >= 0 else len(self._text))
            if not whole:
                continue
            head_end, head = line - 1, 0
            for _ in range(_LINES_OF_TABLE):
                head = self._text.rfind("\n", 0, head_end) + 1
                if self._text.count(sign, head, head_end) != whole:
                    return None
                if not any(map(str.isdigit, self._text[head:head_end])):
                    break
                if not head:
                    return None
                head_end = head - 1
            else:
                return None
            for _ in range(cells):
                head = self._text.find(sign, head) + 1
            cell_end = self._text.find(sign, head, head_end)
            return head, cell_end if cell_end >= 0 else head_end
        return None

    def _before(self, labels: list[Label], place: int, start: int) -> Iterator[tuple[int, Label]]:
        for index in range(place - 1, -1, -1):
            label = labels[index]
            if start - label.end > _BEFORE:
                return
            if label.end > start:
                continue
            between = self._text[label.end : start]
            if label.end - label.start == 1 and _INITIAL.fullmatch(between) is None:
                continue
            distance = len(between) + 20 * between.count("\n") + 25 * len(_SENTENCE_END.findall(between))
            if others := len(_LONG_NUMBER.findall(between)):
                # It may label a list of numbers; where other words come between, it has been used.
                distance += (25 if sum(map(str.isalpha, between)) > 8 else 10) * others
            if self._names_what_precedes(label):
                distance += 40
            if label.concepts == {"other"} and index and self._belongs(labels[index - 1], label):
                continue
            yield distance, label

    def _names_what_precedes(self, label: Label) -> bool:
        """Whether it stands in brackets behind a number: "12345 (tax number), …"."""
        before = self._text[max(label.start - 30, 0) : label.start]
        return (
            "(" in before
            and _OPENED.search(before) is not None
            and _CLOSED.match(self._text, label.end, label.end + 30) is not None
        )

    def _belongs(self, noun: Label, other: Label) -> bool:
        """Whether `other` only says which telephone, card … it is: "telephone of the orders department"."""
        between = self._text[noun.end : other.start]
        return bool(noun.concepts & _POSITIVE) and _PHRASE.fullmatch(between) is not None

    def _after(self, labels: list[Label], place: int, end: int) -> Iterator[tuple[int, Label]]:
        for label in labels[place:]:
            if label.start < end:
                continue
            if label.start - end > _AFTER:
                return
            if label.end - label.start == 1 or label.concepts & _ELSE:
                continue
            between = self._text[end : label.start]
            if _OWN_VALUE.match(self._text, label.end) or "\n" in between:
                continue
            if "version" in label.concepts and len(between) > 12:
                continue
            yield len(between) + 8 + 25 * len(_SENTENCE_END.findall(between)), label

    def concepts(self, start: int, end: int) -> Iterator[tuple[list[str], int, bool]]:
        """What each label around a number may name, nearest first, until one says that it is something else.

        With it come the distance, and whether the label decides: it stands right before the number, and is none of several ("PESEL/NIP: …").
        """
        around = self.nearest(start, end)
        for place, (distance, label) in enumerate(around):
            positive = label.concepts & _POSITIVE
            if not positive:
                if label.concepts & _ELSE and distance <= _REACH["other"]:
                    return
                continue
            named = [concept for concept in ("person", "tax", "phone", "calling") if concept in positive]
            others = (other for _, other in around[place + 1 : place + 3] if other.concepts & _POSITIVE)
            alone = not any(0 <= label.start - other.end <= 4 for other in others)
            yield (
                [concept for concept in named if distance <= _REACH[concept]],
                distance,
                distance <= 3 and alone,
            )

    def first_of(self, start: int, end: int, concepts: tuple[str, ...]) -> str | None:
        """The concept among `concepts` whose label is nearest and within its reach."""
        for distance, label in self.nearest(start, end):
            for concept in concepts:
                if concept in label.concepts and distance <= _REACH[concept]:
                    return concept
        return None

    def is_for(self, start: int, end: int, concept: str) -> bool:
        """Whether no label right before a number says that it is anything but `concept`."""
        for distance, label in self.nearest(start, end):
            return distance > 3 or concept in label.concepts or not label.concepts & _POSITIVE
        return True

    def is_something_else(self, start: int, end: int, reach: int = 12) -> bool:
        """Whether the nearest label says that it is some other number, and stands right before it."""
        for distance, label in self.nearest(start, end):
            return not label.concepts & _POSITIVE and bool(label.concepts & _ELSE) and distance <= reach
        return False
