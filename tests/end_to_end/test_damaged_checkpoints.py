"""Resuming where a checkpoint is damaged: passed over by name, or refused where it was asked for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soofi.checkpoint import latest_checkpoint
from soofi.checkpoint.weights import read_weights
from soofi.ledger import RunDirectory, manifest_sha256
from soofi.recipe import load_resolved
from soofi.train import check_start
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


@pytest.mark.nightly
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


NEWEST = "step-00000060"


@pytest.fixture(scope="module")
def damaged(finished, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run whose newest checkpoint is damaged again and again; who does it puts it right."""
    run = tmp_path_factory.mktemp("damaged") / "smoke"
    shutil.copytree(finished.directory, run)
    return RunDirectory(run)


def start_from_newest(run: RunDirectory) -> None:
    """What each rank, and the command before it, asks before anything is loaded."""
    check_start(load_resolved(run.recipe), run, 2, resume=True, chosen=NEWEST)


@settings(max_examples=40, deadline=None)
@given(
    file=st.sampled_from(
        [
            "manifest.json",
            "trainer.json",
            "fragments.json",
            "rank-00000.safetensors",
            "rank-00001.safetensors",
        ]
    ),
    place=st.floats(0, 1, exclude_max=True),
    change=st.integers(1, 255),
)
@example(file="manifest.json", place=0.99, change=1)  # versions of libraries, on which no other digest hangs
@example(file="rank-00001.safetensors", place=0.0, change=128)
def test_a_flipped_byte_anywhere_is_found_and_named(
    damaged: RunDirectory, file: str, place: float, change: int
) -> None:
    path = damaged.checkpoints / NEWEST / file
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[int(place * len(whole))] ^= change
    path.write_bytes(flipped)
    try:
        with pytest.raises(ValueError, match=file) as refusal:
            start_from_newest(damaged)
    finally:
        path.write_bytes(whole)
    assert "\n" not in str(refusal.value)


def test_the_whole_one_is_not_refused(damaged: RunDirectory) -> None:
    """Else any damage would seem to be found."""
    start_from_newest(damaged)


def change_manifest(checkpoint: Path, change: Callable[[dict], None]) -> None:
    """A manifest that says something else, and a ledger that agrees with it: made so, not damaged."""
    path = checkpoint / "manifest.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    RunDirectory(checkpoint.parents[1]).ledger.append(
        "checkpoint", f"checkpoints/{NEWEST}", {"manifest_sha256": manifest_sha256(checkpoint)}
    )


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


WRONG = {
    "missing": (lambda c: (c / "rank-00001.safetensors").unlink(), "rank-00001.safetensors is missing"),
    "truncated": (
        lambda c: cut(c / "rank-00001.safetensors"),
        "rank-00001.safetensors is not as it was written",
    ),
    "empty": (lambda c: (c / "trainer.json").write_bytes(b""), "trainer.json is not as it was written"),
    "no manifest": (lambda c: (c / "manifest.json").unlink(), "has no manifest.json"),
    "newer": (
        lambda c: change_manifest(c, lambda m: m.update(format="soofi.manifest/2")),
        "soofi.manifest/2; this soofi reads soofi.manifest/1: use the soofi that wrote it",
    ),
    "outside": (
        lambda c: change_manifest(c, lambda m: m["outputs"][0].update(path="../../recipe.yaml")),
        "names ../../recipe.yaml, which is not in its directory",
    ),
    "another model": (
        lambda c: change_manifest(c, lambda m: m.update(recipe_sha256="0" * 64)),
        "belongs to another recipe",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_gone_on_from_is_refused_in_one_sentence(copy: Path, wrong: str) -> None:
    change, sentence = WRONG[wrong]
    change(copy / "checkpoints" / NEWEST)
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    with pytest.raises(ValueError, match=sentence) as refusal:
        start_from_newest(RunDirectory(copy))
    assert NEWEST in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before
