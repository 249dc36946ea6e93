"""Words that say what a number beside them is, per language.

`words/LANGUAGE.yaml` lists them as people write them, by concept:

- `phone`, `card`, `person`, `tax`: what follows or precedes is such a number;
- `calling`: it may be a telephone number, if it is written as one or the word stands near;
- `network`, `version`: four numbers with dots are an address, or a version or a section;
- `company`: a number that persons and companies share is a company's;
- `other`: the number is something else (an order, an ISBN, a meter), `loyalty`: also where a word for a card stands before it.

`telefon*` is any word that begins so, `*telefon*` any that holds it; between the parts of `tax number` stand one to three
signs that are no letters. Case and accents do not count. `countries` are those whose numbers texts in the language hold, in
the order in which they are tried; `phone_countries` count for telephone numbers alone.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import re2
import yaml

from soofi.corpus.privacy.signs import LETTER, NO_LETTER, folded

_EVERYWHERE = ("phone", "card", "person", "tax")
_SURE_LETTERS = 6  # a word of so many letters means the same in a text of another language
_GAP = re.compile(rb"[^a-z\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Label:
    """A word of context at `start:end` of a text and the concepts it may stand for."""

    start: int
    end: int
    concepts: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Word:
    concept: str
    text: bytes  # folded, one blank between its parts
    prefix: bool
    infix: bool


_WORDS = files("soofi.corpus.privacy").joinpath("words")


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a file of words."""
    return tuple(
        sorted(path.name.removesuffix(".yaml") for path in _WORDS.iterdir() if path.name != "shared.yaml")
    )


@cache
def _file(language: str) -> dict[str, Any] | None:
    if language not in languages() and language != "shared":
        return None
    text = _WORDS.joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    values: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return values


def _main(language: str | None) -> str | None:
    """`pt` of `pt-BR`."""
    return language.partition("-")[0] if language else None


@cache
def countries(language: str | None) -> tuple[str, ...]:
    """States (ISO 3166) whose numbers are looked for in texts of a language; of an unknown one, all."""
    own = _file(_main(language) or "")
    if own is not None:
        return tuple(own["countries"])
    return tuple(
        dict.fromkeys(country for name in languages() for country in (_file(name) or {})["countries"])
    )


@cache
def phone_countries(language: str | None) -> tuple[str, ...]:
    """As `countries`, for telephone numbers."""
    own = _file(_main(language) or "")
    return countries(language) + tuple((own or {}).get("phone_countries", ()))


@cache
def _words_of(language: str) -> tuple[_Word, ...]:
    found = []
    for concept, words in (_file(language) or {}).items():
        if concept.endswith("countries"):
            continue
        for written in words:
            text = _GAP.sub(b" ", folded(written)).strip()
            found.append(_Word(concept, text, written.endswith("*"), written.startswith("*")))
    return tuple(found)


class Labels:
    """Finds the words of context that count in texts of one language."""

    def __init__(self, language: str | None):
        own = [*_words_of("shared"), *(_words_of(language) if language else [])]
        foreign = [
            word
            for name in languages()
            if name != language
            for word in _words_of(name)
            if word.concept in _EVERYWHERE
            and (len(word.text) >= _SURE_LETTERS or _file(language or "") is None)
        ]
        self._whole: dict[bytes, set[str]] = {}
        self._beginnings: dict[bytes, set[str]] = {}
        self._inside: dict[bytes, set[str]] = {}
        taken = {word.text for word in own}
        for word in own + [word for word in foreign if word.text not in taken]:
            table = self._inside if word.infix else self._beginnings if word.prefix else self._whole
            table.setdefault(word.text, set()).add(word.concept)
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.longest_match = True
        options.max_mem = 64 << 20
        letter, gap = LETTER.encode(), NO_LETTER.encode() + b"{1,3}"
        alternatives = [
            *(gap.join(text.split(b" ")) for text in self._whole),
            *(gap.join(text.split(b" ")) + letter + b"*" for text in self._beginnings),
            *(letter + b"*" + gap.join(text.split(b" ")) + letter + b"*" for text in self._inside),
        ]
        boundary = b"(?:^|" + NO_LETTER.encode() + b")"
        self._pattern = re2.compile(boundary + b"((?:" + b"|".join(sorted(alternatives)) + b"))", options)

    def find(self, text: str) -> list[Label]:
        """Labels in `text`, in its order, not overlapping."""
        signs = folded(text)
        labels = []
        place = 0
        while match := self._pattern.search(signs, place):
            start, end = match.span(1)
            if end < len(signs) and (signs[end] >= 0x80 or chr(signs[end]).isalpha()):
                # The beginning of another word, before which a shorter label or in which another one may begin.
                gap = _GAP.search(signs, start)
                place = gap.start() if gap else len(signs)
                continue
            if concepts := self._concepts(_GAP.sub(b" ", signs[start:end])):
                labels.append(Label(start, end, concepts))
            place = end
        return labels

    @cache  # noqa: B019  (one object a language lives as long as the process)
    def _concepts(self, word: bytes) -> frozenset[str]:
        # The most telling part of a compound decides: the longest, of two as long the one that names a type.
        parts = [(len(text), concepts) for text, concepts in self._inside.items() if text in word]
        parts += [(len(word), self._whole[word])] if word in self._whole else []
        for length in range(len(word), 0, -1):
            if concepts := self._beginnings.get(word[:length]):
                parts.append((length, concepts))
                break
        if parts:
            longest = max(length for length, _ in parts)
            together = set().union(*(concepts for length, concepts in parts if length == longest))
            return frozenset(together - {"other"} or together)
        return frozenset()


@cache
def labels_of(language: str | None) -> Labels:
    """The labels of a language; of one without a file, those of all languages."""
    return Labels(_main(language))
