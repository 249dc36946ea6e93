"""A run that has a checkpoint, and a recipe that differs in one field: every field of a recipe, one by one."""

import shutil
from pathlib import Path

import pytest

from soofi.ledger import RunDirectory
from soofi.pipeline import open_run
from soofi.recipe import RecipeError, load_recipe
from soofi.train import check_start
from tests.recipe_fields import Field, fields_of

CHANGES_A_DIRECTORY = {"name", "run_root"}
"""With another one it is another run."""


@pytest.fixture(scope="module")
def trained(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory):
    """A run with checkpoints, its recipe, and every field of it that can have another value."""
    root = tmp_path_factory.mktemp("another")
    shutil.copytree(finished.directory, root / "smoke")
    recipe = load_recipe(smoke_recipe, [f"run_root={root}"])
    fields = [field for field in fields_of(recipe) if field.other and field.path not in CHANGES_A_DIRECTORY]
    with open_run(recipe, print):  # as it stands now in this place
        pass
    return recipe, RunDirectory(root / "smoke"), fields


def of_mark(fields: list[Field], mark: str) -> list[Field]:
    found = [field for field in fields if field.mark == mark]
    assert len(found) > 5
    return found


def test_what_must_match_is_refused_by_name_and_nothing_is_written(trained) -> None:
    _, run, fields = trained
    before = run.recipe.read_bytes(), run.ledger.path.read_bytes()
    for field in of_mark(fields, "must_match"):
        with pytest.raises(RecipeError) as caught, open_run(field.other, print):
            pass
        assert str(caught.value).startswith(field.path), field.path
        assert (run.recipe.read_bytes(), run.ledger.path.read_bytes()) == before, field.path


@pytest.mark.parametrize("mark", ["free", "recorded"])
def test_what_may_differ_goes_on_and_stands_in_the_ledger_if_it_is_to_be_recorded(trained, mark: str) -> None:
    recipe, run, fields = trained
    for field in of_mark(fields, mark):
        with open_run(field.other, print) as context:
            start = check_start(field.other, context.run, 1, resume=True)
        assert start.checkpoint is not None, field.path
        assert start.is_finished, field.path
        changes = run.ledger.newest("recipe").facts["changes"]
        assert {change["field"].split("[0]")[0] for change in changes} == (
            {field.path.split("[0]")[0]} if mark == "recorded" else set()
        ), field.path
        for change in changes:
            assert change["before"] != change["after"], field.path
        with open_run(recipe, print):
            pass
