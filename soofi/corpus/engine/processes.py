"""Starting and ending the processes that carry out corpus tasks."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import soofi
from soofi.corpus.engine.work import Work


def scratch_directory() -> "tempfile.TemporaryDirectory[str]":
    """A temporary directory for workers, which goes away with what a killed one left in it."""
    return tempfile.TemporaryDirectory(prefix="soofi-", ignore_cleanup_errors=True)


def start_worker(
    work: Work, arguments: Sequence[str], scratch: str, output: IO[bytes], pass_fds: Sequence[int] = ()
) -> "subprocess.Popen[bytes]":
    """Start a process with these arguments of `soofi.corpus.engine.worker`; what it prints goes to `output`."""
    # A group of its own: Ctrl-C is for the command to answer, and nothing that a worker starts must outlive it.
    return subprocess.Popen(
        [sys.executable, "-m", "soofi.corpus.engine.worker", str(work.path), *arguments],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=os.environ | worker_environment() | {"TMPDIR": scratch},
        start_new_session=True,
        pass_fds=pass_fds,
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
