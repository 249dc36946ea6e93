"""Every file in recipes/ can be carried out, or laid under one that can."""

from pathlib import Path

import pytest

from soofi.recipe import RecipeError, compose, load_recipe, parse_part

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
WHOLE = sorted([*RECIPES.glob("*.yaml"), RECIPES / "corpus" / "web-sample.yaml"])
PARTS = sorted({*RECIPES.glob("*/*.yaml")} - {*WHOLE})


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_a_recipe_is_in_order_and_called_like_its_file(path: Path) -> None:
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    assert recipe.description


@pytest.mark.parametrize("path", PARTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_part_is_in_order(path: Path) -> None:
    sections = parse_part(compose(path))
    assert {"models": "model", "clusters": "cluster", "corpus": "corpus"}[path.parent.name] in sections
    assert "name" not in sections


def test_there_are_the_runs_for_the_real_thing() -> None:
    names = {path.stem for path in WHOLE}
    assert {"1.3b-h200", "8b-dgx-b200", "100b-dgx-b200", "106b-a12b-dgx-b200"} <= names
    large = load_recipe(RECIPES / "100b-dgx-b200.yaml")
    assert large.cluster is not None
    assert (large.cluster.nodes, large.cluster.gpus, large.planned_ranks) == (128, 1024, 1024)
    assert large.tokenizer.vocabulary_size == 131_072
    assert large.tokenizer.reserved_tokens > 0
    assert len(large.languages) == 24


def test_a_part_is_checked_like_a_recipe(tmp_path: Path) -> None:
    part = tmp_path / "part.yaml"
    part.write_text("model: {hidden_sze: 8}\n")
    with pytest.raises(RecipeError, match="unknown key 'model.hidden_sze': did you mean 'hidden_size'?"):
        parse_part(compose(part), str(part))
    part.write_text("cluter: {}\n")
    with pytest.raises(RecipeError, match="unknown key 'cluter'"):
        parse_part(compose(part), str(part))


def test_check_says_that_a_part_is_a_part(soofi) -> None:
    done = soofi("recipe", "check", RECIPES / "models" / "8b.yaml")
    assert done.returncode == 0
    assert "a part for `extends`, without a name: model" in done.stdout


def test_ranks_of_a_machine_and_its_gpus_agree() -> None:
    with pytest.raises(RecipeError, match=r"train.ranks \(4\) and cluster.gpus_per_node \(8\) differ"):
        load_recipe(RECIPES / "8b-dgx-b200.yaml", ["train.ranks=4"])
