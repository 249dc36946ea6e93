"""A run that is interrupted or killed, in any stage and at any instant: no process is left, and the same bytes come."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.runs import assert_same_weights, copy_before, metrics, stage_files

DEADLINE_SECONDS = 240
SEED = 20


class Running:
    """A command of `soofi` at work on one run directory; what it says goes to a file beside the run."""

    def __init__(self, run: Path, *arguments: object):
        self.run = run
        self.said = run.with_name("said.txt")
        command = [sys.executable, "-m", "soofi", *map(str, arguments), f"run_root={run.parent}"]
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)

    def wait_until(self, begun: Callable[[], bool]) -> None:
        """Return when the condition holds or the command has ended."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.process.poll() is None and not begun():
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.005)

    def signal_all(self, number: signal.Signals) -> str:
        """Send a signal to every process of the command and wait until all are gone; returns what was running."""
        tree = self.tree()
        named = " | ".join(sorted({name_of(process) for process in tree}))
        for process in tree:
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

    def has_loaded(self, library: str) -> bool:
        """Whether the command's own process has come to a stage that needs this library."""
        try:
            return library in Path(f"/proc/{self.process.pid}/maps").read_text()
        except OSError:
            return False

    def text(self) -> str:
        return self.said.read_text(errors="replace")


def name_of(process: psutil.Process) -> str:
    try:
        command = [part for part in process.cmdline() if "/" not in part]
    except psutil.Error:
        return "ended"
    return " ".join(command[:3])


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


def has_begun(stage: str, running: Running) -> bool:
    """Whether the command is in the middle of the stage's work."""
    run = running.run
    return {
        "corpus": lambda: any(run.glob(".work/corpus/*/engine/completions/*")),
        "tokenizer": lambda: "tokenizer: learning" in running.text(),
        "tokens": lambda: (run / ".partial-tokens").exists(),
        "train": lambda: len(metrics(run)) >= 5,
        "export": lambda: "export: step-" in running.text(),
        "evaluate": lambda: running.has_loaded("libtorch_cpu"),
        "report": lambda: running.has_loaded("ft2font"),
    }[stage]()


def interrupt_and_finish(
    finished: Path, run: Path, recipe: Path, soofi, stage: str, number: signal.Signals
) -> None:
    """Interrupt `soofi run` in a stage, then type the same command again."""
    copy_before(finished, run, stage)
    running = Running(run, "run", recipe)
    running.wait_until(lambda: has_begun(stage, running))
    running.signal_all(number)
    said = running.text()
    if number != signal.SIGKILL and running.process.returncode:
        assert running.process.returncode in (128 + number, 130), said
        assert "the same command goes on" in said.strip().splitlines()[-1], said
        assert "Traceback" not in said, said
    done = soofi("run", recipe, f"run_root={run.parent}")
    assert done.returncode == 0, done.stderr
    assert_same_run(finished, run)
    assert soofi("verify", run).returncode == 0


def assert_same_run(one: Path, two: Path) -> None:
    for stage in ("corpus", "tokenizer", "tokens", "export"):
        assert stage_files(two, stage) == stage_files(one, stage), stage
    assert_same_weights(one, two)
    assert metrics(two) == metrics(one)
    for name in ("evaluation/bits_per_byte.json", "report/samples.json"):
        assert (two / name).read_bytes() == (one / name).read_bytes()


def test_kill_nine_in_the_corpus(finished, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    """Worker processes have sessions of their own: they end because the command does."""
    running = Running(tmp_path / "smoke", "corpus", smoke_recipe)
    running.wait_until(lambda: has_begun("corpus", running))
    tree = running.tree()
    running.process.kill()
    _, alive = psutil.wait_procs(tree, DEADLINE_SECONDS)
    assert not alive
    done = soofi("corpus", smoke_recipe, f"run_root={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert stage_files(tmp_path / "smoke", "corpus") == stage_files(finished.directory, "corpus")


def test_sigterm_in_the_export(finished, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    interrupt_and_finish(
        finished.directory, tmp_path / "smoke", smoke_recipe, soofi, "export", signal.SIGTERM
    )


def test_ranks_end_with_the_command_that_holds_the_run(
    untrained: Path, smoke_recipe: Path, tmp_path: Path
) -> None:
    """Else they would write into a run that the next command has taken over."""
    running = Running(untrained, "train", smoke_recipe)
    running.wait_until(lambda: has_begun("train", running))
    tree = running.tree()
    assert len(tree) >= 4  # the command, torchrun, two ranks
    running.process.kill()
    _, alive = psutil.wait_procs(tree, DEADLINE_SECONDS)
    assert not alive


@pytest.mark.long
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name
)
@pytest.mark.parametrize("stage", ["corpus", "tokenizer", "tokens", "train", "export", "evaluate", "report"])
def test_any_signal_in_any_stage(
    finished, soofi, smoke_recipe: Path, tmp_path: Path, stage: str, number: signal.Signals
) -> None:
    interrupt_and_finish(finished.directory, tmp_path / "smoke", smoke_recipe, soofi, stage, number)


@pytest.mark.long
def test_kill_nine_twenty_times_at_random_instants(soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    """Instants are drawn from a seed and printed with what was running: `pytest -m nightly -s` shows them."""
    recipe = tmp_path / "longer.yaml"
    recipe.write_text(
        f"extends: {smoke_recipe}\n"
        "stages:\n  0: {tokens: 184320}\n"
        "train:\n  checkpoints: {every_steps: 10}\n"
    )
    began = time.monotonic()
    undisturbed = tmp_path / "undisturbed"
    done = soofi("run", recipe, f"run_root={undisturbed}")
    assert done.returncode == 0, done.stderr
    # Shorter than a run, so that most kills meet one; long enough that most runs come to the next checkpoint.
    longest = (time.monotonic() - began) / 2
    draw = random.Random(SEED)
    kills, round_of_runs = 0, 0
    run = tmp_path / "round-0" / "smoke"
    run.parent.mkdir()
    while kills < 20:
        running = Running(run, "run", recipe)
        instant = draw.uniform(0.1, longest)
        deadline = time.monotonic() + instant
        running.wait_until(lambda deadline=deadline: time.monotonic() >= deadline)
        if running.process.poll() is None:
            kills += 1
            state = f"{len(metrics(run))} steps in metrics"
            print(
                f"kill {kills} after {instant:.2f} s: {running.signal_all(signal.SIGKILL)}; {state}",
                flush=True,
            )
        else:
            # It was finished before its instant: the next kills meet a run from its beginning.
            assert running.process.returncode == 0, running.text()
            print(f"round {round_of_runs} finished after {kills} kills", flush=True)
            assert_same_run(undisturbed / "smoke", run)
            round_of_runs += 1
            run = tmp_path / f"round-{round_of_runs}" / "smoke"
            run.parent.mkdir()
    done = soofi("run", recipe, f"run_root={run.parent}")
    assert done.returncode == 0, done.stderr
    assert_same_run(undisturbed / "smoke", run)
    assert soofi("verify", run).returncode == 0
