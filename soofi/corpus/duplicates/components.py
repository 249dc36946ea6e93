"""Components of linked documents, found in one process: 18 bytes of memory a document."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from soofi.corpus.compiled import kernel_of


def components(documents: int, links: Iterable[np.ndarray]) -> np.ndarray:
    """The smallest row of each document's component. int64 (documents,).

    `links`: uint64 (n, 2) each. Neither their order nor which of a component's pairs they are matters.
    """
    parents = np.arange(documents, dtype=np.int64)
    for pairs in links:
        _join(parents, pairs)
    _flatten(parents)
    return parents


def parts_of(roots: np.ndarray, eligible: np.ndarray, text_bytes: np.ndarray, limit: int) -> np.ndarray:
    """Into which part of the comparing each document goes; -1 for one that has no other to be compared with. int32.

    `roots`: `components`; `eligible`: bool, documents that take part at all. A part takes whole components, in the order
    of their first documents, until its texts pass `limit` bytes.
    """
    parts = np.full(len(roots), -1, dtype=np.int32)
    _divide(roots, eligible, text_bytes, limit, parts)
    return parts


@kernel_of("i8(i8[::1], i8)")
def _root(parents: Any, row: Any) -> Any:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@kernel_of("void(i8[::1], u8[:,::1])")
def _join(parents: Any, links: Any) -> None:
    for link in range(len(links)):
        one, other = _root(parents, np.int64(links[link, 0])), _root(parents, np.int64(links[link, 1]))
        # The smaller row is the parent, so that a parent never stands behind its children.
        parents[max(one, other)] = min(one, other)


@kernel_of("void(i8[::1])")
def _flatten(parents: Any) -> None:
    for row in range(len(parents)):
        parents[row] = parents[parents[row]]


@kernel_of("void(i8[::1], b1[::1], i8[::1], i8, i4[::1])")
def _divide(roots: Any, eligible: Any, text_bytes: Any, limit: Any, parts: Any) -> None:
    members = np.zeros(len(roots), dtype=np.uint8)  # at most 2: more are not told apart
    sizes = np.zeros(len(roots), dtype=np.float32)
    for row in range(len(roots)):
        if eligible[row]:
            members[roots[row]] = min(members[roots[row]] + 1, 2)
            sizes[roots[row]] += np.float32(text_bytes[row])
    part, filled = np.int32(0), 0.0
    for row in range(len(roots)):
        root = roots[row]
        if not eligible[row] or members[root] < 2:
            continue
        if parts[root] < 0:
            if filled >= limit:
                part, filled = np.int32(part + 1), 0.0
            parts[root] = part
            filled += sizes[root]
        parts[row] = parts[root]
    for row in range(len(roots)):
        if not eligible[row]:
            parts[row] = -1
