"""Phases after `documents`: each task is one function of its number, prepared once in every process."""

from collections.abc import Callable

from soofi.corpus.documents import dropped_schema
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.writing.decisions import load_decisions, shard_groups
from soofi.corpus.writing.gather import gather
from soofi.corpus.writing.scatter import scatter

Prepare = Callable[[Work, Job], Callable[[int], None]]


def _scatter(work: Work, job: Job) -> Callable[[int], None]:
    keys, selection = load_decisions(work.decisions)
    groups, schema = shard_groups(keys, selection), dropped_schema(job.corpus.keep_dropped_text)
    return lambda task: scatter(work, task, keys, selection, groups, schema)


def _shards(work: Work, job: Job) -> Callable[[int], None]:
    keys, selection = load_decisions(work.decisions)
    groups = shard_groups(keys, selection)
    return lambda number: gather(work, number, groups[number], keys, selection)


AFTER_DOCUMENTS: dict[str, Prepare] = {"scatter": _scatter, "shards": _shards}
"""Name → preparation. `scatter`: a task's documents laid out by group of shards, once it is decided which are kept.
`shards`: the shards of one group."""
