"""What the words around a number say about it."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from soofi.corpus.privacy.labels import Label, labels_of

PLACEHOLDER = re.compile(r"<(?:email|phone|ip_address|iban|payment_card|person_number|tax_number)>")

_POSITIVE = frozenset({"phone", "card", "person", "tax"})
_REACH = {
    "phone": 80,
    "card": 100,
    "person": 100,
    "tax": 100,
    "other": 30,
    "network": 70,
    "version": 110,
    "company": 100,
}
_BEFORE, _AFTER = 130, 45
_SENTENCE_END = re.compile(r"[^\W\d_]{4,}[.!?…;]\s|[!?]\s")
_LONG_NUMBER = re.compile(r"\d{5,}")
_OWN_VALUE = re.compile(
    r"[\s.:#№=–-]*(?:(?:n[ro°º]?|nr|no|num|št|č|čís|br|αρ|№)\b\.?[°º]?)?[\s.:]*[(+]{0,2}(?:[A-Z]{2,3} ?)?\d{2}",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"[^\d.,:;()\n]{0,14}")


class Context:
    """The labels of one text; they are looked for when first asked for."""

    def __init__(self, text: str, language: str | None):
        self._text = text
        self._language = language
        self._labels: list[Label] | None = None

    def _found(self) -> list[Label]:
        if self._labels is None:
            labels = labels_of(self._language).find(self._text)
            if "<" in self._text:
                # The name of a type that stands for removed data labels nothing.
                ours = {place for match in PLACEHOLDER.finditer(self._text) for place in range(*match.span())}
                labels = [label for label in labels if label.start not in ours]
            self._labels = labels
            self._starts = [label.start for label in labels]
        return self._labels

    def nearest(self, start: int, end: int) -> list[tuple[int, Label]]:
        """Labels around `start:end` that may speak of it, nearest first, with their distance.

        The distance is in characters; a line's or sentence's end and other numbers between count as more, and a label that follows
        counts twice. A label that has a number of its own behind it speaks of that one.
        """
        labels = self._found()
        place = bisect_left(self._starts, start)
        found = [*self._before(labels, place, start), *self._after(labels, place, end)]
        return sorted(found, key=lambda pair: pair[0])

    def _before(self, labels: list[Label], place: int, start: int) -> Iterator[tuple[int, Label]]:
        for index in range(place - 1, -1, -1):
            label = labels[index]
            if start - label.end > _BEFORE:
                return
            if label.end > start:
                continue
            between = self._text[label.end : start]
            if label.end - label.start == 1 and len(between) > 3:
                continue
            distance = (
                len(between)
                + 20 * between.count("\n")
                + 25 * len(_SENTENCE_END.findall(between))
                + 10 * len(_LONG_NUMBER.findall(between))
            )
            if label.concepts == {"other"} and index and self._belongs(labels[index - 1], label):
                continue
            yield distance, label

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
            if label.end - label.start == 1 or "other" in label.concepts:
                continue
            between = self._text[end : label.start]
            if _OWN_VALUE.match(self._text, label.end) or "\n" in between:
                continue
            yield 2 * len(between) + 8 + 25 * len(_SENTENCE_END.findall(between)), label

    def concepts(self, start: int, end: int) -> Iterator[tuple[list[str], int]]:
        """What each label around a number may name, nearest first, until one says that it is something else."""
        for distance, label in self.nearest(start, end):
            positive = label.concepts & _POSITIVE
            if not positive:
                if "other" in label.concepts and distance <= _REACH["other"]:
                    return
                continue
            named = [concept for concept in ("person", "tax", "phone") if concept in positive]
            yield [concept for concept in named if distance <= _REACH[concept]], distance

    def first_of(self, start: int, end: int, concepts: tuple[str, ...]) -> str | None:
        """The concept among `concepts` whose label is nearest and within its reach."""
        for distance, label in self.nearest(start, end):
            for concept in concepts:
                if concept in label.concepts and distance <= _REACH[concept]:
                    return concept
        return None

    def is_something_else(self, start: int, end: int, reach: int = 12) -> bool:
        """Whether the nearest label says that it is some other number, and stands right before it."""
        for distance, label in self.nearest(start, end):
            return label.concepts == {"other"} and distance <= reach
        return False
