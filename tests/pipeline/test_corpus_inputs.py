"""What the corpus is made from: sources, and the files beside them that stages read."""

from pathlib import Path

import pytest

from soofi.ledger import DigestCache, RunDirectory
from soofi.pipeline.graph import STAGES
from soofi.pipeline.stage import Context
from soofi.recipe import load_recipe


def inputs_of(smoke_recipe: Path, directory: Path, *overrides: str) -> dict[str, str]:
    """Inputs of the corpus of a run in `directory`."""
    run = RunDirectory(directory)
    run.path.mkdir(exist_ok=True)
    recipe = load_recipe(smoke_recipe, overrides)
    return STAGES["corpus"].inputs(Context(recipe, run, DigestCache(run.digest_cache), print))


def test_robots_files_and_block_lists_are_inputs(smoke_recipe: Path, tmp_path: Path) -> None:
    robots = tmp_path / "robots" / "2026-01-31" / "example.eu" / "robots.txt"
    robots.parent.mkdir(parents=True)
    robots.write_text("User-agent: *\nAllow: /\n")
    blocked = tmp_path / "blocked.txt"
    blocked.write_text("bad.eu\n")
    overrides = [f"corpus.consent={{snapshots: [{tmp_path}/robots], block_lists: [{blocked}]}}"]

    def inputs() -> dict[str, str]:
        return inputs_of(smoke_recipe, tmp_path / "run", *overrides)

    before = inputs()
    names = {"consent/snapshots/0/2026-01-31/example.eu/robots.txt", "consent/block_lists/0"}
    assert names <= before.keys()
    robots.write_text("User-agent: *\nDisallow: /\n")
    changed = {name for name, digest in inputs().items() if digest != before[name]}
    assert changed == {"consent/snapshots/0/2026-01-31/example.eu/robots.txt"}
    robots.unlink()
    with pytest.raises(FileNotFoundError, match="holds no snapshot"):
        inputs()


def test_receipts_of_two_runs_that_are_called_alike_are_two_inputs(
    smoke_recipe: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / name / "00001.json" for name in ("a", "b")]
    for number, path in enumerate(paths):
        path.parent.mkdir()
        path.write_text(f'{{"documents": ["{number:064x}"]}}')
    first, second = paths

    def inputs(*named: Path) -> dict[str, str]:
        return inputs_of(smoke_recipe, tmp_path / "run", f"corpus.erased=[{', '.join(map(str, named))}]")

    assert inputs(first, second) != inputs(second)
    assert inputs(first, second) == inputs(second, first)
    with pytest.raises(FileNotFoundError, match=r"there is no .*00002\.json, which corpus\.erased names"):
        inputs(first.with_name("00002.json"))
    with pytest.raises(ValueError, match=r"is no receipt of an erasure: correct corpus\.erased"):
        inputs(tmp_path)


def test_a_missing_evaluation_set_is_called_what_it_is(smoke_recipe: Path, tmp_path: Path) -> None:
    sets = "corpus.decontaminate={sets: [{name: exams, paths: [nowhere.jsonl]}]}"
    sentence = (
        r"^evaluation set 'exams': no file matches .*nowhere\.jsonl: correct corpus\.decontaminate\.sets or"
    )
    with pytest.raises(FileNotFoundError, match=sentence):
        inputs_of(smoke_recipe, tmp_path / "run", sets)


def test_what_soofi_did_not_make_is_not_replaced(smoke_recipe: Path, tmp_path: Path, soofi) -> None:
    precious = tmp_path / "mine" / "corpus" / "raw.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("precious")
    refused = soofi("corpus", smoke_recipe, f"run_root={tmp_path}", "name=mine")
    assert refused.returncode == 2 and "is not of soofi's making" in refused.stderr
    assert precious.read_text() == "precious"
