"""Which documents share a band: one band, or a range of its keys, at a time.

A bucket is all documents with one key in one band. It is written as a chain of links, one fewer than its documents, however
many they are: which of them are alike is found out later, for each component of linked documents.
"""

import numpy as np

from soofi.corpus.duplicates.near_work import NearWork
from soofi.corpus.duplicates.signature_files import open_signatures
from soofi.corpus.engine.work import Job, Work
from soofi.ledger import publish_file


def write_links(work: Work, job: Job, task: int) -> None:
    """Write the links of task `task`: band `task // ranges`, range `task % ranges`. uint64 (links, 2), rows over all tasks."""
    near = NearWork(work)
    plan = near.plan()
    band, part = divmod(task, plan.ranges)
    limits = np.array([part * 2**64 // plan.ranges, (part + 1) * 2**64 // plan.ranges - 1], dtype=np.uint64)
    keys, rows = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
    for number, start in enumerate(plan.starts[:-1]):
        of_task, places = open_signatures(work.signatures(number), job.corpus.deduplicate.near.bands)
        first = np.searchsorted(of_task[band], limits[0], "left")
        end = np.searchsorted(of_task[band], limits[1], "right")
        keys.append(of_task[band, first:end].copy())  # a view would hold a descriptor for each task
        rows.append(places[band, first:end].astype(np.uint64) + np.uint64(start))
    all_keys, all_rows = np.concatenate(keys), np.concatenate(rows)
    keys.clear()
    rows.clear()
    order = np.argsort(all_keys, kind="stable")  # each file is in order: what is left is merging
    all_keys, all_rows = all_keys[order], all_rows[order]
    same = np.flatnonzero(all_keys[1:] == all_keys[:-1])
    with publish_file(near.links(task)) as partial, partial.open("wb") as file:
        np.save(file, np.stack([all_rows[same], all_rows[same + 1]], axis=1))
