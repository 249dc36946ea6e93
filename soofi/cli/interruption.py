"""Ctrl-C and SIGTERM: one sentence, and what was begun is cleaned up where there is time for it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM. No KeyboardInterrupt, of which typer makes an end without a word."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


def catch_interruptions() -> None:
    """From here on either signal raises `Interrupted` in the main thread, or ends the process where that would be lost.

    Ending at once is safe anywhere: whatever is published is published whole, the system takes the run's lock back, and
    every process that this one started ends with it (`kill -9` leaves no more to us). It is only less tidy.
    """
    sys.unraisablehook = _end_where_nobody_catches
    for number in _SIGNALS:
        signal.signal(number, _interrupt)


def leave_interruptions() -> None:
    """The work is done: a signal that comes now ends the process without a word, as it would any other."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def told_of_interruptions() -> Iterator[None]:
    """Turn an `Interrupted`, and whatever error a library made of it, into a sentence and an exit code."""
    try:
        yield
    except BaseException:
        if _raised is None:
            raise
        end_interrupted(_raised)


def end_interrupted(number: int) -> NoReturn:
    """Say what has happened and leave by SystemExit."""
    _tell(number)
    sys.exit(128 + number)


_raised: int | None = None
"""The signal that was raised, if any was: a second one waits for no cleaning up."""


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _raised
    if _raised is not None or _is_importing(frame):
        _end_at_once(number)
    _raised = number
    raise Interrupted(number)


def _end_at_once(number: int) -> NoReturn:
    _tell(number)
    os._exit(128 + number)


def _tell(number: int) -> None:
    """Say what has happened, once for all ranks."""
    if os.environ.get("RANK", "0") == "0":
        how = "interrupted" if number == signal.SIGINT else "ended by SIGTERM"
        # Past Python's buffers: the signal may have come in the middle of a print.
        with suppress(OSError):
            os.write(2, f"soofi: {how}; the same command goes on where it stopped\n".encode())


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being loaded: libraries swallow errors of their parts, or abort where C code meets one."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _end_where_nobody_catches(unraisable: Any) -> None:
    """The signal came in a finaliser or a callback, out of which Python lets no error go."""
    if isinstance(unraisable.exc_value, Interrupted):
        _end_at_once(unraisable.exc_value.number)
    sys.__unraisablehook__(unraisable)
