"""A run that is killed in the middle of a step, and goes on bit for bit."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from soofi.ledger import RunDirectory
from soofi.train import latest_checkpoint
from tests.runs import assert_same_weights, metrics


def start_training(recipe: Path, run: Path, *more: str) -> subprocess.Popen:
    command = [
        sys.executable,
        "-m",
        "soofi",
        "train",
        str(recipe),
        f"run_root={run.parent}",
        *more,
    ]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ,
    )


def wait_until(condition, process: subprocess.Popen, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def ranks_of(run: Path) -> list[int]:
    """Process ids of the ranks that train in this run directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        named = any(
            str(run.parent).encode() in part or str(run / "recipe.yaml").encode() == part for part in command
        )
        if named and any(part.startswith(b"RANK=") for part in environment):
            found.append(int(entry.name))
    return found


def test_kill_nine_of_both_ranks_in_the_middle_of_a_step(
    finished, untrained: Path, smoke_recipe: Path, soofi
) -> None:
    process = start_training(smoke_recipe, untrained)
    wait_until(lambda: len(metrics(untrained)) >= 37, process)
    ranks = ranks_of(untrained)
    assert len(ranks) == 2
    for rank in ranks:
        os.kill(rank, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "soofi: " in output
    checkpoint = latest_checkpoint(RunDirectory(untrained))
    assert checkpoint is not None and checkpoint.name == "step-00000030"

    refused = soofi("train", smoke_recipe, f"run_root={untrained.parent}")
    assert refused.returncode == 2
    assert "--resume" in refused.stderr

    script = (
        smoke_recipe.parents[1] / "scripts" / "train.sh"
    )  # torchrun by hand goes on with what `soofi train` began
    resumed = subprocess.run(
        ["bash", script, smoke_recipe, f"run_root={untrained.parent}", "--resume"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert resumed.returncode == 0, resumed.stderr
    assert metrics(untrained) == metrics(finished.directory)
    assert_same_weights(finished.directory, untrained)
    assert soofi("verify", untrained).returncode == 0


def test_an_interrupt_leaves_a_checkpoint_and_says_how_to_go_on(
    finished, untrained: Path, smoke_recipe: Path, soofi
) -> None:
    process = start_training(smoke_recipe, untrained)
    wait_until(lambda: len(metrics(untrained)) >= 5, process)
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does on a terminal
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "the same command goes on" in output
    run = RunDirectory(untrained)
    checkpoint = latest_checkpoint(run)
    assert checkpoint is not None
    assert len(metrics(untrained)) == int(checkpoint.name.removeprefix("step-"))

    done = soofi("run", smoke_recipe, f"run_root={untrained.parent}")
    assert done.returncode == 0, done.stderr
    assert metrics(untrained) == metrics(finished.directory)
    assert_same_weights(finished.directory, untrained)
    for name in (
        "export/model.safetensors",
        "export/config.json",
        "evaluation/bits_per_byte.json",
    ):
        assert (untrained / name).read_bytes() == (finished.directory / name).read_bytes()
