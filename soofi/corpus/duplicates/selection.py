"""Which documents are kept, where they go, and on which side of the split: decided from keys, without any text."""

from dataclasses import dataclass

import numpy as np

from soofi.corpus.duplicates.deduplicate import Copies
from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.seeded import seeded_numbers
from soofi.corpus.duplicates.split import draw_validation
from soofi.recipe.corpus import ValidationSplit


@dataclass(frozen=True)
class Selection:
    """The fate of every row of `Keys`.

    `repeated`: bool (n,), its id occurred before; `copy`: bool (n,), another document has the same text; `duplicate_of`: int64
    (n,), row of the document that stands for it, or -1; `similarity`: float32 (n,), Jaccard similarity of that document and
    the one that has this text, 1 where they are the same; `validation`: bool (n,); `shards`: int32 (n,), shard that it is
    written to, or -1; `places`: int64 (n,), its place in the seeded order; `shard_names`: (stream, part) of each shard.
    """

    repeated: np.ndarray
    copy: np.ndarray
    duplicate_of: np.ndarray
    similarity: np.ndarray
    validation: np.ndarray
    shards: np.ndarray
    places: np.ndarray
    shard_names: list[tuple[int, int]]

    @property
    def kept(self) -> np.ndarray:
        """Rows that become part of the corpus. bool (n,)."""
        return self.shards >= 0

    def reasons(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Reason to which of these rows are dropped for it, bool (rows,) each; a row has one reason at most."""
        repeated, copy, kept = self.repeated[rows], self.copy[rows], self.shards[rows] >= 0
        return {
            "repeated_id": repeated,
            "exact_duplicate": copy,
            "near_duplicate": ~(repeated | copy | kept),
        }


def select(
    keys: Keys,
    copies: Copies,
    near: np.ndarray,
    drop_near: bool,
    seed: int,
    limits: ValidationSplit,
    shard_bytes: int,
) -> Selection:
    """Decide every row's fate; a shard takes documents in seeded order until its texts pass `shard_bytes`.

    `near`: verdicts on near-duplicates (`compare.VERDICT`), which are kept unless `drop_near`. Validation is drawn by
    cluster: a cluster is held out or trained on as a whole.
    """
    count = len(keys.ids)
    stands_for, clusters = np.arange(count), np.arange(count)
    similarity = np.ones(count, dtype=np.float32)
    stands_for[near["row"]] = near["representative"]
    clusters[near["row"]] = near["cluster"]
    similarity[near["row"]] = near["similarity"]
    keep = copies.first & ((stands_for == np.arange(count)) | (not drop_near))
    kept = np.flatnonzero(keep)
    copy = ~copies.repeated & ~copies.first
    # A document whose text is that of a dropped near-duplicate repeats the one that is kept for both.
    similarity[copy] = similarity[copies.stands_for[copy]] if drop_near else 1
    stands_for[copy] = stands_for[copies.stands_for[copy]] if drop_near else copies.stands_for[copy]
    duplicate_of = np.where(stands_for == np.arange(count), -1, stands_for)

    tags = sorted({language for _, language in keys.names})
    language_of_stream = np.array([tags.index(language) for _, language in keys.names], dtype=np.int32)
    first = kept[clusters[kept] == kept]
    languages = language_of_stream[keys.streams[first]] if len(first) else np.empty(0, dtype=np.int32)
    held_out = np.zeros(count, dtype=bool)
    held_out[first] = draw_validation(seed, keys.texts[first], languages, keys.text_bytes[first], limits)
    validation = np.zeros(count, dtype=bool)
    validation[kept] = held_out[clusters[kept]]

    shards = np.full(count, -1, dtype=np.int32)
    places = np.full(count, -1, dtype=np.int64)
    shard_names: list[tuple[int, int]] = []
    order = kept[np.lexsort((keys.ids[kept], seeded_numbers(seed, "corpus order", keys.ids[kept])))]
    places[order] = np.arange(len(order))
    for stream in range(len(keys.names)):
        rows = order[keys.streams[order] == stream]
        before = np.cumsum(keys.text_bytes[rows]) - keys.text_bytes[rows]
        parts = np.unique(before // shard_bytes, return_inverse=True)[1]
        shards[rows] = len(shard_names) + parts
        shard_names += [(stream, part) for part in range(int(parts.max(initial=-1)) + 1)]
    return Selection(copies.repeated, copy, duplicate_of, similarity, validation, shards, places, shard_names)
