"""Exact duplicates, across all sources and languages."""

import numpy as np

from soofi.corpus.duplicates.seeded import Digests


def representatives(ids: Digests, texts: Digests) -> np.ndarray:
    """For each document the row of its cluster's representative: among equal texts the one with the smallest id.

    `ids`, `texts`: S32 (n,), ids all different. Returns int64 (n,); a representative stands for itself.
    """
    order = np.lexsort((ids, texts))
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
