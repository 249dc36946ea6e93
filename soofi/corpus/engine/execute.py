"""Carrying out the tasks of a phase by the executor that the recipe names."""

from collections.abc import Callable, Sequence
from pathlib import Path

from soofi.corpus.engine.after_documents import AFTER_DOCUMENTS
from soofi.corpus.engine.groups import complete_tasks
from soofi.corpus.engine.processes import run_here
from soofi.corpus.engine.work import Work, read_job
from soofi.recipe import Corpus

SMALL_BYTES = 32 << 20
"""What comes after the documents and is no more than this is done at once: starting processes would take longer."""


def run_tasks(
    work: Work, phase: str, sizes: Sequence[int], corpus: Corpus, log: Path, say: Callable[[str], None]
) -> None:
    """Carry out all tasks of a phase that are not complete; `sizes`: bytes that each reads.

    What the processes and their libraries print goes to `log`, on a cluster to files beside it. Raises the ValueError or
    FileNotFoundError that a worker met, or ChildProcessError if one died; the tasks completed by then are kept.
    """
    tasks = len(sizes)
    complete = complete_tasks(work, phase, tasks)
    if complete == tasks:
        return
    if complete:
        say(f"corpus: {complete} of {tasks} parts were done before")
    if phase in AFTER_DOCUMENTS and sum(sizes) <= SMALL_BYTES:
        carry_out = AFTER_DOCUMENTS[phase](work, read_job(work))
        for task in range(tasks):
            carry_out(task)
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    if corpus.executor == "slurm":
        from soofi.corpus.engine.slurm import run_on_slurm

        run_on_slurm(work, phase, sizes, corpus, log, say)
    elif corpus.executor == "ray":
        from soofi.corpus.engine.ray_cluster import run_on_ray

        run_on_ray(work, phase, sizes, corpus, log, say)
    else:
        run_here(work, phase, sizes, corpus.workers, log, say)
