"""Which language a text is in: py3langid for the family, a classifier of our own for the member of a close one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from soofi.corpus.identification.close import FAMILIES, Family, classifiers
from soofi.corpus.identification.naive_bayes import NaiveBayes, naive_bayes
from soofi.corpus.identification.tags import SISTERS

HEAD_CHARACTERS, MIDDLE_CHARACTERS = 2000, 1000
"""What of a long document is looked at: its beginning, and a slice of its middle where no title page stands."""

DOUBT = 0.02
"""A sister language that is at most so probable among the three is not what a text is in."""


@dataclass(frozen=True)
class Identity:
    """An identified language.

    `score`: its probability, 0 to 1, rounded to four digits; of Croatian, Bosnian and Serbian in Latin letters, that
    of the three together. `sisters`: for these, the probability of each among the three; else empty.
    """

    language: str
    score: float
    sisters: Mapping[str, float]

    def may_be(self, languages: Iterable[str]) -> bool:
        """Whether the text is in one of `languages`, as far as can be told: a sister counts unless it is excluded."""
        return any(self.language == tag or self.sisters.get(tag, 0.0) > DOUBT for tag in languages)


class Identifier(Protocol):
    """What tells the languages of texts."""

    @property
    def languages(self) -> frozenset[str]:
        """Tags that it knows."""

    def identify(self, texts: Sequence[str], expected: Iterable[str] = ()) -> list[Identity]:
        """The language of each text as a whole."""


class OwnIdentifier:
    """py3langid's model and the classifiers of close languages."""

    def __init__(self) -> None:
        self._model: NaiveBayes = naive_bayes()
        place = {label: position for position, label in enumerate(self._model.labels)}
        self._places = {family.name: [place[label] for label in sorted(family.labels)] for family in FAMILIES}

    @property
    def languages(self) -> frozenset[str]:
        """Tags that it knows."""
        inside = {label for family in FAMILIES for label in family.labels}
        return frozenset(
            {*self._model.labels} - inside | {tag for family in FAMILIES for tag in family.members}
        )

    def identify(self, texts: Sequence[str], expected: Iterable[str] = ()) -> list[Identity]:
        """The language of each text as a whole; of sisters that cannot be excluded, one of `expected` is preferred."""
        wanted = frozenset(expected)
        probabilities = self._model.probabilities(texts)
        return [self._identity(text, row, wanted) for text, row in zip(texts, probabilities, strict=True)]

    def _identity(self, text: str, probabilities: NDArray[np.float64], wanted: frozenset[str]) -> Identity:
        best = int(probabilities.argmax())
        plain = Identity(self._model.labels[best], round(float(probabilities[best]), 4), {})
        family, together = self._family(text, probabilities)
        if family is None or together < probabilities[best]:
            return plain
        shares = classifiers()[family.name].probabilities(text) * together
        found = chosen(dict(zip(family.members, shares.tolist(), strict=True)), wanted)
        return found if plain.language in family.labels or found.score >= plain.score else plain

    def _family(self, text: str, probabilities: NDArray[np.float64]) -> tuple[Family | None, float]:
        """The most probable family in whose script the text is written, and its probability."""
        together = {family.name: float(probabilities[self._places[family.name]].sum()) for family in FAMILIES}
        for family in sorted(FAMILIES, key=lambda family: -together[family.name]):
            if "sr" not in family.labels or _is_cyrillic(text) == family.cyrillic:
                return family, together[family.name]
        return None, 0.0


def chosen(probabilities: Mapping[str, float], wanted: frozenset[str]) -> Identity:
    """The most probable of some languages; Croatian, Bosnian and Serbian in Latin letters stand together.

    Among these three the most probable is taken, unless one of `wanted` cannot be excluded (`DOUBT`).
    """
    together = sum(probabilities.get(tag, 0.0) for tag in SISTERS)
    best = max(probabilities, key=probabilities.__getitem__)
    if best not in SISTERS and probabilities[best] >= together:
        return Identity(best, round(probabilities[best], 4), {})
    sisters = {tag: probabilities.get(tag, 0.0) / together for tag in SISTERS}
    possible = [tag for tag in SISTERS if tag in wanted and sisters[tag] > DOUBT] or SISTERS
    return Identity(max(possible, key=sisters.__getitem__), round(together, 4), sisters)


@cache
def own_identifier() -> OwnIdentifier:
    """The identifier that comes with the package."""
    return OwnIdentifier()


def identify(text: str, expected: Iterable[str] = ()) -> Identity:
    """The language of a document, judged by its beginning and its middle."""
    return own_identifier().identify([sample(text)], expected)[0]


def sample(text: str) -> str:
    """The part of a document that is looked at."""
    if len(text) <= HEAD_CHARACTERS + MIDDLE_CHARACTERS:
        return text
    middle = max(HEAD_CHARACTERS, (len(text) - MIDDLE_CHARACTERS) // 2)
    return text[:HEAD_CHARACTERS] + " " + text[middle : middle + MIDDLE_CHARACTERS]


def _is_cyrillic(text: str) -> bool:
    # UTF-8 of U+0400 to U+04FF begins with D0 to D3; the letters of Latin text are single bytes or begin with C3 to C9
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    cyrillic = int(np.count_nonzero((data >= 0xD0) & (data <= 0xD3)))
    latin = int(np.count_nonzero(((data | 0x20) >= 0x61) & ((data | 0x20) <= 0x7A) & (data < 0x80)))
    return cyrillic > latin
