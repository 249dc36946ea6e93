"""A command of `soofi` at work: seen from outside, signalled, killed."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from tests.runs import metrics

DEADLINE_SECONDS = 240


class Running:
    """A command of `soofi` at work on one run directory; what it says goes to a file beside the run."""

    def __init__(self, run: Path, *arguments: object):
        self.run = run
        self.said = run.with_name("said.txt")
        self.steps_before = len(metrics(run))
        self.began = time.time()
        command = [sys.executable, "-m", "soofi", *map(str, arguments), f"run_root={run.parent}"]
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def wait_until(self, begun: Callable[[], bool]) -> bool:
        """Return True when the condition holds, False if the command ends before."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not begun():
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.005)
        return True

    def wait_seconds(self, seconds: float) -> bool:
        """Return True that long after the command began, False if it ends before."""
        return self.wait_until(lambda: time.time() >= self.began + seconds)

    def signal_all(self, number: signal.Signals) -> str:
        """Send a signal to every process of the command and wait until all are gone; returns what was running."""
        return self._signal(number, self.tree())

    def kill_ranks(self, rank: int | None = None) -> str:
        """`kill -9` of one rank, or of all (None); where there is none yet, of all processes of the command.

        Waits until all processes of the command are gone; returns what was running.
        """
        ranks = self.ranks()
        chosen = [ranks[rank]] if rank in ranks else list(ranks.values())
        return self._signal(signal.SIGKILL, chosen or self.tree())

    def _signal(self, number: signal.Signals, chosen: Sequence[psutil.Process]) -> str:
        tree = self.tree()
        named = ", ".join(
            f"{count} × {name}"
            for name, count in sorted(Counter(name_of(process) for process in tree).items())
        )
        for process in chosen:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        self.process.wait(DEADLINE_SECONDS)
        # What was begun by a process that was being ended may be a moment behind it.
        _, alive = psutil.wait_procs(tree, DEADLINE_SECONDS)
        assert not alive, alive
        deadline = time.monotonic() + DEADLINE_SECONDS
        while left := processes_of(self.run):
            assert time.monotonic() < deadline, left
            time.sleep(0.05)
        return named

    def tree(self) -> list[psutil.Process]:
        """The command's process and all below it."""
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def ranks(self) -> dict[int, psutil.Process]:
        """The processes that train, by rank."""
        found = {}
        for process in self.tree():
            with suppress(psutil.Error):
                if name_of(process) == "rank":
                    found[int(process.environ()["RANK"])] = process
        return found

    def has_loaded(self, library: str) -> bool:
        """Whether the command's own process has come to a stage that needs this library."""
        try:
            return library in Path(f"/proc/{self.process.pid}/maps").read_text()
        except OSError:
            return False

    def has_made(self, pattern: str) -> bool:
        """Whether this command, no earlier one, made something of this name in the run."""
        return any(path.stat().st_mtime > self.began for path in self.run.glob(pattern))

    def text(self) -> str:
        return self.said.read_text(errors="replace")


def name_of(process: psutil.Process) -> str:
    """A word for what a process does."""
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        return "ended"
    names = {
        "soofi.corpus.engine.worker": "corpus worker",
        "multiprocessing.spawn": "encoder",
        "multiprocessing.resource_tracker": "tracker",
        "soofi.launch.agent": "agent",
        "recipe.yaml --resume": "rank",
        "-m soofi run": "soofi run",
        "-m soofi train": "soofi train",
    }
    return next((name for part, name in names.items() if part in command), "helper")


def processes_of(run: Path) -> list[int]:
    """Processes whose command names the run or the directory that holds it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(run.parent).encode() in command and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found
