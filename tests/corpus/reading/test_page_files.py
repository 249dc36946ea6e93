"""Folders of HTML, and the encodings that pages come in."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.corpus.reading import page_files
from soofi.corpus.reading.encodings import decode_page

TEXTS = {
    "utf-8": "Grüße aus Zürich, Žluťoučký kůň, Καλημέρα, Здравей",
    "iso-8859-2": "Žluťoučký kůň úpěl ďábelské ódy.",
    "windows-1250": "Příliš žluťoučký kůň „úpěl“ ďábelské ódy.",
    "windows-1257": "Įlinkdama fechtuotojo špaga sublykčiojusi.",
    "iso-8859-7": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "windows-1251": "Жълтата дюля беше щастлива, че пухът цъфна.",
    "windows-1252": "Größe „in Anführung“ – und ein Gedankenstrich.",
}


def test_a_page_is_a_document_named_below_its_folder(tmp_path, read, page):
    (tmp_path / "de").mkdir()
    (tmp_path / "de/a.html").write_text(page(1), encoding="utf-8")
    (tmp_path / "b.HTM").write_text(page(2), encoding="utf-8")
    (tmp_path / "c.xhtml.gz").write_bytes(gzip.compress(page(3).encode()))
    (tmp_path / "d.html").touch()
    rows = read(tmp_path, language="de")
    assert [row["url"] for row in rows] == ["b.HTM", "c.xhtml.gz", "d.html", "de/a.html"]
    assert [row["markup"] for row in rows] == [page(2), page(3), None, page(1)]
    assert [row["reason"] for row in rows] == [None, None, "empty", None]
    assert all(row["text"] is None and row["headers"] is None for row in rows)


def test_a_page_of_50_megabytes_is_kept_aside(tmp_path, read, page):
    with (tmp_path / "a.html").open("wb") as file:
        for _ in range(50):
            file.write(b"<p>x</p>" * (1 << 17))
    (tmp_path / "b.html").write_text(page(1), encoding="utf-8")
    rows = read(tmp_path)
    assert [row["reason"] for row in rows] == ["page_too_long", None]
    assert page_files.PAGE_BYTES == 16 << 20


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_page_says_its_encoding_in_a_header_or_in_itself(encoding):
    text = TEXTS[encoding]
    plain = f"<html><body>{text}</body></html>"
    said = f'<html><head><META http-equiv=Content-Type content="text/html; charset={encoding}"></head>{text}</html>'
    short = f"<!doctype html>\n<meta charset='{encoding}'><p>{text}"
    assert decode_page(plain.encode(encoding), encoding) == plain
    assert decode_page(plain.encode(encoding), encoding.upper()) == plain
    for page in (said, short):
        assert decode_page(page.encode(encoding)) == page
        assert decode_page(page.encode(encoding), "no such encoding") == page or encoding != "utf-8"


@pytest.mark.parametrize("encoding", sorted(TEXTS.keys() - {"iso-8859-2"}))  # Windows-1250 looks the same
def test_an_encoding_that_nobody_says_is_seen_in_the_bytes(encoding):
    text = f"<html><body><p>{(TEXTS[encoding] + ' ') * 20}</p></body></html>"
    found = decode_page(text.encode(encoding))
    assert sum(a == b for a, b in zip(found, text, strict=True)) > 0.98 * len(text)


def test_marks_and_wide_characters(page):
    text = page(1)
    assert decode_page(text.encode("utf-8-sig")) == text
    assert decode_page(text.encode("utf-16")) == text  # with a mark
    assert decode_page(text.encode("utf-16-le"), "utf-16le") == text
    # A server's default is often wrong; valid UTF-8 is never chance.
    assert decode_page(text.encode(), "iso-8859-1") == text


@given(
    st.binary(max_size=300),
    st.sampled_from([None, "utf-8", "shift_jis", "utf-16", "iso-8859-2", "x", "utf-7", "hz"]),
)
def test_any_bytes_become_text_that_can_be_written(data, declared):
    decode_page(data, declared).encode()
