"""Columns of data sets by what they are for a document, and tags of languages."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.corpus.reading.language_tags import language_tag
from soofi.recipe import EU_OFFICIAL, Source


def lines(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_columns_are_read_alike_from_json_and_parquet(tmp_path, read):
    record = {
        "body": {"de": "Guten Tag", "fr": "Bonjour"},
        "meta.id": "x",
        "where": ["https://example.org/1", "https://example.org/2"],
        "lang": ["deu_Latn", "fra_Latn"],
        "license": "CC0-1.0",
    }
    columns = {
        "text": "body.{language}",
        "id": "meta.id",
        "url": "where",
        "language": "lang",
        "licence": "rights",
    }
    (tmp_path / "a").mkdir()
    lines(tmp_path / "a/a.jsonl", record, {"body": {"fr": "Bonjour"}})
    pq.write_table(pa.Table.from_pylist([record, {"body": {"fr": "Bonjour"}}]), tmp_path / "a.parquet")
    for path in (tmp_path / "a", tmp_path / "a.parquet"):
        first, second = read(path, columns=columns, language="de")
        assert (first["text"], first["url"]) == ("Guten Tag", "https://example.org/1")
        assert (first["language"], first["licence"]) == ("de", "CC0-1.0")
        assert second["reason"] == "no_text"
    one, other = (
        read(path, columns=columns, language="de")[0] for path in (tmp_path / "a", tmp_path / "a.parquet")
    )
    assert one == other


def test_a_column_may_hold_pages(tmp_path, read, page):
    path = lines(tmp_path / "a.jsonl", {"html": page(1), "text": "not asked for"}, {"text": "no page"})
    first, second = read(path, columns={"markup": "html"})
    assert (first["markup"], first["text"], second["reason"]) == (page(1), None, "no_text")


def test_sentences_are_put_together_in_their_order(tmp_path, read):
    records = [{"translation": {"de": f"Satz {n}.", "en": f"Sentence {n}."}} for n in range(70)]
    records[3] = {"translation": {"en": "no German"}}
    path = lines(tmp_path / "a.jsonl", *records, {"broken": 1})
    rows = read(path, preset="europarl", language="de")
    texts = [row["text"] for row in rows if row["reason"] is None]
    assert [len(text.split("\n")) for text in texts] == [32, 32, 5]
    assert "\n".join(texts).split("\n") == [f"Satz {n}." for n in range(70) if n != 3]
    assert [row["reason"] for row in rows if row["reason"]] == ["no_text", "no_text"]
    assert len(read(path, preset="europarl", language="de", rows_per_document=1)) == 71
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("written", "tag"),
    [("deu_Latn", "de"), ("bul_Cyrl", "bg"), ("ell_Grek", "el"), ("srp_Cyrl", "sr-Cyrl"), ("srp_Latn", "sr-Latn"),
     ("SR_latn", "sr-Latn"), ("mlt", "mt"), ("lvs_Latn", "lv"), ("pt-br", "pt-BR"), ("bos_Latn", "bs-Latn"), ("zxx", "zxx"),
     ("deu_Cyrl", "de-Cyrl"), ("../x", None), ("german", None), ("", None)],
)  # fmt: skip
def test_tags_of_data_sets_become_those_of_recipes(written, tag):
    assert language_tag(written) == tag


def test_a_script_may_stand_beside_its_language():
    assert language_tag("srp", "Cyrl") == "sr-Cyrl"
    assert language_tag("deu", "Latn") == "de"
    assert language_tag("deu", "../x") is None


@given(st.sampled_from(sorted(EU_OFFICIAL)), st.sampled_from(["{}", "{}_Latn", "{}-Latn"]))
def test_a_tag_once_translated_stays(language, shape):
    once = language_tag(shape.format(language))
    assert once is not None and language_tag(once) == once


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ({"preset": "europarl"}, "columns take {language} from the source: set language too"),
        ({"format": "warc", "preset": "wikipedia"}, "preset is for records, which format warc does not have"),
        ({"columns": {"text": "a", "markup": "b"}}, "exclude each other: a document is text or a page"),
        ({"dataset": {"name": "a/b"}}, "a source has either paths or a dataset: write one of them"),
        ({"paths": []}, "a source has either paths or a dataset: write one of them"),
        ({"storage_options": {"secret": "x"}}, "looks like a secret, and a recipe is copied into every run"),
        ({"paths": [], "dataset": {}}, "either a name on the Hub or a path"),
        (
            {"paths": [], "dataset": {"path": "x", "revision": "main"}},
            "revision belongs to a data set on the Hub",
        ),
        (
            {"paths": [], "dataset": {"name": "a/b"}, "format": "text"},
            "a dataset says itself how it is written",
        ),
    ],
)
def test_words_that_exclude_each_other_are_refused(source, sentence):
    with pytest.raises(ValueError, match=sentence.replace("{", r"\{")):
        Source(**{"name": "texts", "paths": ["a"], **source})
