"""One writer for a run directory."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import FileIO
from pathlib import Path

from soofi.ledger.publish import full_disk_named, is_full_disk

_NAME = ".lock"
_HELD = "SOOFI_RUN_LOCK_HELD"


def _open_lock(directory: Path) -> FileIO:
    try:
        with full_disk_named(directory):
            directory.mkdir(parents=True, exist_ok=True)
            return FileIO(directory / _NAME, "a+")
    except OSError as error:
        if is_full_disk(error):
            raise
        raise ValueError(
            f"no run can be written to {directory} ({error.strerror}): choose another run_root or name"
        ) from None


@contextmanager
def lock_run(directory: Path) -> Iterator[None]:
    """Hold the run directory for this process and those that it starts.

    Raises ValueError, naming the holder, if another process works on the run, and where no run can be written. The lock
    ends with the process that holds it, however it ends.
    """
    held = [name for name in os.environ.get(_HELD, "").split(os.pathsep) if name]
    if str(directory.absolute()) in held:
        yield  # a rank of the process that holds it
        return
    with _open_lock(directory) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().decode().strip() or "another process"
            raise ValueError(
                f"{directory} is being worked on by {holder}: wait for it, stop it, or give this run another name"
            ) from None
        file.truncate(0)
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
        with full_disk_named(directory):
            file.write(f"process {os.getpid()} ({command}, since {datetime.now():%H:%M:%S})".encode())
        os.environ[_HELD] = os.pathsep.join([*held, str(directory.absolute())])
        try:
            yield
        finally:
            os.environ[_HELD] = os.pathsep.join(held)
            file.truncate(0)
