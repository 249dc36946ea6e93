"""Processes that carry out corpus tasks side by side, and what happens when one of them dies."""

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import soofi
from soofi.corpus.engine.work import FULL_DISK, Work

GROUP_BYTES = 1 << 30
"""Size of the input that one process takes on at most, unless one file is larger."""

_SOCKET_FOLDER_BYTES = 60  # 107 without soofi-xxxxxxxx/pymp-xxxxxxxx/listener-xxxxxxxx
_POLL_SECONDS = 0.05
_SAY_SECONDS = 5.0


@dataclass(frozen=True)
class Group:
    """A range of tasks for one process."""

    first: int
    count: int


def divide(sizes: Sequence[int], groups: int) -> list[Group]:
    """Divide tasks of these sizes (bytes) into at most `groups` ranges of similar size, none empty."""
    found: list[Group] = []
    total, done, first = sum(sizes), 0, 0
    for task, size in enumerate(sizes):
        done += size
        # A range ends where the running total passes its share of the whole.
        if done * groups >= total * (len(found) + 1) or task == len(sizes) - 1:
            found.append(Group(first, task + 1 - first))
            first = task + 1
    return found


def run_tasks(
    work: Work, phase: str, sizes: Sequence[int], workers: int, log: Path, say: Callable[[str], None]
) -> None:
    """Carry out all tasks of a phase that are not complete, `workers` processes at once; `sizes`: bytes that each reads.

    What the processes and their libraries print goes to `log`. Raises the ValueError or FileNotFoundError that a worker
    met, or ChildProcessError if one died; the tasks completed by then are kept.
    """
    tasks = len(sizes)
    complete = _complete(work, phase, tasks)
    if complete:
        say(f"corpus: {complete} of {tasks} parts were done before")
    left = [0 if work.is_complete(phase, task) else size + 1 for task, size in enumerate(sizes)]
    waiting = [
        group
        for group in divide(left, max(workers, -(-sum(left) // GROUP_BYTES)))
        if any(left[group.first : group.first + group.count])
    ]
    log.parent.mkdir(parents=True, exist_ok=True)
    running: dict[subprocess.Popen[bytes], Group] = {}
    said = time.monotonic()
    # datatrove's helper leaves a folder in the temporary directory when it is killed: give it one that goes away.
    scratch = tempfile.TemporaryDirectory(prefix="soofi-", dir=_short_place(), ignore_cleanup_errors=True)
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                group = waiting.pop(0)
                running[_start(work, phase, group, len(sizes), log, scratch.name)] = group
            time.sleep(_POLL_SECONDS)
            for process in [process for process in running if process.poll() is not None]:
                group = running.pop(process)
                _end(process)
                if process.returncode == FULL_DISK:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(work.path))
                if process.returncode:
                    raise _failure(work, phase, group, process.returncode, tasks, log)
            if time.monotonic() - said > _SAY_SECONDS:
                said = time.monotonic()
                say(f"corpus: {_complete(work, phase, tasks)} of {tasks} parts read")
    finally:
        for process in running:
            _end(process)
        scratch.cleanup()


def _short_place() -> str:
    """Where the helper's socket can lie: its whole path has to fit 107 bytes, and a cluster's TMPDIR may be long."""
    usual = tempfile.gettempdir()
    return "/tmp" if len(os.fsencode(usual)) > _SOCKET_FOLDER_BYTES and os.access("/tmp", os.W_OK) else usual


def _start(
    work: Work, phase: str, group: Group, tasks: int, log: Path, scratch: str
) -> "subprocess.Popen[bytes]":
    home = str(Path(soofi.__file__).parents[1])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")])),
        "DATATROVE_COLORIZE_LOGS": "0",
        "DO_NOT_TRACK": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        # One process is one core. More threads in the linear algebra would also change the last bits of a score.
        "MKL_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TMPDIR": scratch,
    }
    command = [
        sys.executable,
        "-m",
        "soofi.corpus.engine.worker",
        str(work.path),
        phase,
        str(group.first),
        str(group.count),
        str(tasks),
    ]
    with log.open("ab") as output:
        # A group of its own: datatrove starts a helper process, which must not outlive a killed worker.
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Make sure that a worker and everything that it started is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


def _failure(work: Work, phase: str, group: Group, code: int, tasks: int, log: Path) -> Exception:
    if work.failure(phase, group.first).is_file():
        failure = json.loads(work.failure(phase, group.first).read_text(encoding="utf-8"))
        kind = FileNotFoundError if failure["kind"] == "FileNotFoundError" else ValueError
        return kind(failure["sentence"])
    done = f"{_complete(work, phase, tasks)} of {tasks} parts are done"
    if code < 0:
        return ChildProcessError(
            f"a corpus worker was killed by signal {-code} ({signal.Signals(-code).name}); {done}: run the same command "
            f"again to do the rest, with fewer corpus.workers if memory ran out"
        )
    return ChildProcessError(
        f"a corpus worker failed with exit code {code}; {done}: see the end of {log}, then run the same command again"
    )


def _complete(work: Work, phase: str, tasks: int) -> int:
    return sum(work.is_complete(phase, task) for task in range(tasks))
