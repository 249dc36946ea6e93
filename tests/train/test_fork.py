"""Where a child run may begin, what it takes over, and what is refused."""

import json
import shutil
from pathlib import Path

import pytest

from soofi.ledger import verify_run
from soofi.pipeline import open_run
from soofi.recipe import Recipe, RecipeError, load_recipe
from soofi.tokens import Sampler, StageTable
from soofi.train import check_start, read_fork

DECAY = (
    "stages=[{name: decay, tokens: 10240, sequence_length: 128, batch_samples: 8, mixture: {exponent: 0.4}}]"
)


@pytest.fixture
def runs(finished, tmp_path: Path) -> Path:
    """A folder of runs with a parent in it, `smoke`, of which the checkpoints can be changed."""
    root = tmp_path / "runs"
    root.mkdir()
    shutil.copytree(finished.directory, root / "smoke")
    return root


@pytest.fixture
def child(runs: Path, smoke_recipe: Path):
    def load(*more: str, name: str = "child", parent: str = "smoke@30") -> Recipe:
        overrides = [f"run_root={runs}", f"name={name}", f"parent={parent}", DECAY]
        return load_recipe(smoke_recipe, [*overrides, "train.schedule.decay_tokens=10240", *more])

    return load


def begin(recipe: Recipe):
    with open_run(recipe, print) as context:
        return check_start(recipe, context.run, 2, resume=True), context.run


def test_a_child_begins_at_its_parents_checkpoint(child, runs: Path) -> None:
    start, run = begin(child())
    assert start.checkpoint == runs / "smoke" / "checkpoints" / "step-00000030"
    assert (start.steps_taken, start.table.steps, start.table.tokens) == (30, 40, 40960)
    verify_run(run)
    assert (run.path / "tokens").is_symlink()
    before = run.ledger.path.read_bytes()
    begin(child())
    assert run.ledger.path.read_bytes() == before, "begun once"


def test_the_example_of_the_page_is_a_child(runs: Path, smoke_recipe: Path, tmp_path: Path) -> None:
    page = (smoke_recipe.parents[1] / "docs" / "resuming.md").read_text()
    example = page.split("```yaml\n# recipes/decay.yaml")[1].split("```")[0].partition("\n")[2]
    recipe = tmp_path / "decay.yaml"
    recipe.write_text(example.replace("extends: ", f"extends: {smoke_recipe.parent}/"))
    start, _ = begin(load_recipe(recipe, [f"run_root={runs}"]))
    assert (start.steps_taken, start.table.steps) == (30, 40)


def test_its_samples_are_those_that_the_parent_would_have_had(child, runs: Path) -> None:
    table = begin(child())[0].table
    parent = StageTable.from_values(json.loads((runs / "smoke" / "stage_table.json").read_text()))
    samples = range(table.samples_of_step(0).start, table.samples_of_step(table.steps - 1).stop)
    of_child, of_parent = Sampler(table), Sampler(parent)
    assert [of_child.locate(i) for i in samples] == [of_parent.locate(i) for i in samples]


def test_the_parent_is_named_by_its_path_too(child, runs: Path, tmp_path: Path, smoke_recipe: Path) -> None:
    (tmp_path / "recipes").mkdir()
    recipe = tmp_path / "recipes" / "child.yaml"
    recipe.write_text(
        f"extends: {smoke_recipe}\nname: far\nparent: ../runs/smoke@30\n{DECAY.replace('=', ': ')}\n"
    )
    loaded = load_recipe(recipe, [f"run_root={tmp_path / 'elsewhere'}", "train.schedule.decay_tokens=10240"])
    assert loaded.parent == f"{runs / 'smoke'}@30"
    start, run = begin(loaded)
    assert start.steps_taken == 30
    assert run.path == tmp_path / "elsewhere" / "far"
    verify_run(run)


def test_a_parent_that_is_taken_out_before_the_first_checkpoint_leaves_nothing(child) -> None:
    _, run = begin(child())
    with open_run(
        child("train.schedule.decay_tokens=1024", "train.schedule.warmup_tokens=0", parent="null"), print
    ):
        pass
    assert read_fork(run) is None
    assert not run.tokens.exists()
    verify_run(run)


def test_another_parent_before_the_first_checkpoint_is_taken(child) -> None:
    begin(child())
    start, run = begin(child(parent="smoke@60"))
    assert (start.steps_taken, read_fork(run).step) == (60, 60)
    verify_run(run)


