"""Near-duplicates among all documents: from the tasks' signatures to who stands for whom."""

import numpy as np

from soofi.corpus.duplicates.components import components, parts_of
from soofi.corpus.duplicates.deduplicate import Copies
from soofi.corpus.duplicates.keys import Keys
from soofi.corpus.duplicates.near_work import VERDICT, NearWork, Plan
from soofi.corpus.engine.work import CarryOut, Job, Work
from soofi.ledger import publish_file

PART_BYTES = 256 << 20
"""Text that one task compares, about; documents that may be alike are never divided."""

BUCKET_ROWS = 1 << 24
"""Documents of a band that one task looks at, about: it takes 60 bytes of memory for each."""


def find_near_duplicates(work: Work, job: Job, keys: Keys, copies: Copies, carry_out: CarryOut) -> np.ndarray:
    """Verdicts (`VERDICT`, by row) on every document that is in a cluster of several.

    Of documents with equal texts only the one that stands for them takes part. Memory in this process: 18 bytes a document, 32
    for each that is in a cluster, and 16 a link of one task.
    """
    near = NearWork(work)
    documents, bands = int(keys.starts[-1]), job.corpus.deduplicate.near.bands
    ranges = max(1, -(-documents // BUCKET_ROWS))
    near.write_plan(Plan(ranges, keys.starts.tolist()))
    carry_out(work, "buckets", [12 * documents // ranges] * (bands * ranges))
    links = (np.load(near.links(task)) for task in range(bands * ranges))
    parts = parts_of(components(documents, links), copies.first, keys.text_bytes, PART_BYTES)
    sizes = []
    for task in range(len(job.tasks)):
        first, end = int(keys.starts[task]), int(keys.starts[task + 1])
        rows = np.flatnonzero(parts[first:end] >= 0)
        with publish_file(near.candidates(task)) as partial, partial.open("wb") as file:
            np.save(file, np.stack([rows, parts[first:end][rows].astype(np.int64)], axis=1))
        sizes.append(int(keys.text_bytes[first:end][rows].sum()))
    carry_out(work, "shingles", sizes)
    compared = np.bincount(parts[parts >= 0], keys.text_bytes[parts >= 0]).astype(int).tolist()
    carry_out(work, "compare", compared)
    found = [np.load(near.verdicts(part)) for part in range(len(compared))]
    return np.sort(np.concatenate([np.empty(0, VERDICT), *found]), order="row")
