"""What a person sees while a run trains."""

import os
import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn


class TrainingProgress:
    """A bar with rate and time left on a terminal; plain lines now and then elsewhere."""

    def __init__(self, steps: int, first_step: int, every_steps: int):
        self._steps, self._every, self._first = steps, every_steps, first_step
        self._started = time.monotonic()
        console = Console(file=sys.stderr, highlight=False)
        self._bar: Progress | None = None
        self._quiet = os.environ.get("SOOFI_VERBOSITY") == "quiet"
        if console.is_terminal and not self._quiet:
            columns = (BarColumn(20), TextColumn("{task.description}"))
            self._bar = Progress(*columns, console=console, transient=False)
            self._task = self._bar.add_task("starting", total=steps, completed=first_step)
            self._bar.start()

    def show(self, steps_taken: int, loss: float, tokens_per_second: float) -> None:
        """Say where the run stands after `steps_taken` steps; `loss` is in nats per token."""
        per_step = (time.monotonic() - self._started) / (steps_taken - self._first)
        left = _clock(per_step * (self._steps - steps_taken))
        text = f"step {steps_taken:,}/{self._steps:,}  loss {loss:.3f}  {tokens_per_second:,.0f} tokens/s  {left} left"
        if self._bar:
            self._bar.update(self._task, completed=steps_taken, description=text)
        elif steps_taken % self._every == 0 or steps_taken == self._steps:
            self.say(text)

    def say(self, text: str) -> None:
        """Print a line without tearing the bar."""
        if self._bar:
            self._bar.console.print(f"  {text}", markup=False)
        elif not self._quiet:
            print(f"  {text}", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