def test_what_may_differ_is_recorded(child) -> None:
    _, run = begin(child("train.optimizer.learning_rate=0.001", "train.zero_stage=1", "train.precision=fp32"))
    fields = {change["field"] for change in run.ledger.newest("fork").facts["changes"]}
    assert fields >= {
        "train.optimizer.learning_rate",
        "train.zero_stage",
        "train.precision",
        "stages[0].name",
    }
    assert not fields & {"name", "parent"}


def test_a_grandchild_begins_at_its_own_parents_checkpoint(child, runs: Path) -> None:
    """The table is that of three runs; the data that of the first, whatever becomes of the run between."""
    start, run = begin(child())
    # What the child's training leaves: its table, and a checkpoint after step 35.
    run.stage_table.write_text(json.dumps(start.table.to_values()))
    checkpoint = run.checkpoints / "step-00000035"
    shutil.copytree(start.checkpoint, checkpoint)
    state = json.loads((checkpoint / "trainer.json").read_text())
    state |= {"step": 35, "stage_table_sha256": start.table.sha256}
    (checkpoint / "trainer.json").write_text(json.dumps(state))
    with pytest.raises(ValueError, match="trainer.json is not as it was written"):
        begin(child(name="grandchild", parent="child@35"))
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    manifest["outputs"] = [out for out in manifest["outputs"] if out["path"] != "trainer.json"]
    (checkpoint / "manifest.json").write_text(json.dumps(manifest))
    start, run = begin(child(name="grandchild", parent="child@35"))
    assert [(row.first_step, row.steps) for row in start.table.rows] == [(0, 30), (30, 5), (35, 10)]
    assert run.tokens.resolve() == runs / "smoke" / "tokens"
    verify_run(run)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["parent=nobody@30"], "there is no run .*nobody to be the parent"),
        (["parent=smoke@31"], "has no checkpoint after step 31 to begin at; there: 30, 60"),
        (["name=alone", "parent=alone@30"], "cannot be its own parent"),
        (["model.hidden_size=128"], "model.hidden_size is 64 in .* and 128 in the recipe: a child run has"),
        (["tokenizer.vocabulary_size=1024"], "tokenizer.vocabulary_size is 2048 in"),
        (["corpus.quality.minimum_characters=5"], "corpus.quality.minimum_characters is 100 in"),
        (["seed=2"], "seed is 1 in"),
        (
            ["tokens.packed_lengths=[64]"],
            r"tokens\.packed_lengths is \[\] in .*: a child run has the model and the data of its parent",
        ),
        (["train.schedule.decay_tokens=50000"], "are longer than the run with its parent's part"),
    ],
)
def test_what_is_no_parent_is_refused(child, runs: Path, overrides: list[str], sentence: str) -> None:
    recipe = child(*overrides)
    with pytest.raises((ValueError, FileNotFoundError), match=sentence) as caught:
        begin(recipe)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("parent", ["smoke", "@30", "smoke@", "smoke@0", "smoke@-1", "smoke@last", "smoke@²"])
def test_what_names_no_step_is_refused(child, parent: str) -> None:
    with pytest.raises(RecipeError, match="is no RUN@STEP"):
        child(parent=f'"{parent}"')


def test_a_damaged_checkpoint_of_the_parent_is_refused(child, runs: Path) -> None:
    victim = runs / "smoke" / "checkpoints" / "step-00000030" / "rank-00001.safetensors"
    content = bytearray(victim.read_bytes())
    content[-1] ^= 1
    victim.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged .*: choose another step in parent"):
        begin(child())


def test_a_parent_whose_shards_are_not_those_of_its_ledger_is_refused(child, runs: Path) -> None:
    manifest = runs / "smoke" / "tokens" / "manifest.json"
    manifest.write_text(manifest.read_text() + " ")
    with pytest.raises(ValueError, match="is not as the parent's ledger says"):
        begin(child())


def test_a_parent_whose_table_is_another_is_refused(child, runs: Path) -> None:
    (runs / "smoke" / "stage_table.json").write_text("{}")
    with pytest.raises(ValueError, match="is not the table that"):
        begin(child())


def test_a_run_with_data_of_its_own_becomes_no_child(child, runs: Path, finished) -> None:
    shutil.copytree(finished.directory / "tokens", runs / "child" / "tokens")
    with pytest.raises(ValueError, match="is the run's own, and a child run has that of its parent"):
        begin(child())
