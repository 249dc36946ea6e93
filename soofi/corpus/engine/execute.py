"""Carrying out the tasks of a phase by the executor that the recipe names."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from soofi.corpus.engine.after_documents import AFTER_DOCUMENTS
from soofi.corpus.engine.groups import complete_tasks
from soofi.corpus.engine.local_workers import LocalWorkers
from soofi.corpus.engine.work import CarryOut, Work, read_job
from soofi.recipe import Corpus

SMALL_BYTES = 32 << 20
"""What comes after the documents and is no more than this is done at once: starting processes would take longer."""


@contextmanager
def executor(corpus: Corpus, log: Path, say: Callable[[str], None]) -> Iterator[CarryOut]:
    """Gives the function that carries out all tasks of a phase that are not complete; processes that it started end with it.

    What the processes and their libraries print goes to `log`, on a cluster to files beside it. The function raises the
    ValueError or FileNotFoundError that a worker met, or ChildProcessError if one died; the tasks completed by then are kept.
    """
    with LocalWorkers(corpus.workers, log) as local:

        def carry_out(work: Work, phase: str, sizes: Sequence[int]) -> None:
            tasks = len(sizes)
            complete = complete_tasks(work, phase, tasks)
            if complete == tasks:
                return
            if complete:
                say(f"corpus: {complete} of {tasks} parts were done before")
            if phase in AFTER_DOCUMENTS and sum(sizes) <= SMALL_BYTES:
                of_task = AFTER_DOCUMENTS[phase](work, read_job(work))
                for task in range(tasks):
                    of_task(task)
            elif corpus.executor == "local":
                work.remove_partial()
                local.carry_out(work, phase, sizes, say)
                if phase == "documents":
                    local.end()
                    if sum(sizes) > SMALL_BYTES:
                        # For what comes next, while it is decided here what that is.
                        local.prepare(work, tasks)
            else:
                _on_cluster(work, phase, sizes, corpus, log, say)

        yield carry_out


def _on_cluster(
    work: Work, phase: str, sizes: Sequence[int], corpus: Corpus, log: Path, say: Callable[[str], None]
) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if corpus.executor == "slurm":
        from soofi.corpus.engine.slurm import run_on_slurm

        run_on_slurm(work, phase, sizes, corpus, log, say)
    else:
        from soofi.corpus.engine.ray_cluster import run_on_ray

        run_on_ray(work, phase, sizes, corpus, log, say)
