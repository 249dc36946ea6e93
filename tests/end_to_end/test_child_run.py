"""A run that begins at a checkpoint of another one: the whole way, on its parent's data."""

import json
import shutil
from pathlib import Path

import pytest

from soofi.ledger import RunDirectory
from tests.runs import assert_same_weights, metrics

SAME = 10
"""Steps of the child that are also its parent's: the same mixture, batch and learning rates."""


def child_recipe(parent_recipe: Path) -> str:
    return f"""
extends: {parent_recipe}
name: decay
parent: smoke@30
stages:
  - {{name: main, tokens: {SAME * 1024}, sequence_length: 128, batch_samples: 8, mixture: {{exponent: 0.4}}}}
  - {{name: decay, tokens: 20480, sequence_length: 128, batch_samples: 16, mixture: {{exponent: 1.0}}}}
train:
  checkpoints: {{every_steps: 10, keep_last: 3}}
"""


def contents(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def family(finished, smoke_recipe: Path, soofi, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: a parent, and a child that began at its checkpoint and went the whole way."""
    root = tmp_path_factory.mktemp("family")
    shutil.copytree(finished.directory, root / "runs" / "smoke")
    (root / "decay.yaml").write_text(child_recipe(smoke_recipe))
    before = contents(root / "runs" / "smoke")
    done = soofi("run", root / "decay.yaml", "run_root=runs", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 steps of 50" in done.stdout + done.stderr
    assert contents(root / "runs" / "smoke") == before, "the parent was written to"
    return root


def test_its_first_steps_are_the_parents_own(family: Path) -> None:
    child, parent = metrics(family / "runs" / "decay"), metrics(family / "runs" / "smoke")
    assert [line["step"] for line in child] == list(range(30, 50))
    held_out = {"bits_per_byte"}  # measured at its own steps
    without = [{key: line[key] for key in line.keys() - held_out} for line in child[:SAME]]
    assert without == [{k: line[k] for k in line.keys() - held_out} for line in parent[30 : 30 + SAME]]
    assert child[SAME]["loss_by_language"] != parent[30 + SAME]["loss_by_language"]
    assert [line["tokens_seen"] for line in child[SAME:]] == [40960 + 2048 * n for n in range(1, 11)]
    assert child[-1]["learning_rate"] < 0.05 * child[0]["learning_rate"]


def test_it_has_checkpoints_an_export_and_a_ledger_of_its_own(family: Path, soofi) -> None:
    run = family / "runs" / "decay"
    assert sorted(path.name for path in run.glob("checkpoints/step-*")) == [
        "step-00000040",
        "step-00000050",
    ]
    assert (run / "export" / "model.safetensors").read_bytes() != (
        family / "runs" / "smoke" / "export" / "model.safetensors"
    ).read_bytes()
    assert "smoke after step 30" in (run / "export" / "README.md").read_text()
    kinds = [json.loads(line)["kind"] for line in (run / "ledger.jsonl").read_text().splitlines()]
    assert kinds.count("fork") == kinds.count("start") == kinds.count("finish") == 1
    entry = RunDirectory(run).ledger.newest("fork")
    assert (entry.facts["parent"], entry.facts["step"]) == ("smoke", 30)
    assert {change["field"] for change in entry.facts["changes"]} == {"stages"}
    done = soofi("verify", run)
    assert done.returncode == 0, done.stderr


def test_a_second_time_nothing_is_done(family: Path, soofi) -> None:
    done = soofi("run", family / "decay.yaml", "run_root=runs", cwd=family)
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count("unchanged, skipped") == 7


def test_another_parent_is_refused_once_it_has_begun(family: Path, soofi) -> None:
    short = ["train.schedule.warmup_tokens=0", "train.schedule.decay_tokens=1024"]
    for other in (["parent=smoke@60"], ["parent=null", *short]):
        done = soofi("train", family / "decay.yaml", "run_root=runs", *other, "--resume", cwd=family)
        assert done.returncode == 2
        assert "parent was 'smoke@30' when the run began" in done.stderr


def test_a_folder_of_runs_can_move_and_the_parents_checkpoints_may_go(
    family: Path, soofi, tmp_path: Path
) -> None:
    """Once it has begun, a child needs its parent's data only: killed before its end, it goes on with its own."""
    shutil.copytree(family / "runs", tmp_path / "moved", symlinks=True)
    shutil.rmtree(tmp_path / "moved" / "smoke" / "checkpoints")
    run = tmp_path / "moved" / "decay"
    shutil.rmtree(run / "checkpoints" / "step-00000050")
    (run / "checkpoints" / "latest").write_text("step-00000040\n")
    done = soofi("train", family / "decay.yaml", "--resume", f"run_root={tmp_path / 'moved'}")
    assert done.returncode == 0, done.stderr
    assert metrics(run) == metrics(family / "runs" / "decay")
    assert_same_weights(run, family / "runs" / "decay")
    assert soofi("verify", run).returncode == 0


def test_verify_notices_a_change_of_the_parents_shards(family: Path, soofi, tmp_path: Path) -> None:
    shutil.copytree(family / "runs", tmp_path / "runs", symlinks=True)
    victim = next((tmp_path / "runs" / "smoke" / "tokens" / "train").rglob("*.bin"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    done = soofi("verify", tmp_path / "runs" / "decay")
    assert done.returncode == 1
    assert victim.name in done.stderr
    done = soofi("tokens", family / "decay.yaml", f"run_root={tmp_path / 'runs'}")
    assert done.returncode == 2
    assert "is its parent's, and damaged there" in done.stderr
