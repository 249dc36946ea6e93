"""Texts to measure on: from runs, folders and files, by language; and parallel ones."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from soofi.tokenizer import texts as module
from soofi.tokenizer.texts import read_parallel, read_texts


def test_a_run_gives_what_it_held_out(run, texts):
    found = read_texts([run.path])
    assert found.by_language == {language: some[2::3] for language, some in sorted(texts.items())}
    assert read_texts([run.corpus], ["de"]).by_language == {"de": texts["de"][2::3]}


def test_files_say_their_language_in_a_record_a_name_or_a_folder(tmp_path):
    (tmp_path / "de.txt").write_text("eins\nzwei")
    (tmp_path / "mixed.jsonl").write_text('{"text": "un", "language": "fr"}\n\n{"text": "was"}\n')
    (tmp_path / "mt.jsonl.zst").write_bytes(zstandard.compress(json.dumps({"text": "tliet"}).encode()))
    (tmp_path / "sr-Cyrl.txt.gz").write_bytes(gzip.compress("четири".encode()))
    (tmp_path / "el").mkdir()
    pq.write_table(pa.table({"text": ["πέντε", "έξι"]}), tmp_path / "el" / "part.parquet")
    (tmp_path / "notes.md").write_text("not a text")
    (tmp_path / "Notes of 2024.txt").write_text("whatever")
    assert read_texts([tmp_path]).by_language == {
        "de": ["eins\nzwei"], "el": ["πέντε", "έξι"], "fr": ["un"], "mt": ["tliet"], "sr-Cyrl": ["четири"],
        "und": ["whatever", "was"],
    }  # fmt: skip


def test_no_language_takes_more_than_its_share(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MEASURED_BYTES", 10)
    (tmp_path / "de.jsonl").write_text("".join(json.dumps({"text": "sechs!"}) + "\n" for _ in range(9)))
    assert read_texts([tmp_path]).by_language == {"de": ["sechs!"] * 2}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.txt", None, "there is no text"),
        ("a.jsonl", "[1]\n", "line 1 of .* is no JSON object: correct it"),
        ("a.jsonl", '{"txt": "a"}\n', "line 1 of .* has no text: every record needs a field 'text'"),
        ("a.html", "<p>", "is no text that can be read: name .txt, .jsonl"),
        ("de.txt.gz", "not packed", "is damaged: it cannot be unpacked"),
        ("de.jsonl.zst", "not packed", "is damaged: it cannot be unpacked"),
        ("de.txt", "", "hold no text to measure on: name others with --text"),
    ],
)
def test_wrong_texts_are_named(tmp_path, name, content, sentence):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises((FileNotFoundError, ValueError), match=sentence):
        read_texts([path])


def test_a_table_without_text_is_named(tmp_path):
    pq.write_table(pa.table({"words": ["a"]}), tmp_path / "de.parquet")
    with pytest.raises(ValueError, match="has no column 'text': name a table that has one"):
        read_texts([tmp_path])


def test_parallel_text_comes_from_a_folder_or_from_records(tmp_path):
    (tmp_path / "en.txt").write_text("one\ntwo\nthree\n")
    (tmp_path / "de.txt").write_text("eins\n\ndrei")
    (tmp_path / "README.txt").write_text("no language\n")
    expected = {"de": ["eins", "drei"], "en": ["one", "three"]}  # German leaves the second empty
    assert read_parallel(tmp_path).by_language == expected
    records = [
        {"en": "one", "de": "eins"},
        {"en": "two", "de": ""},
        {"en": "three", "de": "drei", "mt": "tlieta"},
    ]
    path = tmp_path / "all.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert read_parallel(path).by_language == expected


def test_what_is_not_parallel_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no parallel text"):
        read_parallel(tmp_path / "none")
    (tmp_path / "en.txt").write_text("one\ntwo\n")
    with pytest.raises(ValueError, match="is no parallel text: it needs the same sentences in two languages"):
        read_parallel(tmp_path)
    (tmp_path / "de.txt").write_text("eins\n")
    with pytest.raises(ValueError, match=r"de.txt has 1 lines and en.txt has 2, but line i of every file"):
        read_parallel(tmp_path)
