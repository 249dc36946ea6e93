"""Processes that carry out corpus tasks side by side, and what happens when one of them dies."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import soofi
from soofi.corpus.engine.groups import Group, complete_tasks, died, groups_left, told_failure
from soofi.corpus.engine.work import FULL_DISK, Work

_POLL_SECONDS = 0.05
_SAY_SECONDS = 5.0


def run_here(
    work: Work, phase: str, sizes: Sequence[int], workers: int, log: Path, say: Callable[[str], None]
) -> None:
    """Carry out all tasks of a phase that are not complete, `workers` processes at once, on this machine.

    See `soofi.corpus.engine.execute.run_tasks`.
    """
    tasks = len(sizes)
    waiting = groups_left(work, phase, sizes, workers)
    running: dict[subprocess.Popen[bytes], Group] = {}
    said = time.monotonic()
    with scratch_directory() as scratch, log.open("ab") as output:
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    group = waiting.pop(0)
                    running[start_worker(work, phase, group, tasks, scratch, output)] = group
                time.sleep(_POLL_SECONDS)
                for process in [process for process in running if process.poll() is not None]:
                    group = running.pop(process)
                    end_worker(process)
                    if process.returncode:
                        raise _failure(work, phase, group, process.returncode, tasks, log)
                if time.monotonic() - said > _SAY_SECONDS:
                    said = time.monotonic()
                    say(f"corpus: {complete_tasks(work, phase, tasks)} of {tasks} parts done ({phase})")
        finally:
            for process in running:
                end_worker(process)


def scratch_directory() -> "tempfile.TemporaryDirectory[str]":
    """A temporary directory for workers, which goes away with what a killed one left in it."""
    return tempfile.TemporaryDirectory(prefix="soofi-", ignore_cleanup_errors=True)


def start_worker(
    work: Work, phase: str, group: Group, tasks: int, scratch: str, output: IO[bytes]
) -> "subprocess.Popen[bytes]":
    """Start a process that carries out a group of a phase's `tasks`; what it prints goes to `output`."""
    numbers = [str(number) for number in (group.first, group.count, tasks)]
    # A group of its own: Ctrl-C is for the command to answer, and nothing that a worker starts must outlive it.
    return subprocess.Popen(
        [sys.executable, "-m", "soofi.corpus.engine.worker", str(work.path), phase, *numbers],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=os.environ | worker_environment() | {"TMPDIR": scratch},
        start_new_session=True,
    )


def worker_environment() -> dict[str, str]:
    """Environment variables of every worker, wherever it runs."""
    home = str(Path(soofi.__file__).parents[1])
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")])),
        "DATATROVE_COLORIZE_LOGS": "0",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # One process is one core. More threads in the linear algebra would also change the last bits of a score.
        "MKL_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def end_worker(process: "subprocess.Popen[bytes]") -> None:
    """Make sure that a worker and everything that it started is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


def _failure(work: Work, phase: str, group: Group, code: int, tasks: int, log: Path) -> Exception:
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
