"""The stage `extract`: pages become text, and what gives none is dropped with its reason."""

import json
import sys

import pyarrow as pa
import pytest

from soofi.corpus.batches import WORKING, edited
from soofi.corpus.extract.pages import DEEPEST, check_extractor, nesting
from soofi.corpus.extract.stage import prepare_extract
from soofi.recipe import Corpus, Extraction

PROSE = "Die Brücke über den Fluss wurde im Jahr 1903 gebaut und später für Fußgänger geöffnet, sagt die Gemeinde. "
PAGE = f"""<!doctype html><html><head><title>Titel</title><meta name="robots" content="noai"><style>p {{ }}</style></head><body>
<header><nav><ul><li><a href="/">Start</a><li><a href="/k">Kontakt</a></ul></nav></header>
<div id="cookie-notice"><p>Wir verwenden Cookies.</p></div>
<article><h1>Die Brücke</h1><p>{PROSE * 3}</p><p>Zweiter&nbsp;Absatz mit <b>Betonung</b> &amp; Zeichen.</p>
<table><tr><td>Länge<td>120 m</table></article>
<footer>Impressum</footer><script>var x = "kein Text";</script></body></html>"""


def batch_of(*rows):
    return pa.RecordBatch.from_pylist(
        [{"domain": "general", "text_bytes": 0, **row} for row in rows], WORKING
    )


def stage_of(**rules):
    corpus = Corpus.model_validate({"sources": [{"name": "a", "paths": ["a"]}], "extract": rules})
    return prepare_extract(corpus, ["de"])


def run(*rows, **rules):
    return stage_of(**rules)(batch_of(*rows)).to_pylist()


def test_a_page_gives_its_main_text():
    (row,) = run({"markup": PAGE})
    assert row["reason"] is None and row["markup"] is None
    assert PROSE.strip() in row["text"] and "Zweiter\u00a0Absatz mit Betonung & Zeichen." in row["text"]
    for away in ("Cookies", "Kontakt", "kein Text", "<"):
        assert away not in row["text"]


def test_the_recipe_says_what_is_text():
    (row,) = run({"markup": PAGE}, main_content=False, skip_elements=["table"])
    assert "Kontakt" in row["text"] and "Cookies" in row["text"] and "120 m" not in row["text"]


def test_each_page_and_text_without_words_is_dropped_with_its_reason():
    rows = run(
        {"markup": "<html><body><script>x</script></body></html>"},
        {"markup": "\0\0\0"},
        {"text": "\u200b\0 \n"},
        {"text": "\ufffd" * 5 + "x" * 95},
        {"text": "\ufffd" + "x" * 199},
        {"markup": "<div>" * (DEEPEST + 1) + "tief"},
        {"markup": "<p>" * 30_000 + "flach"},
    )
    assert [row["reason"] for row in rows] == [
        "no_text_found", "no_text_found", "nothing_left", "undecodable", None, "nested_too_deep", None,
    ]  # fmt: skip
    assert {row["stage"] for row in rows} == {"extract", None}
    assert json.loads(rows[0]["evidence"])["markup_characters"] == 44


def test_rows_dropped_before_pass_untouched():
    rows = run(
        {"stage": "consent", "reason": "robots", "evidence": "{}", "markup": PAGE, "text": None},
        {"text": "a\r\nb"},
    )
    assert (rows[0]["stage"], rows[0]["reason"], rows[0]["text"]) == ("consent", "robots", None)
    assert rows[1]["text"] == "a\nb"


def test_the_account_says_how_many_bytes_of_a_page_were_no_text():
    before = batch_of({"markup": PAGE, "text_bytes": len(PAGE.encode())}, {"text": "a\r\nb", "text_bytes": 4})
    after = edited(before, stage_of()(before), "extract").to_pylist()
    for row, size in zip(after, (len(PAGE.encode()), 4), strict=True):
        assert row["text_bytes"] == len(row["text"].encode())
        assert row["removed"]["extract"] == size - row["text_bytes"]


def test_depth_is_counted_without_elements_that_hold_nothing():
    filler = "<br>" * DEEPEST
    assert nesting(filler) == 0
    assert nesting("<div>" * 50 + filler + "</div>" * 50) == 50
    assert nesting(("<ul><li>x</ul>" * 3000) + "<DIV><span>") == 2
    assert nesting("<table><tr><td>" * 2500) == 2500


@pytest.mark.parametrize("favour", ["precision", "recall", "balance"])
def test_trafilatura_finds_the_same_main_text(favour):
    pytest.importorskip("lxml_html_clean")
    (row,) = run({"markup": PAGE}, extractor="trafilatura", favour=favour)
    assert PROSE.strip() in row["text"]
    for away in ("Cookies", "Kontakt", "kein Text"):
        assert away not in row["text"]


def test_an_extractor_that_is_missing_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(
        ValueError, match=r"^corpus.extract.extractor trafilatura is not installed: pip install 'soofi\["
    ):
        check_extractor(Extraction(extractor="trafilatura"))
    check_extractor(Extraction())


def test_a_page_of_many_megabytes_of_anything_ends():
    noise = [
        "<" * 2_000_000,
        "&amp;" * 400_000,
        "<p a=" + "1 b=" * 300_000 + ">x",
        "<b>" * 1900 + "x",
        "<!--" * 300_000,
    ]
    for row in run(*({"markup": f"<body>{page}"} for page in noise)):
        assert row["reason"] in (None, "no_text_found", "nested_too_deep")
