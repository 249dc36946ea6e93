"""Reading JSON Lines: every line becomes a document or a reason."""

import gzip
import json
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.corpus.engine.tasks import Task
from soofi.corpus.extract.normalise import normalise
from soofi.corpus.reading import json_lines
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.reading.sources import SourceFile
from soofi.recipe import Source

GOOD = b'{"text": "Guten Tag", "id": "a", "url": "https://example.org/a", "license": "CC0-1.0"}'
BAD = [
    (b"{not json", "not_json"),
    (b'{"text": ' + b"9" * 5000 + b"}", "not_json"),  # longer than Python reads as a number
    (b"[" * 100_000, "not_json"),
    (b'"a string"', "not_an_object"),
    (b'{"text": "\xff\xfe"}', "not_utf8"),
    (b'{"title": "nothing else"}', "no_text"),
    (b'{"text": null}', "no_text"),
    (b'{"text": 5}', "text_not_a_string"),
    (b'{"text": ["a"]}', "text_not_a_string"),
    (b'{"text": ""}', "empty"),
    (b'{"text": " \\n\\u0000\\t"}', "empty"),
    (b'{"text": "half a pair \\ud83d"}', "not_unicode"),
    (b'{"text": "Guten Tag", "url": "\\ud83d"}', "not_unicode"),
    (b'{"text": "Guten Tag", "language": "../../etc"}', "not_a_language_tag"),
]


def read(path, **source):
    source = Source(name="texts", paths=[path], **source)
    return [
        row
        for batch in read_batches(Task("texts", [SourceFile("texts", path, path.name, "jsonl")], 0), source)
        for row in batch.to_pylist()
    ]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_is_kept_aside_with_its_reason_and_number(tmp_path, jsonl, line, reason):
    rows = read(jsonl(tmp_path / "a.jsonl", GOOD, line, GOOD))
    assert [row["reason"] for row in rows] == [None, reason, None]
    assert rows[1]["stage"] == "read" and rows[1]["text"] is None and rows[1]["text_bytes"] == 0
    assert json.loads(rows[1]["evidence"]) == {"file": "a.jsonl", "line": 2}


def test_blank_lines_are_no_documents_but_count_as_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n\n  \n{broken")
    rows = read(path)
    assert [row["reason"] for row in rows] == [None, "not_json"]
    assert json.loads(rows[1]["evidence"])["line"] == 4


def test_a_line_too_long_is_skipped_whole(tmp_path, jsonl, monkeypatch):
    monkeypatch.setattr(json_lines, "DOCUMENT_BYTES", 200)
    rows = read(jsonl(tmp_path / "a.jsonl", GOOD, json.dumps({"text": "x" * 900}).encode(), GOOD))
    assert [row["reason"] for row in rows] == [None, "line_too_long", None]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_compressed_files_read_alike_and_in_many_frames(tmp_path, suffix):
    data = b"".join(b'{"text": "Text %d"}\n' % number for number in range(3000))
    compress = {
        "": bytes,
        ".gz": gzip.compress,
        ".zst": lambda part: pa.compress(part, codec="zstd", asbytes=True),
    }
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(compress[suffix](data[:10_001]) + compress[suffix](data[10_001:]))
    assert [row["text"] for row in read(path)] == [f"Text {number}" for number in range(3000)]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_cut_off_is_named_in_one_sentence(tmp_path, suffix):
    data = GOOD * 1000
    whole = gzip.compress(data) if suffix == ".gz" else pa.compress(data, codec="zstd", asbytes=True)
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(whole[:-6])
    with pytest.raises(ValueError, match=rf"a\.jsonl{suffix} is damaged or cut off"):
        read(path)


def test_what_a_record_says_and_what_the_source_says(tmp_path, jsonl):
    record = {
        "text": "a\r\nb\u0000\u0301",
        "language": "SR_latn",
        "date": "2021-05",
        "domain": "law",
        "id": 7,
    }
    path = jsonl(tmp_path / "a.jsonl", GOOD, record, {"text": "c", "language": "", "date": "yesterday"})
    first, second, third = read(path, language="de", licence="MIT", domain="general")
    assert (first["licence"], first["language"], first["url"]) == ("CC0-1.0", "de", "https://example.org/a")
    assert (second["language"], second["date"], second["domain"]) == ("sr-Latn", "2021-05", "law")
    assert second["text"] == "a\nb\u0301".replace("b\u0301", unicodedata.normalize("NFC", "b\u0301"))
    assert (third["licence"], third["language"], third["date"]) == ("MIT", "de", None)
    for row in (first, second, third):
        assert row["consent"] is None and row["pii"] is None and row["split"] is None


def test_an_id_follows_the_record_and_not_its_place(tmp_path, jsonl):
    named, unnamed = {"text": "a", "id": "x"}, {"text": "b"}
    before = read(jsonl(tmp_path / "a.jsonl", named, unnamed))
    after = read(jsonl(tmp_path / "other" / "a.jsonl", unnamed, named, {"text": "c", "id": 2}))
    assert before[0]["id"] == after[1]["id"]
    assert before[1]["id"] != after[0]["id"]
    assert len({row["id"] for row in after}) == 3


@given(st.text())
def test_normalising_is_idempotent_and_leaves_nothing_behind(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not [c for c in once if unicodedata.category(c) == "Cc" and c not in "\t\n"]


@given(st.lists(st.sampled_from(["a", "\r", "\n", "\x85", "\u2028", "\t"])))
def test_every_line_end_becomes_one_newline(pieces):
    text = "".join(pieces)
    assert normalise(text).split("\n") == text.replace("\r\n", "\n").replace("\r", "\n").replace(
        "\x85", "\n"
    ).replace("\u2028", "\n").split("\n")
