"""Every call by which a process changes what stands below a directory: named, and stopped where a test asks for it.

Nothing in the product knows of it: Python's own names for the calls are replaced in the process under test, before it
opens a file. A call's name is its kind, its place with numbers of steps and starts left out, and which one of these it is.
"""

import builtins
import io
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ASIDE = ("tensorboard", "logs")
"""What is no part of the state; threads of libraries write it when they please."""


@dataclass
class WriteCalls:
    """The calls that this process makes below `directory`; `stop` is carried out at the one named `target`.

    `stop(begin)`: `begin` makes the first half of the call, where it has halves: a write that is cut short.
    """

    directory: Path
    target: str | None = None
    stop: Callable[[Callable[[], None]], None] | None = None
    made: list[str] = field(default_factory=list)
    _times: Counter[str] = field(default_factory=Counter)
    _lock: Any = field(default_factory=threading.Lock)

    def before(self, kind: str, path: Any, begin: Callable[[], None] = lambda: None) -> None:
        """Note a call that is about to be made."""
        place = Path(os.path.abspath(os.fspath(path)))
        if not place.is_relative_to(self.directory) or place.relative_to(self.directory).parts[:1] in {
            (name,) for name in _ASIDE
        }:
            return
        known = re.sub(r"step-\d{8}(-[0-9a-f]{12})?", "step-N", str(place.relative_to(self.directory)))
        with self._lock:
            self._times[f"{kind} {known}"] += 1
            name = f"{kind} {known} {self._times[f'{kind} {known}']}"
            self.made.append(name)
        if name == self.target and self.stop is not None:
            self.stop(begin)

    def install(self) -> None:
        """See all calls from now on, for as long as the process lives."""
        for kind, name in (
            ("mkdir", "mkdir"),
            ("delete", "unlink"),
            ("delete", "remove"),
            ("delete", "rmdir"),
        ):
            setattr(os, name, self._of_path(kind, getattr(os, name)))
        for name in ("rename", "replace"):
            setattr(os, name, self._of_two_paths(getattr(os, name)))
        sync = os.fsync

        def fsync(descriptor: Any) -> None:
            number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
            self.before("fsync", os.readlink(f"/proc/self/fd/{number}"))
            sync(descriptor)

        os.fsync = fsync
        io.open = builtins.open = self._opening(io.open)  # type: ignore[assignment]

    def _of_path(self, kind: str, call: Callable[..., None]) -> Callable[..., None]:
        def wrapped(path: Any, *arguments: Any, dir_fd: int | None = None, **named: Any) -> None:
            whole = path if dir_fd is None else os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), path)
            self.before(kind, whole)
            call(path, *arguments, dir_fd=dir_fd, **named)

        return wrapped

    def _of_two_paths(self, call: Callable[..., None]) -> Callable[..., None]:
        def wrapped(source: Any, target: Any, **named: Any) -> None:
            self.before("rename to", target)
            call(source, target, **named)

        return wrapped

    def _opening(self, open_file: Callable[..., Any]) -> Callable[..., Any]:
        calls = self

        class Raw(io.FileIO):
            """A file whose every write, as the system sees it, is noted."""

            def write(self, data: Any, /) -> int:
                view = memoryview(data).cast("B")
                write = super().write
                calls.before("write", self.name, lambda: write(view[: len(view) // 2]) and None)
                return write(view) or 0

            def truncate(self, size: int | None = None, /) -> int:
                calls.before("truncate", self.name)
                return super().truncate(size)

        def opening(file: Any, mode: str = "r", buffering: int = -1, *more: Any, **named: Any) -> Any:
            if not isinstance(file, str | os.PathLike) or not set(mode) & set("wax+"):
                return open_file(file, mode, buffering, *more, **named)
            if not Path(os.path.abspath(file)).is_relative_to(calls.directory):
                return open_file(file, mode, buffering, *more, **named)
            if not os.path.exists(file):
                calls.before("create", file)
            raw = Raw(
                os.fspath(file), mode.replace("b", "").replace("t", ""), opener=named.pop("opener", None)
            )
            if buffering == 0:
                return raw
            buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            return buffered if "b" in mode else io.TextIOWrapper(buffered, *more, **named)

        return opening


def kill_here(begin: Callable[[], None]) -> None:
    """`kill -9` in the middle of the call."""
    with suppress(OSError):  # direct writing takes no half
        begin()
    os.kill(os.getpid(), signal.SIGKILL)


def fail_with(number: int) -> Callable[[Callable[[], None]], None]:
    """The call fails with this error number, as the system would have it."""

    def fail(begin: Callable[[], None]) -> None:
        raise OSError(number, os.strerror(number))

    return fail
