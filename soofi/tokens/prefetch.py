"""The steps after the one at hand, made ready in the background."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self

from soofi.tokens.loader import Step


class Steps(Protocol):
    """What gives any step: a loader, or a prefetch in front of one."""

    @property
    def steps(self) -> int:
        """Steps of the whole run."""

    def step(self, index: int, micro_batch_samples: int | None = None) -> Step:
        """Step `index` (from 0)."""


class Prefetch:
    """Gives the steps of a loader, and makes the next ones ready in a thread while the caller works; a context manager.

    Any step may be asked for at any time: it guesses that the next one follows, and a guess that was wrong costs no more than
    its making. What it gives is what the loader gives, and what the loader raises for a step is raised when that step is
    asked for. Only its thread uses the loader, so the loader needs no lock.
    """

    def __init__(self, loader: Steps, steps_ahead: int):
        """`steps_ahead`: steps that are held ready beside the one at hand; 0 makes each when it is asked for."""
        self._loader, self._ahead = loader, steps_ahead
        self._thread: ThreadPoolExecutor | None = None
        self._ready: dict[tuple[int, int | None], Future[Step]] = {}

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self._loader.steps

    def step(self, index: int, micro_batch_samples: int | None = None) -> Step:
        """As `Loader.step`."""
        if not self._ahead:
            return self._loader.step(index, micro_batch_samples)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "prefetch")
        following = range(index + 1, min(index + 1 + self._ahead, self.steps))
        wanted = [(step, micro_batch_samples) for step in (index, *following)]
        for key in [key for key in self._ready if key not in wanted]:
            self._ready.pop(key).cancel()
        for key in wanted:
            if key not in self._ready:
                self._ready[key] = self._thread.submit(self._loader.step, *key)
        return self._ready.pop(wanted[0]).result()

    def close(self) -> None:
        """Forget what is ready and end the thread; asked again, it starts another."""
        self._ready.clear()
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
            self._thread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
