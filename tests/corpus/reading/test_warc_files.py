"""WARC and WET: what fastwarc writes comes back, and damage costs the records that it hit."""

import gzip
import json
import zlib

import pytest
from fastwarc.stream_io import BrotliWriter
from fastwarc.warc import WarcRecordType

from soofi.corpus.reading import warc_files

KINDS = ["", ".gz", ".zst"]


def reasons(rows):
    return [row["reason"] for row in rows]


@pytest.mark.parametrize("compression", KINDS)
def test_a_page_comes_with_its_address_time_and_headers(tmp_path, read, record, archive, page, compression):
    headers = [("Content-Type", "text/html"), ("X-Robots-Tag", "noai"), ("x-robots-tag", "noimageai")]
    path = tmp_path / f"crawl.warc{compression}"
    path.write_bytes(
        archive(
            record("", b"software: test\r\n", WarcRecordType.warcinfo, headers="application/warc-fields"),
            record("https://example.org/1", b"", WarcRecordType.request),
            record("https://example.org/1", page(1).encode(), headers=headers),
            record("https://example.org/1", b"x", WarcRecordType.metadata),
            record("https://example.org/2", page(2).encode(), date="2024-05-07T00:00:00Z"),
            compression=compression,
        )
    )
    first, second = rows = read(path, licence="CC0-1.0")
    assert reasons(rows) == [None, None]
    assert first["markup"] == page(1) and first["text"] is None
    assert first["text_bytes"] == len(page(1).encode())
    assert (first["url"], first["date"]) == ("https://example.org/1", "2024-05-06T07:08:09Z")
    assert json.loads(first["headers"]) == {"content-type": "text/html", "x-robots-tag": "noai, noimageai"}
    assert (second["markup"], second["date"]) == (page(2), "2024-05-07T00:00:00Z")
    assert first["licence"] == "CC0-1.0" and first["id"] != second["id"]
    moved = tmp_path / "other/name.warc"
    moved.parent.mkdir()
    moved.write_bytes(gzip.decompress(path.read_bytes()) if compression == ".gz" else path.read_bytes())
    if compression != ".zst":
        assert [row["id"] for row in read(moved)] == [row["id"] for row in rows]  # a record keeps its name


def test_wet_records_are_texts(tmp_path, read, record, archive):
    path = tmp_path / "crawl.warc.wet.gz"
    text = "Grüße aus Ulm\n"
    path.write_bytes(
        archive(
            record("", b"x", WarcRecordType.warcinfo, headers="application/warc-fields"),
            record("https://example.org/1", text.encode(), WarcRecordType.conversion),
            compression=".gz",
        )
    )
    (row,) = read(path)
    assert (row["text"], row["markup"], row["headers"]) == (text, None, None)
    assert row["url"] == "https://example.org/1"


def test_what_is_no_page_is_kept_aside_with_the_reason(tmp_path, read, record, archive, page, monkeypatch):
    monkeypatch.setattr(warc_files, "PAGE_BYTES", 1000)
    path = tmp_path / "crawl.warc.gz"
    url = "https://example.org/"
    path.write_bytes(
        archive(
            record(url, page(1).encode(), status="404 Not Found"),
            record(url, b"\x89PNG", headers={"Content-Type": "image/png"}),
            record(url, b"x" * 1001),
            record(url, gzip.compress(b"x" * 1001), headers={**_html(), "Content-Encoding": "gzip"}),
            record(url, b"\x1f\x8b\x08broken", headers={**_html(), "Content-Encoding": "gzip"}),
            record(url, page(6).encode(), headers={**_html(), "X-Long": "x" * 100_000}),
            record(url, b"   "),
            record(url, page(8).encode(), WarcRecordType.resource, headers="text/html"),
            record(url, b"Text", headers={"Content-Type": "text/plain"}),
            compression=".gz",
        )
    )
    rows = read(path)
    assert reasons(rows) == [
        "http_status", "not_a_page", "page_too_long", "page_too_long", "undecodable_body", "damaged_headers", "empty", None,
        None,
    ]  # fmt: skip
    assert json.loads(rows[0]["evidence"]) == {"file": "crawl.warc.gz", "record": 1, "status": 404}
    assert json.loads(rows[1]["evidence"])["content_type"] == "image/png"
    assert rows[7]["markup"] == page(8) and rows[8]["text"] == "Text"
    assert {row["url"] for row in rows} == {url} and len({row["id"] for row in rows}) == 9


def _html():
    return {"Content-Type": "text/html"}


def _brotli(data: bytes) -> bytes:
    import io

    sink = io.BytesIO()
    writer = BrotliWriter(sink)
    writer.write(data)
    writer.close()
    return sink.getvalue()


def _chunked(data: bytes) -> bytes:
    return b"".join(
        b"%x\r\n%s\r\n" % (len(data[i : i + 20]), data[i : i + 20]) for i in range(0, len(data), 20)
    ) + (b"0\r\n\r\n")


