"""What a resume may change, and what governs a stage's result."""

from copy import deepcopy

import pytest

from soofi.ledger import sha256_values
from soofi.recipe import RecipeError, changes, check_resume, governing, load_recipe, parse_recipe
from soofi.recipe.plain_yaml import write_yaml


def with_values(tree, **values):
    """A copy of `tree` as a recipe, with values set by path (`a__b__0__c`)."""
    tree = deepcopy(tree)
    for path, value in values.items():
        *folders, last = [int(part) if part.isdigit() else part for part in path.split("__")]
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {}) if isinstance(place, dict) else place[folder]
        place[last] = value
    return parse_recipe(tree)


def test_an_equal_recipe_changes_nothing(tree):
    assert changes(parse_recipe(tree), parse_recipe(deepcopy(tree))) == []
    assert check_resume(parse_recipe(tree), parse_recipe(deepcopy(tree))) == []


@pytest.mark.parametrize(
    ("path", "field", "before", "after"),
    [
        ("seed", "seed", "1", "7"),
        ("model__hidden_size", "model.hidden_size", "64", "128"),
        ("stages__1__tokens", "stages[1].tokens", "8192", "16384"),
        ("train__optimizer__learning_rate", "train.optimizer.learning_rate", "0.01", "0.02"),
        ("stages__0__mixture__exponent", "stages[0].mixture.exponent", "0.3", "0.5"),
        ("corpus__sources__1__licence", "corpus.sources[1].licence", "None", "'CC0-1.0'"),
        ("train__precision", "train.precision", "'bf16'", "'fp32'"),
        ("languages", "languages[0]", "'de'", "'fr'"),
    ],
)
def test_a_field_that_must_match_is_refused_with_both_values(tree, path, field, before, after):
    value = {"'fr'": ["fr", "mt"], "'CC0-1.0'": "CC0-1.0", "'fp32'": "fp32"}.get(after)
    value = value if value is not None else float(after) if "." in after else int(after)
    with pytest.raises(RecipeError) as caught:
        check_resume(parse_recipe(tree), with_values(tree, **{path: value}))
    message = str(caught.value)
    assert message.startswith(f"{field} was {before} when the run began and is {after} now")
    assert "\n" not in message


def test_a_list_of_another_length_is_refused_in_one_line(tree):
    longer = deepcopy(tree)
    longer["stages"].append({"name": "end", "tokens": 1024, "sequence_length": 64, "batch_samples": 8})
    with pytest.raises(RecipeError, match="^stages was ") as caught:
        check_resume(parse_recipe(tree), parse_recipe(longer))
    assert "\n" not in str(caught.value)


def test_recorded_fields_are_returned_and_free_ones_ignored(tree):
    after = with_values(
        tree,
        train__zero_stage=3,
        train__ranks=2,
        train__checkpoints__every_steps=7,
        corpus__workers=9,
        description="again",
        generate__prompts={"de": "Der"},
    )
    recorded = check_resume(parse_recipe(tree), after)
    assert {(change.field, change.before, change.after) for change in recorded} == {
        ("train.zero_stage", 2, 3),
        ("train.ranks", None, 2),
    }
    marks = {change.field: change.on_resume for change in changes(parse_recipe(tree), after)}
    assert marks["train.checkpoints.every_steps"] == "free"
    assert marks["corpus.workers"] == "free"
    assert marks["description"] == "free"
    assert marks["generate.prompts"] == "free"


def test_one_change_that_must_match_is_refused_among_others(tree):
    with pytest.raises(RecipeError, match="^model.rope_theta "):
        check_resume(parse_recipe(tree), with_values(tree, train__ranks=2, seed=1, model__rope_theta=5.0))


def test_the_comparison_can_be_limited_to_sections(tree):
    after = with_values(tree, corpus__quality__minimum_characters=5, train__ranks=2, stages__0__tokens=1024)
    assert [change.field for change in check_resume(parse_recipe(tree), after, ("model", "train"))] == [
        "train.ranks"
    ]
    with pytest.raises(RecipeError, match=r"^stages\[0\].tokens"):
        check_resume(parse_recipe(tree), after, ("model", "stages"))


def test_a_recipe_that_moved_can_resume_and_the_move_is_recorded(tree, write):
    one, other = (load_recipe(write(f"{place}/small.yaml", write_yaml(tree))) for place in ("here", "there"))
    recorded = check_resume(one, other)
    assert {change.field for change in recorded} == {
        "corpus.sources[0].paths[0]",
        "corpus.sources[1].paths[0]",
    }


def test_what_governs_is_plain_and_has_no_paths_and_nothing_free(tree):
    values = governing(parse_recipe(tree))
    sha256_values(values)  # canonical JSON can be made of it
    assert "paths" not in values["corpus"]["sources"][0]
    assert values["corpus"]["sources"][0]["name"] == "web"
    assert "workers" not in values["corpus"]
    assert "description" not in values
    assert "run_root" not in values
    assert "raw/" not in str(values)
    assert values["corpus"]["quality"]["minimum_characters"] == 100
    assert values["train"]["optimizer"]["betas"] == [0.9, 0.95]


def test_what_governs_does_not_depend_on_where_the_recipe_lies(tree, write):
    one, other = (load_recipe(write(f"{place}/small.yaml", write_yaml(tree))) for place in ("here", "there"))
    assert one != other
    assert sha256_values(governing(one)) == sha256_values(governing(other))


@pytest.mark.parametrize(
    ("path", "value", "same"),
    [
        ("corpus__workers", 9, True),
        ("corpus__sources__0__paths", ["other/*.jsonl"], True),
        ("corpus__quality__minimum_characters", 5, False),
        ("corpus__quality_by_language", {"mt": {"minimum_characters": 5}}, False),
        ("corpus__sources__0__licence", "MIT", False),
        ("corpus__validation_split__fraction", 0.1, False),
        ("corpus__keep_dropped_text", True, False),
    ],
)
def test_a_change_governs_unless_it_cannot_change_the_result(tree, path, value, same):
    before, after = (
        governing(recipe.corpus) for recipe in (parse_recipe(tree), with_values(tree, **{path: value}))
    )
    assert (sha256_values(before) == sha256_values(after)) is same
