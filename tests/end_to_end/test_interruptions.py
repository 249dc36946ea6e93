"""A run that is interrupted or killed, in any stage and at any instant: no process is left, and the same bytes come."""

import random
import signal
from pathlib import Path

import psutil
import pytest

from tests.running import DEADLINE_SECONDS, Running
from tests.runs import assert_same_weights, copy_before, metrics, stage_files

SEED = 20
LATEST_SECONDS = 14
"""Instant of the latest kill. A command that goes on after one has to come to the next checkpoint, mostly."""


def has_begun(stage: str, running: Running) -> bool:
    """Whether the command is in the middle of the stage's work."""
    return {
        "corpus": lambda: running.has_made(".work/corpus/*/engine/documents/completions/*"),
        "tokenizer": lambda: "tokenizer: learning" in running.text(),
        "tokens": lambda: running.has_made(".partial-tokens"),
        "train": lambda: len(metrics(running.run)) >= running.steps_before + 5,
        "export": lambda: "export: step-" in running.text(),
        "evaluate": lambda: running.has_loaded("libtorch_cpu"),
        "report": lambda: running.has_loaded("ft2font"),
    }[stage]()


def interrupt(run: Path, recipe: Path, stage: str, number: signal.Signals) -> None:
    """Begin `soofi run` and interrupt it in the middle of a stage."""
    running = Running(run, "run", recipe)
    assert running.wait_until(lambda: has_begun(stage, running)), running.text()
    running.signal_all(number)
    if number != signal.SIGKILL:
        said = running.text()
        assert running.process.returncode in (128 + number, 130), said
        assert "the same command goes on" in said.strip().splitlines()[-1], said
        assert "Traceback" not in said, said


def finish(finished: Path, run: Path, soofi, recipe: Path) -> None:
    """Type the same command again, undisturbed, and find what the undisturbed run has made."""
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
    assert running.wait_until(lambda: has_begun("corpus", running))
    tree = running.tree()
    running.process.kill()
    _, alive = psutil.wait_procs(tree, DEADLINE_SECONDS)
    assert not alive
    done = soofi("corpus", smoke_recipe, f"run_root={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert stage_files(tmp_path / "smoke", "corpus") == stage_files(finished.directory, "corpus")


def test_sigterm_in_the_export(finished, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    copy_before(finished.directory, tmp_path / "smoke", "export")
    interrupt(tmp_path / "smoke", smoke_recipe, "export", signal.SIGTERM)
    finish(finished.directory, tmp_path / "smoke", soofi, smoke_recipe)


def test_ctrl_c_while_text_is_encoded(finished, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    copy_before(finished.directory, tmp_path / "smoke", "tokens")
    interrupt(tmp_path / "smoke", smoke_recipe, "tokens", signal.SIGINT)
    done = soofi("tokens", smoke_recipe, f"run_root={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert stage_files(tmp_path / "smoke", "tokens") == stage_files(finished.directory, "tokens")


def test_ranks_end_with_the_command_that_holds_the_run(
    untrained: Path, smoke_recipe: Path, tmp_path: Path
) -> None:
    """Else they would write into a run that the next command has taken over."""
    running = Running(untrained, "train", smoke_recipe)
    assert running.wait_until(lambda: has_begun("train", running))
    tree = running.tree()
    assert len(tree) >= 4  # the command, torchrun, two ranks
    running.process.kill()
    _, alive = psutil.wait_procs(tree, DEADLINE_SECONDS)
    assert not alive


STAGES = ("corpus", "tokenizer", "tokens", "train", "export", "evaluate", "report")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


@pytest.mark.nightly
@pytest.mark.parametrize("stage", STAGES)
def test_every_signal_in_every_stage(finished, soofi, smoke_recipe: Path, tmp_path: Path, stage: str) -> None:
    """Each begins where the one before it ended; which of them comes last differs from stage to stage."""
    run = tmp_path / "smoke"
    copy_before(finished.directory, run, stage)
    first = STAGES.index(stage) % len(SIGNALS)
    for number in (*SIGNALS[first:], *SIGNALS[:first]):
        interrupt(run, smoke_recipe, stage, number)
    finish(finished.directory, run, soofi, smoke_recipe)


@pytest.mark.nightly
def test_kill_nine_twenty_times_at_random_instants(
    finished, soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    """Instants are drawn from a seed; `pytest -m nightly -s` shows them with what was running."""
    recipe = tmp_path / "smoke.yaml"
    recipe.write_text(f"extends: {smoke_recipe}\ntrain:\n  checkpoints: {{every_steps: 10}}\n")
    draw = random.Random(SEED)
    print(f"\nseed {SEED}, instants between 0 and {LATEST_SECONDS} s, early ones more often")
    kills, rounds = 0, 0
    run = begin_round(tmp_path, rounds)
    while kills < 20:
        running = Running(run, "run", recipe)
        # The square: stages that are over soon are to be met as well.
        instant = LATEST_SECONDS * draw.random() ** 2
        if running.wait_seconds(instant):
            kills += 1
            state = f"{', '.join(published(run)) or 'nothing'} published, {len(metrics(run))} steps taken"
            named = running.signal_all(signal.SIGKILL)
            print(f"kill {kills} after {instant:.2f} s: {state}; ran: {named}", flush=True)
            if kills % 10:
                continue
            finish(finished.directory, run, soofi, recipe)
        else:
            assert running.process.returncode == 0, running.text()
            assert_same_run(finished.directory, run)
        print(f"run {rounds} finished, the same bytes", flush=True)
        rounds += 1
        run = begin_round(tmp_path, rounds)


def begin_round(directory: Path, number: int) -> Path:
    """Where a run is begun from nothing."""
    run = directory / f"round-{number}" / "smoke"
    run.parent.mkdir()
    return run


def published(run: Path) -> list[str]:
    """Names of the stages' results that are there."""
    checkpoints = sorted(path.name for path in run.glob("checkpoints/step-*"))[-1:]
    names = ("corpus", "tokenizer", "tokens", "export", "evaluation", "report")
    there = [name for name in names if (run / name / "manifest.json").is_file()]
    return there[:3] + checkpoints + there[3:]
