"""URLs taken apart and written in one way, so that rules and addresses can be compared octet by octet (RFC 9309, 2.2.2)."""

import re
from collections.abc import Callable
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

_URL = r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<host>[^/?#]*)(?P<path>[^#]*)"
_ORDINARY_HOST = r"^[a-z0-9.-]*[a-z0-9]$"
_ORDINARY_PATH = r"^[A-Za-z0-9/._~?=&:@!'(),;+-]*$"
_ODD = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9/._~?=&:@!'(),;+%-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAME_IN_QUERY = _UNRESERVED | frozenset(":/?@")
_DEFAULT_PORT = re.compile(r":(?:80|443)?$")


def split_urls(urls: pa.StringArray) -> tuple[pa.StringArray, pa.StringArray]:
    """Hosts (`host_key`) and paths with query (`canonical`) of URLs; null for what is no URL with a host."""
    parts = pc.extract_regex(urls, _URL)
    hosts, paths = parts.field("host"), parts.field("path")
    # Of a URL that does not match, the children hold nothing of use: its null is in the struct.
    absent = pc.or_kleene(pc.is_null(parts), pc.equal(pc.fill_null(hosts, ""), ""))
    none = pa.scalar(None, pa.string())
    hosts = host_keys(pc.if_else(absent, none, hosts))
    paths = pc.if_else(pc.starts_with(paths, "/"), paths, pc.binary_join_element_wise("/", paths, ""))
    return hosts, _rewritten(pc.if_else(absent, none, paths), _ORDINARY_PATH, canonical)


def _rewritten(texts: pa.StringArray, ordinary: str, write: Callable[[str], str]) -> pa.StringArray:
    """The texts with `write` done to those that do not match `ordinary`, which it would leave as they are."""
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(texts, ordinary)), False)
    if not pc.any(odd).as_py():
        return texts
    written = pa.array(map(write, texts.filter(odd).to_pylist()), pa.string())
    return pc.replace_with_mask(texts, odd, written)


def host_keys(hosts: pa.StringArray) -> pa.StringArray:
    """`host_key` of many."""
    return _rewritten(hosts, _ORDINARY_HOST, host_key)


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
