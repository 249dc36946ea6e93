"""A process that carries out groups of corpus tasks.

    python -m soofi.corpus.engine.worker WORK PHASE FIRST COUNT TASKS    one group
    python -m soofi.corpus.engine.worker WORK DESCRIPTOR                 those that standard input names, a line each

In the second form a byte is written to the file descriptor after each group. The engine starts as many of these as work at
once: datatrove's own pool of processes would wait for ever for one that was killed.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pyarrow as pa
from datatrove.executor.local import LocalPipelineExecutor

from soofi.corpus.engine.orders import Order
from soofi.corpus.engine.phases import Steps, prepare_phase
from soofi.corpus.engine.work import FULL_DISK, Work, read_job
from soofi.ledger import full_disk_named, is_full_disk, write_beside_others, write_json


class _OneProcess(LocalPipelineExecutor):
    """datatrove's local executor for one process. Its own `run` starts a helper that hands out ranks to a pool, and that
    would outlive a worker that is killed with all others; one process needs none."""

    pipeline: list[Any]

    def __init__(self, steps: Steps, order: Order):
        super().__init__(
            pipeline=[],
            tasks=order.tasks,
            workers=1,
            local_tasks=order.group.count,
            local_rank_offset=order.group.first,
            logging_dir=str(Work(order.work).engine(order.phase)),
        )
        self._steps = steps

    def run(self) -> None:
        """Carry out the tasks that are not complete, one after another."""
        ranks = range(self.local_rank_offset, self.local_rank_offset + self.local_tasks)
        local_ranks: SimpleQueue[int] = SimpleQueue()
        local_ranks.put(0)
        for rank in self.get_incomplete_ranks(ranks):
            self.pipeline = self._steps()
            self._launch_run_for_rank(rank, local_ranks)


USER_ERROR = 2
"""Exit code when the sentence for the user is in the work directory."""


def main(arguments: list[str]) -> int:
    """Carry out the tasks of one group, or of all that come, that are not complete yet; returns the exit code."""
    lines = _standard_input()
    write_beside_others()  # a cluster may start a task again that still runs on a node it has given up
    pa.set_cpu_count(1)  # the recipe's `workers` says how many cores to use
    pa.set_io_thread_count(1)
    prepared = _Prepared()
    if len(arguments) > 2:
        return _carry_out(Order.read(*arguments), prepared)
    answers = int(arguments[1])
    while (ended := _carry_out(Order.of_line(lines.get()), prepared)) == 0:
        os.write(answers, b"\n")
    return ended


class _Prepared:
    """What the tasks of the phase share that this process is at."""

    def __init__(self) -> None:
        self._at: tuple[Path, str] | None = None
        self._steps: Steps = list

    def steps(self, work: Work, phase: str) -> Steps:
        """The steps of this phase, prepared when it is another than before."""
        if self._at != (work.path, phase):
            self._steps = list  # what they held in memory goes first
            self._steps = prepare_phase(phase, work, read_job(work))
            self._at = (work.path, phase)
        return self._steps


def _carry_out(order: Order, prepared: _Prepared) -> int:
    work, phase = Work(order.work), order.phase
    executor = _OneProcess(prepared.steps(work, phase), order)
    try:
        with full_disk_named(work.path):
            executor.run()
    except (ValueError, OSError) as error:
        if is_full_disk(error):
            return FULL_DISK
        if not isinstance(error, ValueError | FileNotFoundError):
            raise
        write_json(
            work.failure(phase, order.group.first), {"kind": type(error).__name__, "sentence": str(error)}
        )
        return USER_ERROR
    return 0


def _standard_input() -> "SimpleQueue[bytes]":
    """Lines of standard input, as they come.

    When its other end closes, which the kernel does if the parent dies, this process group ends.
    """
    lines: SimpleQueue[bytes] = SimpleQueue()
    if os.getpgrp() != os.getpid():
        return lines  # started by hand, not by the engine

    def read() -> None:
        with open(0, "rb", closefd=False) as standard_input:
            for line in standard_input:
                lines.put(line)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=read, daemon=True).start()
    return lines


if __name__ == "__main__":
    ended = main(sys.argv[1:])
    if ended == FULL_DISK:
        os._exit(ended)  # the log cannot be flushed either, and the interpreter would end with 120 for that
    sys.exit(ended)
