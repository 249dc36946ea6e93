"""Run directories of a newer soofi, and moved ones: refused in a sentence that says so, never called damaged."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import rfc8785

from soofi.ledger import Ledger, manifest_sha256, sha256_file, sha256_values


@pytest.fixture
def copy(finished, tmp_path: Path) -> Path:
    run = tmp_path / "runs" / "smoke"
    shutil.copytree(finished.directory, run)
    return run


def rewrite(path: Path, change: Callable[[dict], None]) -> None:
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def newer_manifest(run: Path, directory: str) -> None:
    rewrite(run / directory / "manifest.json", lambda values: values.update(format="soofi.manifest/2"))


def newer_trainer_state(run: Path) -> None:
    """As a newer soofi would have left it: the manifest and the ledger know the file."""
    checkpoint = run / "checkpoints" / "step-00000060"
    state = checkpoint / "trainer.json"
    rewrite(state, lambda values: values.update(format="soofi.trainer/2"))

    def describe(manifest: dict) -> None:
        for output in manifest["outputs"]:
            if output["path"] == "trainer.json":
                output.update(bytes=state.stat().st_size, sha256=sha256_file(state))

    rewrite(checkpoint / "manifest.json", describe)
    Ledger(run / "ledger.jsonl").append(
        "checkpoint",
        "checkpoints/step-00000060",
        {"manifest_sha256": manifest_sha256(checkpoint), "step": 60},
    )


def newer_ledger(run: Path) -> None:
    ledger = Ledger(run / "ledger.jsonl")
    last = ledger.entries()[-1]
    values = {
        "seq": last.seq + 1, "time": last.time, "kind": "finish", "subject": "run", "facts": {},
        "previous": last.sha256, "signature": "of a newer version",
    }  # fmt: skip
    values["sha256"] = sha256_values(values)
    with ledger.path.open("ab") as file:
        file.write(rfc8785.dumps(values) + b"\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda run: newer_manifest(run, "corpus"), ["corpus/manifest.json", "soofi.manifest/2"]),
        (lambda run: newer_manifest(run, "export"), ["export/manifest.json", "soofi.manifest/2"]),
        (lambda run: newer_manifest(run, "checkpoints/step-00000060"), ["step-00000060", "soofi.manifest/2"]),
        (newer_trainer_state, ["trainer.json", "soofi.trainer/2"]),
        (newer_ledger, ["ledger.jsonl", "signature"]),
    ],
    ids=["stage", "last stage", "checkpoint", "trainer state", "ledger"],
)
def test_a_newer_version_is_named_and_nothing_is_written_over(
    copy: Path, soofi, smoke_recipe: Path, change: Callable[[Path], None], words: list[str]
) -> None:
    change(copy)
    before = {
        path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file() and path.name[0] != "."
    }
    done = soofi("run", smoke_recipe, f"run_root={copy.parent}")
    assert done.returncode == 2, done.stderr
    sentence = done.stderr.strip().splitlines()[-1]
    assert all(word in sentence for word in [*words, "use the soofi that wrote it"]), sentence
    assert "damaged" not in done.stderr
    assert "Traceback" not in done.stderr
    for path, modified in before.items():
        if path.name not in ("ledger.jsonl", "recipe.yaml"):
            assert path.stat().st_mtime_ns == modified, path


def test_a_recipe_of_a_newer_version(soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "newer.yaml"
    recipe.write_text(f"format: soofi.recipe/2\nextends: {smoke_recipe}\ntelepathy: true\n")
    done = soofi("run", recipe, f"run_root={tmp_path}")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "soofi.recipe/2" in done.stderr
    assert "telepathy" not in done.stderr


def test_sources_that_have_moved_are_recorded(copy: Path, soofi, smoke_recipe: Path, tmp_path: Path) -> None:
    """Paths may change on a resume; the ledger says so, and what was made stays."""
    texts = tmp_path / "elsewhere"
    shutil.copytree(smoke_recipe.parents[1] / "tests" / "data" / "texts", texts)
    moved = f"corpus.sources.0.paths=[{texts}/*.jsonl]"
    done = soofi("run", smoke_recipe, f"run_root={copy.parent}", moved)
    assert done.returncode == 0, done.stderr
    (change,) = Ledger(copy / "ledger.jsonl").newest("recipe").facts["changes"]
    assert change["field"] == "corpus.sources[0].paths[0]"
    assert change["after"] == f"{texts}/*.jsonl"
    assert soofi("verify", copy).returncode == 0


@pytest.mark.parametrize("lost", ["recipe.yaml", "its entry"])
def test_a_crash_while_the_recipe_was_entered_is_mended(
    copy: Path, soofi, smoke_recipe: Path, lost: str
) -> None:
    """The recipe and the ledger's line about it are two writes; a crash can come between them."""
    if lost == "recipe.yaml":
        (copy / "recipe.yaml").unlink()
    else:
        (copy / "recipe.yaml").write_text((copy / "recipe.yaml").read_text() + "\n# written, not entered\n")
    assert soofi("verify", copy).returncode == 1
    done = soofi("run", smoke_recipe, f"run_root={copy.parent}")
    assert done.returncode == 0, done.stderr
    assert soofi("verify", copy).returncode == 0
