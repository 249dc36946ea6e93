"""Phases: kinds of tasks that are carried out side by side, one phase after the other.

`documents`: a task's files through all stages of `soofi.corpus.stages`; then those of `after_documents`.
"""

from collections.abc import Callable

from datatrove.pipeline.base import PipelineStep

from soofi.corpus.engine.after_documents import AFTER_DOCUMENTS
from soofi.corpus.engine.steps import BatchStep, FunctionStep, ReadStep, WriteStep
from soofi.corpus.engine.work import Job, Work
from soofi.corpus.stages import prepared

Steps = Callable[[], list[PipelineStep]]
"""Makes the steps of one task. They count what they did of it, so that each task needs its own."""


def prepare_phase(phase: str, work: Work, job: Job) -> Steps:
    """Load what the tasks of a phase share, once. A task's number is the `rank` that its steps are given; the last one publishes its files."""
    if phase == "documents":
        stages = prepared(job.corpus, job.languages)

        def steps() -> list[PipelineStep]:
            reader = ReadStep(job)
            over_batches = [BatchStep(name, over_batch) for name, over_batch in stages.items()]
            return [reader, *over_batches, WriteStep(work, job, reader)]

        return steps
    carry_out = AFTER_DOCUMENTS[phase](work, job)
    return lambda: [FunctionStep(phase, carry_out)]
