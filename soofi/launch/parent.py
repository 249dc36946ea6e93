"""Ending with the process that started this one, however it ends."""

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def end_with_parent(parent: int | None = None) -> None:
    """Have the system kill this process (SIGKILL) when its parent is gone.

    `parent`: the process id that the parent is known to have; if it is gone already, this process ends at once. Where the
    system knows no such signal (it is Linux's), nothing happens.

    A rank without its agent, or an agent without the command that holds the run's lock, would go on writing into a run
    that the next command has taken over. What is published is whole at every instant, so SIGKILL costs only steps.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
