"""A run that is killed with `kill -9` at any instant, or interrupted, and goes on bit for bit."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from soofi.checkpoint import latest_checkpoint
from soofi.ledger import RunDirectory
from tests.conftest import REPOSITORY
from tests.kills import Attempt, Chain, Course, write_recipe
from tests.running import Running
from tests.runs import assert_same_weights, metrics

SEED = 47
"""Its first instants lie both before the first step and between saves."""


def kill(chain: Chain, kills: int) -> list[Attempt]:
    """Every attempt is told (`pytest -s`), so that a failure can be done again."""
    print(f"\nseed {SEED}")
    attempts = []
    for attempt in chain.attempts(kills):
        print(attempt, flush=True)
        attempts.append(attempt)
    return attempts


def test_kill_nine_at_any_instant_five_times(finished, tiny, tmp_path: Path, soofi) -> None:
    """All ranks or one alone; what was saved before and after each kill is what the undisturbed run saved."""
    recipe, course = tiny
    chain = Chain(finished.directory, recipe, tmp_path, course, SEED)
    attempts = kill(chain, 5)
    # Which kills hit what depends on how fast the machine is at the time: go on until all kinds were there.
    while (
        {attempt.rank is None for attempt in attempts if attempt.counts} != {True, False}
        or not any(attempt.saved for attempt in attempts)
        or latest_checkpoint(RunDirectory(chain.run)) is None
    ):
        attempts += kill(chain, 1)

    refused = soofi("train", recipe, f"run_root={chain.run.parent}")
    assert refused.returncode == 2
    assert "--resume" in refused.stderr

    resumed = subprocess.run(  # torchrun by hand goes on with what `soofi train` began
        ["bash", REPOSITORY / "scripts" / "train.sh", recipe, f"run_root={chain.run.parent}", "--resume"],
        env={**os.environ, "SOOFI_RANKS": "2"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert resumed.returncode == 0, resumed.stderr
    course.compare_finished(chain.run)


@pytest.mark.nightly
def test_kill_nine_at_any_instant_ten_times_under_zero_3(
    finished, smoke_recipe: Path, tmp_path: Path
) -> None:
    recipe = write_recipe(smoke_recipe, tmp_path / "tiny.yaml", zero_stage=3)
    course = Course.record(finished.directory, recipe, tmp_path / "undisturbed")
    attempts = kill(Chain(finished.directory, recipe, tmp_path, course, SEED), 10)
    assert sum(attempt.saved for attempt in attempts) > 0


def test_an_interrupt_leaves_a_checkpoint_and_says_how_to_go_on(
    finished, untrained: Path, smoke_recipe: Path, soofi
) -> None:
    running = Running(untrained, "train", smoke_recipe)
    assert running.wait_until(lambda: len(metrics(untrained)) >= 5), running.text()
    os.killpg(running.process.pid, signal.SIGINT)  # what Ctrl-C does on a terminal
    assert running.process.wait(60) == 130, running.text()
    assert "the same command goes on" in running.text()
    run = RunDirectory(untrained)
    checkpoint = latest_checkpoint(run)
    assert checkpoint is not None
    assert len(metrics(untrained)) == int(checkpoint.name.removeprefix("step-"))

    done = soofi("train", smoke_recipe, f"run_root={untrained.parent}", "--resume")
    assert done.returncode == 0, done.stderr
    assert metrics(untrained) == metrics(finished.directory)
    assert_same_weights(finished.directory, untrained)
