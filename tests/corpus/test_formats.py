"""Plain text and Parquet: what is read, and what is kept aside."""

import datetime
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soofi.corpus.engine.tasks import TASK_BYTES, tasks_of
from soofi.corpus.reading import parquet_files, text_files
from soofi.corpus.reading.readers import read_batches
from soofi.corpus.reading.sources import locate
from soofi.recipe import Source


def read(*paths, **source):
    source = Source(name="texts", paths=list(paths), **source)
    batches = [batch for task in tasks_of(locate(source).files) for batch in read_batches(task, source)]
    return [row for batch in batches for row in batch.to_pylist()]


def parquet(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_a_text_file_is_one_document_named_below_its_folder(tmp_path):
    for place in ("one", "two/deeper"):
        folder = tmp_path / place
        (folder / "de").mkdir(parents=True)
        (folder / "de/a.txt").write_bytes(b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe\r\n\r\naus \x00Ulm\n")
        (folder / "b.md.gz").write_bytes(gzip.compress("# Überschrift\n".encode()))
        (folder / "c.TXT").write_text("")
    rows = read(tmp_path / "one", language="de", licence="CC0-1.0")
    assert [row["url"] for row in rows] == ["b.md.gz", "c.TXT", "de/a.txt"]
    assert [row["text"] for row in rows] == ["# Überschrift\n", None, "Grüße\n\naus Ulm\n"]
    assert [row["reason"] for row in rows] == [None, "empty", None]
    assert {row["language"] for row in rows} == {"de"}
    assert {row["licence"] for row in rows} == {"CC0-1.0"}
    assert json.loads(rows[1]["evidence"]) == {"file": "c.TXT"}
    assert len({row["id"] for row in rows}) == 3
    assert read(tmp_path / "two/deeper", language="de", licence="CC0-1.0") == rows  # no place is in an id


def test_a_text_file_that_is_no_text_or_too_long_is_kept_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "DOCUMENT_BYTES", 40)
    monkeypatch.setattr(text_files, "_CHUNK_BYTES", 16)
    (tmp_path / "a.txt").write_bytes("Grüße".encode("latin-1"))
    (tmp_path / "b.txt").write_text("Größe", encoding="utf-16")
    (tmp_path / "c.txt").write_text("x" * 41)
    (tmp_path / "d.txt").write_text("x" * 40)
    rows = read(tmp_path)
    assert [row["reason"] for row in rows] == ["not_utf8", "not_utf8", "file_too_long", None]
    assert json.loads(rows[2]["evidence"]) == {"file": "c.txt"}


def test_small_text_files_share_a_task_and_others_do_not(tmp_path):
    for name in ("a.txt", "b.txt", "c.jsonl", "d.md", "e.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "f.txt").write_bytes(b"x" * TASK_BYTES)
    files = locate(Source(name="texts", paths=[tmp_path])).files
    tasks = tasks_of([*files, *locate(Source(name="other", paths=[tmp_path / "a.txt"])).files])
    assert [[file.origin for file in task.files] for task in tasks] == [
        ["a.txt", "b.txt"],
        ["c.jsonl"],
        ["d.md", "e.txt"],
        ["f.txt"],
        ["a.txt"],
    ]
    assert [task.size_bytes for task in tasks] == [2, 1, 2, TASK_BYTES, 1]


def test_a_parquet_row_is_a_document_with_the_columns_that_are_there(tmp_path):
    day = datetime.datetime(2021, 5, 6, 7, 8, 9, 123456)
    path = parquet(
        tmp_path / "a.parquet",
        text=pa.array(["eins", None, "", "vier"]).dictionary_encode(),
        id=[7, 8, 9, None],
        url=pa.array(["https://example.org/1", None, None, None], pa.large_string()),
        language=["SR_latn", None, "../..", None],
        license=["MIT", None, None, None],
        date=pa.array([day] * 4, pa.timestamp("ns", tz="Europe/Vilnius")),
        domain=[{"not": "text"}] * 4,
        other=[1, 2, 3, 4],
    )
    rows = read(path, language="de", licence="CC0-1.0")
    assert [row["text"] for row in rows] == ["eins", None, None, "vier"]
    assert [row["reason"] for row in rows] == [None, "no_text", "not_a_language_tag", None]
    first, last = rows[0], rows[-1]
    assert (first["language"], first["licence"], first["url"]) == ("sr-Latn", "MIT", "https://example.org/1")
    assert (last["language"], last["licence"], last["domain"]) == ("de", "CC0-1.0", "general")
    assert first["date"].startswith("2021-05-06 0")
    assert json.loads(rows[1]["evidence"]) == {"file": "a.parquet", "row": 2}
    # A named record has the same id wherever it stands, and in whatever format.
    line = tmp_path / "a.jsonl"
    line.write_text(json.dumps({"text": "eins", "id": 7, "url": "https://example.org/1"}))
    assert read(line)[0]["id"] == first["id"]


def test_another_column_may_hold_the_text_and_bytes_are_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_files, "DOCUMENT_BYTES", 20)
    texts = [b"Gr\xc3\xbc\xc3\x9fe", b"Gr\xfc\xdfe", b"x" * 21]
    plain = parquet(tmp_path / "a.parquet", body=pa.array(texts, pa.binary()), text=["a", "b", "c"])
    # Nothing checks that a Parquet string is UTF-8.
    unchecked = pa.Array.from_buffers(pa.string(), 3, pa.array(texts, pa.binary()).buffers())
    marked = parquet(tmp_path / "b.parquet", body=unchecked)
    for path in (plain, marked):
        rows = read(path, text_column="body")
        assert [(row["text"], row["reason"]) for row in rows] == [
            ("Grüße", None),
            (None, "not_utf8"),
            (None, "row_too_long"),
        ]
    assert [row["text"] for row in read(plain)] == ["a", "b", "c"]


def test_a_parquet_file_without_the_column_is_refused_with_its_columns(tmp_path):
    path = parquet(tmp_path / "a.parquet", body=["a"], tokens=[[1]])
    with pytest.raises(
        ValueError,
        match=r"a\.parquet has no column 'text': set `text_column` of the source to one of body, tokens$",
    ):
        read(path)
    with pytest.raises(ValueError, match=r"has list<\w+: int64>, not text, in column 'tokens'"):
        read(path, text_column="tokens")


def test_parquet_rows_come_a_few_at_a_time(tmp_path):
    texts = [f"{number} " + "x" * 300_000 for number in range(100)]
    path = tmp_path / "a.parquet"
    # One row group; a page, which is the least that can be read, holds four rows.
    pq.write_table(pa.table({"text": texts}), path, use_dictionary=False, write_batch_size=4)
    source = Source(name="texts", paths=[path])
    (task,) = tasks_of(locate(source).files)
    batches = list(read_batches(task, source))
    assert [row["text"] for batch in batches for row in batch.to_pylist()] == texts
    assert max(batch.nbytes for batch in batches) < 10 << 20
    before = pa.total_allocated_bytes()
    rows = parquet_files.read_parquet(path, "text")
    assert next(rows).record["text"] == texts[0]
    assert pa.total_allocated_bytes() - before < 20 << 20  # of 30 MB
    rows.close()
