"""Cutting URLs: the kernel against a regular expression and the functions that rewrite one address."""

import re

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from soofi.corpus.consent.addresses import canonical, host_key, split_urls

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#]*)([^#]*)", re.DOTALL)
PIECES = [
    "http", "HTTPS", "://", ":/", "//", "/", "a", "Z", "é", "ß", "example.eu", "WWW.", ".", "-", ":80", ":443", ":8080", "@", "?", "#",
    "%41", "%2f", "*", "$", "~", "x y", "\n", "+",
]  # fmt: skip
ADDRESS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
URLS = st.lists(st.none() | ADDRESS | ADDRESS.map("https://{}".format), max_size=12)


def expected(url: str | None) -> tuple[str | None, str | None]:
    found = URL.match(url.strip(" \n")) if url else None
    if not found or not found[1]:
        return None, None
    path = found[2]
    return host_key(found[1]), canonical(path if path.startswith("/") else f"/{path}")


@given(URLS, st.integers(0, 3))
@example([" https://example.eu/private/a\n", "https://u:p@example.eu?x", "http://é.eu", None, "http://"], 1)
def test_many_urls_are_cut_as_one_by_one(urls: list[str | None], offset: int) -> None:
    hosts, paths = split_urls(pa.array(urls, pa.string()).slice(offset))
    for array in (hosts, paths):
        array.validate(full=True)
    assert list(zip(hosts.to_pylist(), paths.to_pylist(), strict=True)) == [
        expected(url) for url in urls[offset:]
    ]
