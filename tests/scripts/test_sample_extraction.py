"""Text out of the markup of packages: Mallard, help pages, catalogues, wiki messages, the Declaration."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "scripts"), str(Path(__file__).parent)]

from sample_markup import HELP, MALLARD, catalogue, declaration  # noqa: E402
from sample_sources import extraction  # noqa: E402


def test_mallard_pages_become_what_a_reader_sees():
    pages = {
        "one": MALLARD.format(page="one", title="Kopieren").encode(),
        "other": MALLARD.format(page="other", title="Andere Seite").encode(),
    }
    texts = dict(extraction.mallard_texts(pages))
    assert texts["one"] == (
        "Kopieren\n\nDrücken Sie Strg+C, um zu kopieren; siehe Andere Seite.\n\n"
        "Erst öffnen.\n\nDann Schließen.\n\n$ ls\n$ pwd\n\nJürgen B. <juergen@example.org>"
    )
    assert texts["other"].startswith("Andere Seite\n\n")


def test_help_pages_lose_menus_scripts_and_the_mac_variant():
    assert extraction.help_text(HELP) == "Zellen & Zeilen\n\nDrücken Sie Strg+Tab.\n\nZweiter Absatz."
    assert extraction.help_text("<html><body><p>no such area</p></body></html>") == ""


@pytest.mark.parametrize("order", ["<", ">"])
def test_catalogues_of_either_byte_order_give_translations_and_plural_forms(order):
    data = catalogue(
        [("", "Language: ga\n"), ("a file\0files", "comhad amháin\0comhaid"), ("ctx\4b", "clé")], order
    )
    assert list(extraction.catalogue_strings(data)) == ["comhad amháin", "comhaid", "clé"]


def test_what_is_no_catalogue_is_refused():
    with pytest.raises(ValueError, match="magic number"):
        list(extraction.catalogue_strings(b"PK\3\4 not a catalogue"))


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("~Save the file as a copy", "Save the file as a copy"),
        ("Cu_t the marked text away", "Cut the marked text away"),
        ("%PRODUCTNAME could not open %1 for you today", "LibreOffice could not open … for you today"),
        ("<b>Bold</b> words &amp; plain words here", "Bold words & plain words here"),
        ("Save as", None),
        ("%1 of %2 in %3 and %4", None),
        ("=SUM(A1:B2) {array} of some words here", None),
        ("of the names file_name and path_name nothing is kept", None),
    ],
)
def test_interface_strings(string, expected):
    assert extraction.interface_sentence(string) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("The page '''$1''' does not exist here.", "The page … does not exist here."),
        ("See [[Special:Log|the log of pages]] for more.", "See the log of pages for more."),
        ("Ask [https://example.org the local helpers] about it.", "Ask the local helpers about it."),
        ("There {{PLURAL:$1|is one page|are $1 pages}} in all.", "There are … pages in all."),
        ("{{GENDER:$1|He|She|They}} joined {{SITENAME}} only today.", "He joined MediaWiki only today."),
        ("== A heading of some words ==", "A heading of some words"),
        ("Both <strong>strong</strong> words and {{int:other-message}}.", None),
        ("$1 moved $2 to $3 for $4", None),
        ("Save page", None),
        (
            "Before the line of four words\n\n----\n$1\nafter the line",
            "Before the line of four words\nafter the line",
        ),
    ],
)
def test_wiki_messages(message, expected):
    assert extraction.wiki_message(message) == expected


def test_grouping_loses_no_string_and_makes_no_empty_document():
    strings = [f"string number {n} of many" for n in range(100)]
    groups = list(extraction.grouped(strings, bytes_min=500))
    assert "\n".join(groups).split("\n") == strings
    assert all(500 <= len(group.encode()) + 1 < 530 for group in groups[:-1]) and groups[-1]
    assert list(extraction.grouped([])) == []


def test_only_the_preamble_and_articles_1_to_15_enter_the_corpus():
    parts = dict(extraction.declaration_parts(declaration()))
    assert list(parts) == ["preamble", *(f"article-{n:02d}" for n in range(1, 16))]
    assert parts["preamble"] == "Declaration\n\nWhereas it is so,"
    assert parts["article-15"] == "Article 15\n\nRight number 15."
    assert not any(f"number {n}." in text for text in parts.values() for n in range(16, 31))
