"""Phases: kinds of tasks that are carried out side by side, one phase after the other.

`documents`: a task's files through all stages of `soofi.corpus.stages`; then those of `after_documents`.
"""

from datatrove.pipeline.base import PipelineStep

from soofi.corpus.engine.after_documents import AFTER_DOCUMENTS
from soofi.corpus.engine.steps import BatchStep, FunctionStep, ReadStep, WriteStep
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.stages import prepared


def _documents(work: Work, job: Job) -> list[PipelineStep]:
    reader = ReadStep(job)
    stages = [BatchStep(name, over) for name, over in prepared(job.corpus, job.languages).items()]
    return [reader, *stages, WriteStep(work, job, reader)]


def steps_of(phase: str, work: Work, job: Job) -> list[PipelineStep]:
    """The steps of a phase's tasks; the last one publishes a task's files. A task's number is the `rank` that they are given."""
    if phase == "documents":
        return _documents(work, job)
    return [FunctionStep(phase, AFTER_DOCUMENTS[phase](work, job))]
