"""A finished model goes on in a run of its own, with its own tokenizer."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.runs import metrics

STEPS = 10


@pytest.fixture(scope="module")
def child(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe that begins from the finished run's export; its run directory has the corpus already."""
    folder = tmp_path_factory.mktemp("child")
    shutil.copytree(finished.directory / "export", folder / "parent")
    values = {
        "extends": str(smoke_recipe),
        "name": "child",
        "run_root": str(folder / "runs"),
        # Taken from the recipe's folder; what the recipe that is extended says of model and tokenizer counts no more.
        "model": {"initialise_from": "parent"},
        "tokenizer": {"from": "parent"},
        "stages": {0: {"tokens": STEPS * 1024}},
        "train": {
            "schedule": {"warmup_tokens": 2048, "decay_tokens": 2048},
            "validation": {"every_steps": STEPS},
            "checkpoints": {"every_steps": STEPS},
        },
    }
    recipe = folder / "child.yaml"
    recipe.write_text(yaml.safe_dump(values))
    for name in ("child", "child-zero3"):
        shutil.copytree(finished.directory / "corpus", folder / "runs" / name / "corpus")
    return recipe


@pytest.fixture(scope="module")
def continued(child: Path, soofi) -> Path:
    """The run directory of the child, gone the whole way."""
    done = soofi("run", child)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "held-out text before the first step" in done.stdout + done.stderr
    return child.parent / "runs" / "child"


def held_out_before(run: Path) -> dict[str, float]:
    return metrics(run)[0]["bits_per_byte_before"]


def test_it_begins_where_the_parent_ended(finished, continued: Path) -> None:
    ended = metrics(finished.directory)[-1]["bits_per_byte"]
    assert held_out_before(continued) == pytest.approx(ended, rel=1e-3)
    assert len(metrics(continued)) == STEPS


@pytest.mark.nightly  # tests/train/test_first_weights.py holds every weight of it
def test_so_it_does_under_zero_3(finished, child: Path, continued: Path, soofi) -> None:
    run = continued.with_name("child-zero3")
    for part in ("tokenizer", "tokens"):
        shutil.copytree(continued / part, run / part)
    done = soofi("train", child, "name=child-zero3", "train.zero_stage=3", "train.ranks=2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert held_out_before(run) == pytest.approx(held_out_before(continued), rel=1e-3)
    assert metrics(run)[-1]["loss"] == pytest.approx(metrics(continued)[-1]["loss"], rel=5e-3)


def test_the_same_text_becomes_the_same_tokens(finished, continued: Path) -> None:
    """The export has the tokenizer as `tokenizer.json`; the parent encoded with SentencePiece."""
    for path in sorted((finished.directory / "tokens").rglob("*.bin")):
        assert (
            path.read_bytes()
            == (continued / "tokens" / path.relative_to(finished.directory / "tokens")).read_bytes()
        )


def test_its_export_is_the_parents_model_trained_on(finished, continued: Path, soofi) -> None:
    before, after = (
        json.loads((run / "export" / "config.json").read_text()) for run in (finished.directory, continued)
    )
    assert before == after
    for name in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json"):
        assert (finished.directory / "export" / name).read_bytes() == (
            continued / "export" / name
        ).read_bytes()
    assert "the weights of parent (SHA-256 " in (continued / "export" / "README.md").read_text()
    done = soofi("generate", continued, "--prompt", "Das Haus", "--new-tokens", 8)
    assert done.stdout.startswith("Das Haus"), done.stderr


def test_a_second_run_does_nothing_and_a_moved_parent_is_the_same(
    child: Path, continued: Path, soofi
) -> None:
    again = soofi("run", child)
    assert again.stdout.count("unchanged, skipped") == 7, again.stdout + again.stderr
    parent = child.parent / "parent"
    moved = shutil.copytree(parent, child.parent / "moved")
    done = soofi("run", child, f"model.initialise_from={moved}", f"tokenizer.from={moved}")
    assert done.stdout.count("unchanged, skipped") == 7, done.stdout + done.stderr


def spoil_weights(parent: Path) -> None:
    file = parent / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_other_weights_are_refused_on_resume(child: Path, continued: Path, soofi, tmp_path: Path) -> None:
    other = shutil.copytree(child.parent / "parent", tmp_path / "other")
    spoil_weights(other)
    done = soofi("train", child, "--resume", f"model.initialise_from={other}", f"tokenizer.from={other}")
    assert done.returncode == 2
    assert "began from other weights than model.initialise_from names now" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def widen(parent: Path) -> None:
    path = parent / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"intermediate_size": 168}))


def damage_tokenizer(parent: Path) -> None:
    (parent / "tokenizer.json").write_text("{")


def leave(parent: Path) -> None:
    """Nothing is wrong with the directory."""


@pytest.mark.parametrize(
    ("spoil", "overrides", "sentence"),
    [
        (leave, ["model.initialise_from=nowhere"], "nowhere/config.json: give a Hugging Face directory"),
        (widen, [], "has shape (160, 64), the model needs (168, 64)"),
        (leave, ["tokenizer.padding=<eod>"], "names no pad_token other than '<eod>'"),
        (damage_tokenizer, [], "parent/tokenizer.json is damaged"),
    ],
)
def test_what_cannot_be_continued_is_one_sentence_before_anything_is_made(
    child: Path, soofi, tmp_path: Path, spoil: Callable[[Path], None], overrides: list[str], sentence: str
) -> None:
    parent = shutil.copytree(child.parent / "parent", tmp_path / "parent")
    spoil(parent)
    places = [f"model.initialise_from={parent}", f"tokenizer.from={parent}", f"run_root={tmp_path / 'runs'}"]
    done = soofi("run", child, *places, *overrides, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "runs" / "child" / "corpus").exists()
