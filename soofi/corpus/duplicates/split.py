"""Which documents are held out for validation."""

import numpy as np

from soofi.corpus.duplicates.seeded import Digests, seeded_numbers
from soofi.recipe.corpus import ValidationSplit


def draw_validation(
    seed: int, clusters: Digests, languages: np.ndarray, text_bytes: np.ndarray, limits: ValidationSplit
) -> np.ndarray:
    """Which clusters are held out, as bool (n,).

    `clusters`: digest that stands for each duplicate cluster, S32 (n,); `languages`: int (n,); `text_bytes`: int64 (n,).
    A cluster is drawn if its seeded number lies in the lowest `fraction` of all. In each language the clusters with
    the next lowest numbers follow until `minimum_documents` and `minimum_bytes` are met; never more than half of a
    language's clusters are held out. So a cluster's fate depends on its own language alone.
    """
    numbers = seeded_numbers(seed, "validation", clusters)
    drawn = numbers < np.uint64(limits.fraction * 2.0**64)
    held_out = np.zeros(len(clusters), dtype=bool)
    for language in np.unique(languages):
        rows = np.flatnonzero(languages == language)
        rows = rows[np.lexsort((clusters[rows], numbers[rows]))]
        enough_bytes = 0
        if limits.minimum_bytes:
            enough_bytes = int(np.searchsorted(np.cumsum(text_bytes[rows]), limits.minimum_bytes)) + 1
        # The drawn clusters come first in this order, so all three demands are lengths of one prefix.
        count = max(int(drawn[rows].sum()), limits.minimum_documents, enough_bytes)
        held_out[rows[: min(count, len(rows) // 2)]] = True
    return held_out
