"""Resuming where a checkpoint is damaged: passed over by name, or refused where it was asked for."""

import shutil
from pathlib import Path

import pytest
import torch

from soofi.ledger import RunDirectory
from soofi.train import latest_checkpoint
from soofi.train.checkpoint import read_weights
from tests.runs import metrics


@pytest.fixture
def copy(finished, tmp_path: Path) -> Path:
    run = tmp_path / "runs" / "smoke"
    shutil.copytree(finished.directory, run)
    return run


def flip_a_byte(checkpoint: Path) -> Path:
    victim = sorted(checkpoint.glob("rank-*.safetensors"))[0]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    return victim


def test_a_damaged_newest_one_is_named_and_the_one_before_is_used(
    finished, copy: Path, smoke_recipe: Path, soofi
) -> None:
    victim = flip_a_byte(copy / "checkpoints" / "step-00000060")
    done = soofi("train", smoke_recipe, f"run_root={copy.parent}", "--resume")
    assert done.returncode == 0, done.stderr
    assert f"{victim.name} is not as it was written" in done.stderr
    assert "going on from step-00000030" in done.stderr
    one, two = (read_weights(latest_checkpoint(RunDirectory(run))) for run in (finished.directory, copy))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert (copy / "checkpoints" / "aside-step-00000060").is_dir()
    assert soofi("verify", copy).returncode == 0


def test_a_damaged_one_that_was_asked_for_is_refused(copy: Path, smoke_recipe: Path, soofi) -> None:
    victim = flip_a_byte(copy / "checkpoints" / "step-00000060")
    before = sorted(str(path) for path in copy.rglob("*"))
    for override, words in (
        ("step-00000060", [victim.name, "--from"]),
        ("step-00000099", ["step-00000099", "step-00000030, step-00000060"]),
    ):
        done = soofi("train", smoke_recipe, f"run_root={copy.parent}", "--from", override)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert all(word in done.stderr for word in words), done.stderr
    assert sorted(str(path) for path in copy.rglob("*")) == before


def test_where_none_is_whole_nothing_is_trained(copy: Path, smoke_recipe: Path, soofi) -> None:
    for checkpoint in (copy / "checkpoints").glob("step-*"):
        flip_a_byte(checkpoint)
    done = soofi("run", smoke_recipe, f"run_root={copy.parent}")
    assert done.returncode == 2
    assert "no checkpoint is left" in done.stderr


def test_a_chosen_earlier_one_gives_the_same_end(finished, copy: Path, smoke_recipe: Path, soofi) -> None:
    done = soofi("train", smoke_recipe, f"run_root={copy.parent}", "--from", "step-00000030")
    assert done.returncode == 0, done.stderr
    one, two = (read_weights(latest_checkpoint(RunDirectory(run))) for run in (finished.directory, copy))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_another_layout_goes_on(finished, copy: Path, smoke_recipe: Path, soofi) -> None:
    """From the middle on one rank under ZeRO-3: the same samples, the ledger knows, and the end is as good."""
    done = soofi(
        "train", smoke_recipe, f"run_root={copy.parent}", "--from", "step-00000030", "train.ranks=1",
        "train.zero_stage=3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for one, two in zip(metrics(finished.directory), metrics(copy), strict=True):
        assert (one["step"], one["tokens_seen"], one["valid_tokens"]) == (
            two["step"], two["tokens_seen"], two["valid_tokens"],
        )  # fmt: skip
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-2)  # bf16
    assert '"train.zero_stage"' in (copy / "ledger.jsonl").read_text()
    assert soofi("verify", copy).returncode == 0


def test_a_moved_source_is_recorded_and_the_run_still_verifies(
    copy: Path, smoke_recipe: Path, soofi, tmp_path: Path
) -> None:
    texts = tmp_path / "moved"
    shutil.copytree(smoke_recipe.parents[1] / "tests" / "data" / "texts", texts)
    done = soofi("run", smoke_recipe, f"run_root={copy.parent}", f"corpus.sources.0.paths=[{texts}/*.jsonl]")
    assert done.returncode == 0, done.stderr
    assert '"corpus.sources[0].paths' in (copy / "ledger.jsonl").read_text()
    assert soofi("verify", copy).returncode == 0
