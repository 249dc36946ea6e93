"""URLs taken apart and written in one way, so that rules and addresses can be compared octet by octet (RFC 9309, 2.2.2)."""

import re
from collections.abc import Callable
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

from soofi.corpus.batches import text_buffers

_ORDINARY_HOST = r"^[a-z0-9.-]*[a-z0-9]$"
_ODD = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9/._~?=&:@!'(),;+%-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAME_IN_QUERY = _UNRESERVED | frozenset(":/?@")
_DEFAULT_PORT = re.compile(r":(?:80|443)?$")


def split_urls(urls: pa.StringArray) -> tuple[pa.StringArray, pa.StringArray]:
    """Hosts (`host_key`) and paths with query (`canonical`) of URLs; null for what is no URL with a host."""
    # Loading the kernel takes a moment: block lists need none.
    from soofi.corpus.consent.url_kernel import HOST_ODD, NONE, PATH_ODD, cut_urls

    count = len(urls)
    hosts, host_ends, paths, path_ends, kinds = cut_urls(*text_buffers(urls))
    is_url = pa.array(kinds != NONE).buffers()[1]
    parts = (
        pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(text), is_url)
        for text, ends in ((hosts, host_ends), (paths, path_ends))
    )
    host, path = parts
    host = _written(host, pa.array((kinds & HOST_ODD) != 0), host_key)
    return host, _written(path, pa.array((kinds & PATH_ODD) != 0), canonical)


def _written(texts: pa.StringArray, odd: pa.BooleanArray, write: Callable[[str], str]) -> pa.StringArray:
    """The texts with `write` done to the odd ones; the others it would leave as they are."""
    if not pc.any(odd).as_py():
        return texts
    written = pa.array(map(write, texts.filter(odd).to_pylist()), pa.string())
    return pc.replace_with_mask(texts, odd, written)


def host_keys(hosts: pa.StringArray) -> pa.StringArray:
    """`host_key` of many."""
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(hosts, _ORDINARY_HOST)), False)
    return _written(hosts, odd, host_key)


def host_key(host: str) -> str:
    """A host as it is looked up: lower case, in ASCII (IDNA), without the default port and a closing dot."""
    host = _DEFAULT_PORT.sub("", host.strip().lower()).rstrip(".")
    if not host.isascii():
        with suppress(UnicodeError):  # no name that a host can have: it will be found nowhere
            host = host.encode("idna").decode()
    return host


def canonical(path: str, in_query: bool = False) -> str:
    """A path with query in the one form in which it is compared.

    What is not ASCII, and what no URI may hold, is percent-encoded; escaped unreserved characters are written plainly; the
    other escapes get capital digits. In a query, escaped `: / ? @` mean the same as plain ones (RFC 9309, figure 4). `*` and `$`
    become `%2A` and `%24`, so that a pattern can name them (figure 6). `in_query`: whether a ? came before this part.
    """
    octets = path.encode(errors="replace").decode("latin-1")
    query = 0 if in_query else len(octets.partition("?")[0])

    def write(match: re.Match[str]) -> str:
        odd = match.group()
        if odd[0] != "%":
            return f"%{ord(odd):02X}"
        plain = chr(int(odd[1:], 16))
        same = _SAME_IN_QUERY if match.start() >= query else _UNRESERVED
        return plain if plain in same else odd.upper()

    return _ODD.sub(write, octets)
