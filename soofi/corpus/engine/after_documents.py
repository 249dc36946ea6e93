"""Phases after `documents`: each task is one function of its number, prepared once in every process."""

from collections.abc import Callable
from functools import partial

from soofi.corpus.documents import dropped_schema
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.writing.decisions import load_decisions, shard_groups
from soofi.corpus.writing.gather import gather
from soofi.corpus.writing.scatter import scatter

Prepare = Callable[[Work, Job], Callable[[int], None]]


# The kernels of these take a moment to load: only processes that use them pay for it.


def _lines(work: Work, job: Job) -> Callable[[int], None]:
    from soofi.corpus.duplicates.repeated_lines import write_repeated

    return partial(write_repeated, work, job)


def _trim(work: Work, job: Job) -> Callable[[int], None]:
    from soofi.corpus.duplicates.repeated_lines import write_trimmed

    return partial(write_trimmed, work, job)


def _buckets(work: Work, job: Job) -> Callable[[int], None]:
    from soofi.corpus.duplicates.buckets import write_links

    return partial(write_links, work, job)


def _shingles(work: Work, job: Job) -> Callable[[int], None]:
    from soofi.corpus.duplicates.shingle_files import write_shingles

    return partial(write_shingles, work, job)


def _compare(work: Work, job: Job) -> Callable[[int], None]:
    from soofi.corpus.duplicates.compare import write_verdicts

    return partial(write_verdicts, work, job)


def _scatter(work: Work, job: Job) -> Callable[[int], None]:
    keys, selection = load_decisions(work.decisions)
    groups, schema = shard_groups(keys, selection), dropped_schema(job.corpus.keep_dropped_text)
    return lambda task: scatter(work, task, keys, selection, groups, schema)


def _shards(work: Work, job: Job) -> Callable[[int], None]:
    keys, selection = load_decisions(work.decisions)
    groups = shard_groups(keys, selection)
    return lambda number: gather(work, number, groups[number], keys, selection)


AFTER_DOCUMENTS: dict[str, Prepare] = {
    "lines": _lines,
    "trim": _trim,
    "buckets": _buckets,
    "shingles": _shingles,
    "compare": _compare,
    "scatter": _scatter,
    "shards": _shards,
}
"""Name → preparation.

`lines`: which lines stand in many documents. `trim`: documents without them. `buckets`: which documents share a band of their
signatures. `shingles`: the sets of those that do. `compare`: which of them are near-duplicates. `scatter`: a task's documents laid
out by group of shards, once it is decided which are kept. `shards`: the shards of one group."""
