"""Comparing documents that share a band, and choosing who stands for whom.

The documents of a part are taken in the order of preference: preferred sources first, then the longest text, then the smallest id. Each is
compared with every representative so far that shares a band with it. Where one is at least as similar as the recipe asks, the
document is a near-duplicate of the first such representative in that order; else it becomes a representative itself. So every
near-duplicate is truly similar to the document that stands for it, no chain leads from text to text, and two
representatives that share a band are less similar than asked. A document that is similar to several representatives puts them
into one cluster, which the validation split draws as a whole.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from soofi.corpus.compiled import kernel_of
from soofi.corpus.duplicates.near_work import VERDICT, NearWork
from soofi.corpus.duplicates.shingle_files import read_part, schema_of
from soofi.corpus.engine.work import Job, Work
from soofi.ledger import publish_file


def write_verdicts(work: Work, job: Job, part: int) -> None:
    """Compare the candidates of a part and write its verdicts, by row."""
    limits, near = job.corpus.deduplicate.near, NearWork(work)
    batches = list(read_part(near, len(job.tasks), part))
    table = pa.Table.from_batches(batches, schema_of(limits.bands)).combine_chunks()
    found = compare(table, limits.similarity)
    with publish_file(near.verdicts(part)) as partial, partial.open("wb") as file:
        np.save(file, found)


def compare(candidates: pa.Table, similarity: float) -> np.ndarray:
    """Verdicts (`VERDICT`, by row) on candidates that `schema_of` describes."""
    order = candidates.select(["rank", "text_bytes", "id"]).append_column(
        "place", pa.array(np.arange(candidates.num_rows))
    )
    order = order.sort_by([("rank", "ascending"), ("text_bytes", "descending"), ("id", "ascending")])
    places = order["place"].to_numpy()
    if not len(places):
        return np.empty(0, VERDICT)
    keys = candidates["keys"].chunk(0).flatten().to_numpy().reshape(len(places), -1)
    buckets = np.empty(keys.shape, dtype=np.int32)
    for band in range(keys.shape[1]):
        buckets[:, band] = np.unique(keys[:, band], return_inverse=True)[1]
    shingles = candidates["shingles"].chunk(0)
    stands_for, clusters, similarities = _choose(
        places, buckets, shingles.offsets.to_numpy(), shingles.values.to_numpy(), similarity
    )
    rows = candidates["row"].to_numpy()
    found = np.empty(len(rows), VERDICT)
    found["row"], found["representative"], found["cluster"] = rows, rows[stands_for], rows[clusters]
    found["similarity"] = similarities
    several = np.bincount(clusters, minlength=len(rows))[clusters] > 1
    return np.sort(found[several], order="row")


@kernel_of("f8(Array(u8, 1, 'C', readonly=True), Array(i8, 1, 'C', readonly=True), i8, i8, f8)")
def _jaccard(shingles: Any, begins: Any, one: Any, other: Any, least: Any) -> Any:
    """Jaccard similarity of two sets in ascending order; 0 where their sizes alone, or what is left of them, cannot come to `least`."""
    place, end = begins[one], begins[one + 1]
    beside, stop = begins[other], begins[other + 1]
    total = end - place + stop - beside
    # The similarity is common / (total - common), so that it grows with what is common.
    needed = least / (1.0 + least) * total * (1.0 - 1e-12)
    common = 0
    while place < end and beside < stop:
        if common + min(end - place, stop - beside) < needed:
            return 0.0
        if shingles[place] == shingles[beside]:
            common += 1
            place += 1
            beside += 1
        elif shingles[place] < shingles[beside]:
            place += 1
        else:
            beside += 1
    return common / (total - common)


@kernel_of("void(i8[::1], i8[::1], i8, i8)")
def _join(clusters: Any, turns: Any, one: Any, other: Any) -> None:
    """Put two candidates into one cluster, which is called after the member that comes first."""
    while clusters[one] != one:
        clusters[one] = clusters[clusters[one]]
        one = clusters[one]
    while clusters[other] != other:
        clusters[other] = clusters[clusters[other]]
        other = clusters[other]
    if turns[one] < turns[other]:
        clusters[other] = one
    else:
        clusters[one] = other


@kernel_of(
    "Tuple((i8[::1], i8[::1], f8[::1]))(Array(i8, 1, 'C', readonly=True), i4[:,::1], Array(i8, 1, 'C', readonly=True), "
    "Array(u8, 1, 'C', readonly=True), f8)"
)
def _choose(order: Any, buckets: Any, begins: Any, shingles: Any, similarity: Any) -> Any:
    """For each candidate, by its place: who stands for it, the first of its cluster, and how similar it is to the former."""
    count, bands = buckets.shape
    stands_for = np.arange(count)
    clusters = np.arange(count)
    similarities = np.ones(count)
    # The representatives of each bucket as a chain: the newest, and for each the one before it in that bucket.
    newest = np.full((bands, count), -1, dtype=np.int32)
    before = np.full((count, bands), -1, dtype=np.int32)
    seen = np.full(count, -1, dtype=np.int64)
    turns = np.empty(count, dtype=np.int64)
    for turn in range(count):
        turns[order[turn]] = turn
    for turn in range(count):
        here = order[turn]
        first: Any = -1
        for band in range(bands):
            other = np.int64(newest[band, buckets[here, band]])
            while other >= 0:
                if seen[other] != here:
                    seen[other] = here
                    found = _jaccard(shingles, begins, here, other, similarity)
                    if found >= similarity:
                        if first < 0 or turns[other] < turns[first]:
                            first = other
                            similarities[here] = found
                        _join(clusters, turns, here, other)
                other = np.int64(before[other, band])
        if first >= 0:
            stands_for[here] = first
        else:
            for band in range(bands):
                before[here, band] = newest[band, buckets[here, band]]
                newest[band, buckets[here, band]] = here
    for turn in range(count):
        clusters[order[turn]] = clusters[clusters[order[turn]]]
    return stands_for, clusters, similarities
