"""The command line: `soofi`, or `python -m soofi`."""

import gc

from soofi.cli.interruption import (
    Interrupted,
    catch_interruptions,
    end_interrupted,
    leave_interruptions,
)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 something failed, 2 the user can mend it, 130 or 143 interrupted."""
    catch_interruptions()  # before anything else is loaded, which already takes a while
    # Loading torch and transformers makes a million objects, which all stay: looking through them for garbage as often as
    # Python does by itself took a tenth of a command's time.
    gc.set_threshold(50_000, 20, 20)
    from soofi.cli.application import carry_out

    try:
        try:
            carry_out()
        finally:
            leave_interruptions()
    except Interrupted as late:  # while an error was being told: ranks are ended when another one has failed
        leave_interruptions()
        end_interrupted(late.number)


__all__ = ["main"]
