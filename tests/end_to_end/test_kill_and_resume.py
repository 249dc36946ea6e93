"""A run that is killed in the middle of a step, and goes on bit for bit."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from soofi.ledger import RunDirectory
from soofi.train import latest_checkpoint
from soofi.train.checkpoint import read_weights

TRAINED = (
    "checkpoints",
    "export",
    "evaluation",
    "report",
    "metrics.jsonl",
    "tensorboard",
    "stage_table.json",
)


@pytest.fixture
def untrained(finished, tmp_path: Path) -> Path:
    """A copy of the finished run without what training and later stages made."""
    run = tmp_path / "runs" / "smoke"
    shutil.copytree(finished.directory, run)
    for name in TRAINED:
        path = run / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    lines = (run / "ledger.jsonl").read_text().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if json.loads(line)["kind"] == "layout")
    (run / "ledger.jsonl").write_text("".join(lines[:first]))
    return run


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


def metrics(run: Path) -> list[dict]:
    path = run / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


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
    undisturbed = [without_times(line) for line in metrics(finished.directory)]
    assert [without_times(line) for line in metrics(untrained)] == undisturbed
    _assert_same_weights(finished.directory, untrained)
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
    assert [without_times(line) for line in metrics(untrained)] == [
        without_times(line) for line in metrics(finished.directory)
    ]
    _assert_same_weights(finished.directory, untrained)
    for name in (
        "export/model.safetensors",
        "export/config.json",
        "evaluation/bits_per_byte.json",
    ):
        assert (untrained / name).read_bytes() == (finished.directory / name).read_bytes()


def without_times(line: dict) -> dict:
    return {key: value for key, value in line.items() if key != "tokens_per_second"}


def _assert_same_weights(one: Path, two: Path) -> None:
    first, second = (read_weights(latest_checkpoint(RunDirectory(run))) for run in (one, two))
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name
