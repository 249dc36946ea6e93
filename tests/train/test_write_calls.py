"""A kill inside, and a failure of, every call by which a rank writes what a run leaves: nothing that was saved is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.kills import write_recipe

PARTIAL = "checkpoints/.partial-step-N"
KILLS = [
    (1, f"write {PARTIAL}/rank-00001.safetensors 1"),
    (0, f"fsync {PARTIAL}/rank-00000.safetensors 1"),
    (0, "rename to checkpoints/step-N 1"),
    (0, "rename to checkpoints/latest 2"),  # the first one of a start is that of going on
    (0, "rename to checkpoints/.partial-pruned-step-N 1"),
    (0, "write ledger.jsonl 3"),
]
FAILURES = [
    (1, f"fsync {PARTIAL}/rank-00001.safetensors 1", "continue"),
    (0, "fsync checkpoints/.partial-latest 2", "stop"),
]
MORE_FAILURES = [
    (rank, call, on_failure)
    for rank, call in [
        (1, f"write {PARTIAL}/rank-00001.safetensors 1"),
        (0, f"fsync {PARTIAL}/.partial-manifest.json 1"),
        (0, "rename to checkpoints/step-N 1"),
        (0, "fsync checkpoints 2"),
        (0, "fsync checkpoints 3"),  # `latest` names the checkpoint already
    ]
    for on_failure in ("continue", "stop")
]
SAVED = "step-00000006"
"""The first save of a start: the run that all starts go on from has come to step 3."""


def walk(finished: Path, smoke: Path, directory: Path, tasks: list[dict]) -> list[dict]:
    """Carry out tasks (see walk_write_calls.py); returns the lines that it printed."""
    recipe = write_recipe(smoke, directory / "tiny.yaml", length=1)
    script = Path(__file__).with_name("walk_write_calls.py")
    done = subprocess.run(
        [sys.executable, script, recipe, finished, directory / "runs", json.dumps(tasks)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def fails(failure: tuple[int, str, str]) -> dict:
    return {"fail": failure[:2], "on_failure": failure[2]}


def assert_told(failure: tuple[int, str, str], line: dict) -> None:
    """One sentence; the run goes on or stops, and of the save nothing is left."""
    on_failure = failure[2]
    sentence = f"checkpoint {SAVED} was not saved (Input/output error); earlier ones are whole"
    told = [said for said in line["said"] if "was not saved" in said]
    if on_failure == "continue":
        assert (line["codes"], told) == ([0, 0], [f"  {sentence}, and the run goes on"])
        assert "step-00000009" in line["left"]
    else:
        assert (line["codes"], told) == ([1, 1], [f"ChildProcessError: {sentence}"])
    assert SAVED not in line["left"]
    assert not [name for name in line["left"] if name.startswith(".partial-")]


@pytest.fixture(scope="module")
def walked(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    tasks = [{"refuse": "a larger model"}, {"kill": KILLS}, *map(fails, FAILURES)]
    return walk(finished.directory, smoke_recipe, tmp_path_factory.mktemp("calls"), tasks)


def test_a_checkpoint_of_another_model_is_refused_before_anything_is_loaded(walked: list[dict]) -> None:
    (line,) = [line for line in walked if "refused" in line]
    assert (
        "step-00000003 is of another model: model.embed_tokens.weight has shape (2048, 32) there and (2048, 64)"
        in line["refused"]
    )


def test_a_kill_inside_a_write_loses_nothing(walked: list[dict]) -> None:
    """Everything was compared with the undisturbed run after each kill, and at the end."""
    assert [(line["rank"], line["call"]) for line in walked if "call" in line] == KILLS
    assert {"finished": True} in walked


def test_a_failed_write_behind_the_training_is_told_and_the_recipe_decides(walked: list[dict]) -> None:
    for failure, line in zip(FAILURES, walked[-len(FAILURES) :], strict=True):
        assert_told(failure, line)


@pytest.mark.nightly
def test_kills_inside_every_call_and_more_failures(finished, smoke_recipe: Path, tmp_path: Path) -> None:
    tasks = [{"kill": None, "seed": 6}, *map(fails, MORE_FAILURES)]
    lines = walk(finished.directory, smoke_recipe, tmp_path, tasks)
    kinds = {line["call"].split()[0] for line in lines if "call" in line}
    assert kinds >= {"create", "write", "fsync", "rename", "mkdir", "delete"}
    assert {line["rank"] for line in lines if "call" in line} == {0, 1}
    for failure, line in zip(MORE_FAILURES, lines[-len(MORE_FAILURES) :], strict=True):
        assert_told(failure, line)
