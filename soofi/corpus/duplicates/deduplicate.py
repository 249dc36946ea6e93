"""Exact duplicates, across all sources and languages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.seeded import Digests


@dataclass(frozen=True)
class Copies:
    """Which rows of `Keys` say again what another says to the byte.

    `repeated`: bool (n,), its id occurred before; `stands_for`: int64 (n,), row of the document with the same text that is kept for it,
    its own where it is kept itself or repeats an id.
    """

    repeated: np.ndarray
    stands_for: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Rows that stand for themselves under an id of their own. bool (n,)."""
        return ~self.repeated & (self.stands_for == np.arange(len(self.repeated)))


def find_copies(keys: Keys, prefer: Sequence[str]) -> Copies:
    """Repeated ids and equal texts; for equal texts stands the one of the most preferred source, then with the smallest id."""
    repeated = repeated_ids(keys.ids)
    unique = np.flatnonzero(~repeated)
    rank_of_stream = np.array([preference(prefer, source) for source, _ in keys.names], dtype=np.int32)
    ranks = rank_of_stream[keys.streams[unique]] if len(unique) else np.empty(0, dtype=np.int32)
    stands_for = np.arange(len(keys.ids))
    stands_for[unique] = unique[representatives(keys.ids[unique], keys.texts[unique], ranks)]
    return Copies(repeated, stands_for)


def preference(prefer: Sequence[str], source: str) -> int:
    """The place of a source among those that the recipe prefers; all others come after them."""
    return list(prefer).index(source) if source in prefer else len(prefer)


def representatives(ids: Digests, texts: Digests, ranks: np.ndarray) -> np.ndarray:
    """For each document the row of its cluster's representative: among equal texts the lowest rank, then the smallest id.

    `ids`, `texts`: S32 (n,), ids all different; `ranks`: int32 (n,). Returns int64 (n,); a representative stands for itself.
    """
    order = np.lexsort((ids, ranks, texts))
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = texts[order[1:]] != texts[order[:-1]]
    result = np.empty(len(order), dtype=np.int64)
    result[order] = order[begins][np.cumsum(begins) - 1]
    return result


def repeated_ids(ids: Digests) -> np.ndarray:
    """Which documents have an id that an earlier row has: two records of a source that claim one name. bool (n,)."""
    result = np.ones(len(ids), dtype=bool)
    result[np.unique(ids, return_index=True)[1]] = False
    return result
