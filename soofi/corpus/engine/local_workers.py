"""Processes of this machine that carry out corpus tasks side by side, and what happens when one of them dies."""

import errno
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from soofi.corpus.engine.groups import GROUP_BYTES, complete_tasks, died, groups_left, told_failure
from soofi.corpus.engine.orders import Order
from soofi.corpus.engine.processes import end_worker, scratch_directory, start_worker
from soofi.corpus.engine.work import FULL_DISK, Work

_LOOK_SECONDS = 0.25  # a worker whose answer cannot come, since something that it started keeps the pipe open
_SAY_SECONDS = 5.0

PIECES = 32
"""Groups for each process of a phase, about: the last ones end at nearly the same time."""


@dataclass(eq=False)
class _Worker:
    """A process, the pipe by which it says that it has carried out an order, the order that it is at, and bytes that it was told to read."""

    process: "subprocess.Popen[bytes]"
    answers: int
    at: Order | None = None
    size_bytes: int = 0


class LocalWorkers:
    """Up to `workers` processes, started when they are needed; a context manager, at whose end they are gone.

    A process carries out groups one after another, whichever is next when it is free. When it has read `GROUP_BYTES` or more,
    another one takes its place, so that no memory is held for longer. It takes up to two seconds to start one and load its models.
    """

    def __init__(self, workers: int, log: Path):
        self._most, self._log = workers, log
        self._workers: list[_Worker] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._answers = self._stack.enter_context(selectors.DefaultSelector())
        self._scratch = self._stack.enter_context(scratch_directory())
        return self

    def __exit__(self, *error: Any) -> None:
        self.end()
        self._stack.__exit__(*error)

    def prepare(self, work: Work, tasks: int) -> None:
        """Start processes, so that they are ready for orders to come, about so many tasks."""
        while len(self._workers) < min(self._most, tasks):
            self._start(work)

    def end(self) -> None:
        """End all processes, and with them what models hold of memory."""
        while self._workers:
            self._end(self._workers[-1])

    def carry_out(self, work: Work, phase: str, sizes: Sequence[int], say: Callable[[str], None]) -> None:
        """Carry out all tasks of a phase that are not complete; see `soofi.corpus.engine.execute`."""
        tasks = len(sizes)
        waiting = groups_left(work, phase, sizes, self._most * PIECES)
        said = time.monotonic()
        while waiting or any(worker.at for worker in self._workers):
            while waiting and (worker := self._free(work)):
                group = waiting.pop(0)
                worker.size_bytes += sum(sizes[group.first : group.first + group.count])
                self._hand_over(worker, Order(work.path, phase, group, tasks))
            for worker in self._answered():
                worker.at = None
                if worker.size_bytes >= GROUP_BYTES:
                    self._end(worker)
            for worker in [one for one in self._workers if one.at and one.process.poll() is not None]:
                self._end(worker)
                raise _failure(work, phase, worker.process.returncode, tasks, self._log)
            if time.monotonic() - said > _SAY_SECONDS:
                said = time.monotonic()
                say(f"corpus: {complete_tasks(work, phase, tasks)} of {tasks} parts done ({phase})")

    def _free(self, work: Work) -> _Worker | None:
        """A process without an order, a new one if there may be more, or None."""
        for worker in [one for one in self._workers if one.at is None]:
            if worker.process.poll() is None:
                return worker
            self._end(worker)
        return self._start(work) if len(self._workers) < self._most else None

    def _start(self, work: Work) -> _Worker:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        answers, theirs = os.pipe()
        try:
            with self._log.open("ab") as output:
                process = start_worker(work, [str(theirs)], self._scratch, output, pass_fds=[theirs])
        except BaseException:
            os.close(answers)
            raise
        finally:
            os.close(theirs)
        worker = _Worker(process, answers)
        self._workers.append(worker)
        self._answers.register(answers, selectors.EVENT_READ, worker)
        return worker

    def _hand_over(self, worker: _Worker, order: Order) -> None:
        worker.at = order
        assert worker.process.stdin is not None
        with suppress(BrokenPipeError):  # it died: that is seen when its answer is waited for
            worker.process.stdin.write(order.line())

    def _answered(self) -> Iterator[_Worker]:
        """Wait a moment for processes that have carried out their order."""
        for key, _ in self._answers.select(_LOOK_SECONDS):
            worker: _Worker = key.data
            if os.read(worker.answers, 1):
                yield worker
            else:  # it is about to end
                worker.process.wait()
                if worker.at is None:
                    self._end(worker)

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._answers.unregister(worker.answers)
        os.close(worker.answers)
        end_worker(worker.process)


def _failure(work: Work, phase: str, code: int, tasks: int, log: Path) -> Exception:
    if code == FULL_DISK:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(work.path))
    if (told := told_failure(work, phase)) is not None:
        return told
    if code < 0:
        done = f"{complete_tasks(work, phase, tasks)} of {tasks} parts are done"
        return ChildProcessError(
            f"a corpus worker was killed by signal {-code} ({signal.Signals(-code).name}); {done}: run the same command "
            f"again to do the rest, with fewer corpus.workers if memory ran out"
        )
    return died(work, phase, tasks, f"failed with exit code {code}", log)
