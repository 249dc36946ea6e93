"""A process that carries out a range of corpus tasks: `python -m soofi.corpus.engine.worker WORK PHASE FIRST COUNT TASKS`.

The engine starts as many of these as work at once: datatrove's own pool of processes
would wait for ever for one that was killed.
"""

import os
import signal
import sys
import threading
from copy import deepcopy
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pyarrow as pa
from datatrove.executor.local import LocalPipelineExecutor

from soofi.corpus.engine.phases import steps_of
from soofi.corpus.engine.work import FULL_DISK, Work, read_job
from soofi.ledger import full_disk_named, is_full_disk, write_json


class _OneProcess(LocalPipelineExecutor):
    """datatrove's local executor for one process. Its own `run` starts a helper that hands out ranks to a pool, and that
    would outlive a worker that is killed with all others; one process needs none."""

    pipeline: list[Any]

    def run(self) -> None:
        """Carry out the tasks that are not complete, one after another."""
        ranks = range(self.local_rank_offset, self.local_rank_offset + self.local_tasks)
        local_ranks: SimpleQueue[int] = SimpleQueue()
        local_ranks.put(0)
        pipeline = self.pipeline
        for rank in self.get_incomplete_ranks(ranks):
            self.pipeline = deepcopy(pipeline)  # steps count what they did of one task
            self._launch_run_for_rank(rank, local_ranks)


USER_ERROR = 2
"""Exit code when the sentence for the user is in the work directory."""


def main(arguments: list[str]) -> int:
    """Carry out tasks FIRST … FIRST + COUNT − 1 that are not complete yet."""
    work, phase = Work(Path(arguments[0])), arguments[1]
    first, count, tasks = map(int, arguments[2:])
    _end_with_parent()
    pa.set_cpu_count(1)  # the recipe's `workers` says how many cores to use
    pa.set_io_thread_count(1)
    job = read_job(work)
    executor = _OneProcess(
        pipeline=steps_of(phase, work, job),
        tasks=tasks,
        workers=1,
        local_tasks=count,
        local_rank_offset=first,
        logging_dir=str(work.engine(phase)),
    )
    try:
        with full_disk_named(work.path):
            executor.run()
    except (ValueError, OSError) as error:
        if is_full_disk(error):
            return FULL_DISK
        if not isinstance(error, ValueError | FileNotFoundError):
            raise
        write_json(work.failure(phase, first), {"kind": type(error).__name__, "sentence": str(error)})
        return USER_ERROR
    return 0


def _end_with_parent() -> None:
    """End this process group when the other end of standard input closes, which the kernel does if the parent dies."""
    if os.getpgrp() != os.getpid():
        return  # started by hand, not by the engine

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    ended = main(sys.argv[1:])
    if ended == FULL_DISK:
        os._exit(ended)  # the log cannot be flushed either, and the interpreter would end with 120 for that
    sys.exit(ended)