def test_encodings_for_the_way_are_undone_and_stale_headers_are_not_believed(
    tmp_path, read, record, archive, page
):
    data = page(1).encode()
    cases = [
        ({"Content-Encoding": "gzip"}, gzip.compress(data)),
        ({"Content-Encoding": "gzip"}, data),
        ({"Content-Encoding": "deflate"}, zlib.compress(data)),
        ({"Content-Encoding": "deflate"}, zlib.compress(data, wbits=-15)),
        ({"Content-Encoding": "br"}, _brotli(data)),
        ({"Content-Encoding": "br"}, data),
        ({"Transfer-Encoding": "chunked"}, _chunked(data)),
        ({"Transfer-Encoding": "chunked"}, data),
        ({"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}, _chunked(gzip.compress(data))),
        ({"Content-Encoding": "identity"}, data),
    ]
    path = tmp_path / "crawl.warc"
    path.write_bytes(
        archive(
            *(
                record(f"https://example.org/{n}", body, headers=_html() | h)
                for n, (h, body) in enumerate(cases)
            )
        )
    )
    assert [row["markup"] for row in read(path)] == [page(1)] * len(cases)


@pytest.mark.parametrize("compression", KINDS)
def test_of_an_archive_cut_short_anywhere_the_records_before_are_kept(
    tmp_path, read, record, archive, page, compression
):
    records = [record(f"https://example.org/{n}", page(n).encode()) for n in range(3)]
    members = [archive(one, compression=compression) for one in records]
    ends = [len(b"".join(members[: n + 1])) for n in range(3)]
    data = b"".join(members)
    path = tmp_path / f"a.warc{compression}"
    for cut in range(1, len(data), 3):
        path.write_bytes(data[:cut])
        rows = read(path)
        whole = sum(end <= cut for end in ends)
        good = [row for row in rows if row["reason"] is None]
        # The last bytes of a member say nothing of the record: it may be whole without them.
        assert [row["markup"] for row in good] == [page(n) for n in range(len(good))]
        assert len(good) in (whole, whole + 1), cut
        if cut not in ends and len(good) == whole:
            assert rows[-1]["reason"] in ("damaged_file", "damaged_record"), cut
            assert json.loads(rows[-1]["evidence"])["record"] == whole + 1
        assert len(rows) <= len(good) + 1


@pytest.mark.parametrize("compression", KINDS[1:])
def test_reading_goes_on_behind_a_damaged_record(tmp_path, read, record, archive, page, compression):
    records = [record(f"https://example.org/{n}", page(n).encode() * 30) for n in range(9)]
    members = [bytearray(archive(one, compression=compression)) for one in records]
    for broken in (2, 5):
        middle = len(members[broken]) // 2
        members[broken][middle : middle + 30] = b"\xff" * 30
    path = tmp_path / f"a.warc{compression}"
    path.write_bytes(b"".join(members))
    rows = read(path)
    good = [row["markup"] for row in rows if row["reason"] is None]
    assert good == [page(n) * 30 for n in range(9) if n not in (2, 5)]
    # Where zstd has no checksum, damage shows only in the record that it gave.
    damaged = [row["reason"] for row in rows if row["reason"]]
    assert damaged == ["damaged_file" if compression == ".gz" else "damaged_record"] * 2


@pytest.mark.parametrize(
    ("wrong", "lost"),
    [
        (b"10", {2}),
        (b"-5", {2}),
        (b"many", {2}),
        (b"999999999999", {2}),
        (b"70000", {2}),
        ("+7", {2}),
        ("-7", {2}),
    ],
)
def test_a_record_of_wrong_length_costs_itself_alone(tmp_path, read, record, archive, page, wrong, lost):
    records = [record(f"https://example.org/{n}", page(n).encode()) for n in range(6)]
    head, name, rest = records[2].partition(b"Content-Length: ")
    length, end, body = rest.partition(b"\r\n")
    if isinstance(wrong, str):
        wrong = str(int(length) + int(wrong)).encode()
    records[2] = head + name + wrong + end + body
    path = tmp_path / "a.warc"
    path.write_bytes(archive(*records))
    rows = read(path)
    assert [row["markup"] for row in rows if row["reason"] is None] == [
        page(n) for n in range(6) if n not in lost
    ]
    (damaged,) = (row for row in rows if row["reason"])
    assert damaged["reason"] == "damaged_record" and json.loads(damaged["evidence"])["cause"]


def test_an_archive_that_is_none_is_one_reason(tmp_path, read, record, page):
    (tmp_path / "a.warc").write_bytes(b"<html>no archive</html>" * 1000)
    (tmp_path / "b.warc.gz").write_bytes(b"no gzip either")
    (tmp_path / "c.warc").touch()
    (tmp_path / "d.warc.gz").touch()
    (tmp_path / "e.warc").write_bytes(
        b"\0\xff noise\r\n" * 50 + record("https://example.org/", page(1).encode())
    )
    rows = read(tmp_path)
    assert reasons(rows) == ["damaged_record", "damaged_file", "damaged_file", "damaged_record", None]
    assert rows[-1]["markup"] == page(1)
