"""Phases: kinds of tasks that are carried out side by side, one phase after the other."""

from collections.abc import Callable
from functools import partial

from datatrove.pipeline.base import PipelineStep

from soofi.corpus.duplicates import near, repeated_lines
from soofi.corpus.engine.steps import BatchStep, ReadStep, TaskStep, WriteStep
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.stages import prepared

Steps = Callable[[Work, Job], list[PipelineStep]]
"""The steps of one phase's tasks; the last one publishes the task's files. A task's number is the `rank` that steps are given."""


def _documents(work: Work, job: Job) -> list[PipelineStep]:
    reader = ReadStep(job)
    stages = [BatchStep(name, over) for name, over in prepared(job.corpus, job.languages).items()]
    return [reader, *stages, WriteStep(work, job, reader)]


_FUNCTIONS: dict[str, Callable[[Work, Job, int], None]] = {
    "lines": repeated_lines.write_repeated,
    "trim": repeated_lines.write_trimmed,
    **near.TASKS,
}


def _function(name: str, work: Work, job: Job) -> list[PipelineStep]:
    return [TaskStep(name, partial(_FUNCTIONS[name], work, job))]


PHASES: dict[str, Steps] = {"documents": _documents} | {name: partial(_function, name) for name in _FUNCTIONS}
"""Name → steps. `documents`: a task's files through all stages of `soofi.corpus.stages`; `lines`: which lines stand in many
documents; `trim`: documents without them; the others: `duplicates.near.TASKS`."""
