"""A kernel that cuts many URLs into hosts and paths in one pass over their octets."""

from typing import Any

import numpy as np
from numba import i4, types, u1

from soofi.corpus.compiled import kernel_of

NONE, HOST_ODD, PATH_ODD = 1, 2, 4
"""What is to be known of a URL: it is none with a host; its host, its path is not in the form that is compared."""

_HOST, _PATH, _SCHEME, _LETTER = 1, 2, 4, 8


def _classes() -> np.ndarray[Any, Any]:
    """For each octet what it may be part of without being rewritten."""
    classes = np.zeros(256, np.uint8)
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for octets, what in (
        (b"abcdefghijklmnopqrstuvwxyz0123456789.-", _HOST),
        (letters + b"0123456789/._~?=&:@!'(),;+-", _PATH),
        (letters + b"0123456789+.-", _SCHEME),
        (letters, _LETTER),
    ):
        classes[list(octets)] |= what
    return classes


_CLASSES = _classes()
_COLON, _SLASH, _QUESTION, _HASH, _AT, _SPACE, _DOT, _HYPHEN = map(ord, ":/?#@ .-")

_OCTETS = types.Array(types.uint8, 1, "C", readonly=True)
_OFFSETS = types.Array(types.int32, 1, "C", readonly=True)


@kernel_of(types.Tuple((u1[::1], i4[::1], u1[::1], i4[::1], u1[::1]))(_OCTETS, _OFFSETS))
def cut_urls(data: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], ...]:
    """Octets and offsets (int32, one more than URLs) of hosts and of paths, and what is to be known of each (uint8, see `NONE`).

    `SCHEME://[USER@]HOST[PATH][?QUERY][#FRAGMENT]`, with white space around it. A path without its slash gets one.
    """
    count = len(offsets) - 1
    size = offsets[count] - offsets[0]
    hosts, paths = np.empty(size, np.uint8), np.empty(size + count, np.uint8)
    host_ends, path_ends = np.zeros(count + 1, np.int32), np.zeros(count + 1, np.int32)
    kinds = np.zeros(count, np.uint8)
    host_end, path_end = 0, 0
    for row in range(count):
        at, stop = offsets[row], offsets[row + 1]
        while at < stop and data[at] <= _SPACE:
            at += 1
        while stop > at and data[stop - 1] <= _SPACE:
            stop -= 1
        begin = at
        while at < stop and _CLASSES[data[at]] & _SCHEME:
            at += 1
        is_url = (
            begin < at < stop - 2 and (_CLASSES[data[begin]] & _LETTER) != 0
            and data[at] == _COLON and data[at + 1] == _SLASH and data[at + 2] == _SLASH
        )  # fmt: skip
        if not is_url:
            kinds[row] = NONE
            host_ends[row + 1], path_ends[row + 1] = host_end, path_end
            continue
        begin = at + 3
        end = begin
        host = -1
        while end < stop and data[end] != _SLASH and data[end] != _QUESTION and data[end] != _HASH:
            if data[end] == _AT and host < 0:
                host = end + 1
            end += 1
        begin = max(host, begin)
        if begin == end:
            kinds[row] = NONE
            host_ends[row + 1], path_ends[row + 1] = host_end, path_end
            continue
        kind = 0
        for place in range(begin, end):
            if not _CLASSES[data[place]] & _HOST:
                kind |= HOST_ODD
            hosts[host_end] = data[place]
            host_end += 1
        if data[end - 1] == _DOT or data[end - 1] == _HYPHEN:
            kind |= HOST_ODD
        if end == stop or data[end] != _SLASH:
            paths[path_end] = _SLASH
            path_end += 1
        while end < stop and data[end] != _HASH:
            if not _CLASSES[data[end]] & _PATH:
                kind |= PATH_ODD
            paths[path_end] = data[end]
            path_end += 1
            end += 1
        kinds[row] = kind
        host_ends[row + 1], path_ends[row + 1] = host_end, path_end
    return hosts, host_ends, paths, path_ends, kinds
