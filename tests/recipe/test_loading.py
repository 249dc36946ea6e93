"""Composing a recipe from files and overrides."""

import os
import shutil
from pathlib import Path

import pytest

from soofi.recipe import RecipeError, dump_recipe, load_recipe


def test_paths_are_taken_from_the_folder_of_the_file_that_holds_them(recipe_file, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    sources = load_recipe(recipe_file).corpus.sources
    assert sources[0].paths == [str(tmp_path / "raw/*.jsonl")]
    assert sources[1].paths == [str(tmp_path / "law/a.jsonl")]


def test_paths_in_overrides_are_taken_from_the_current_directory(recipe_file, tmp_path, monkeypatch):
    here = tmp_path / "elsewhere"
    here.mkdir()
    monkeypatch.chdir(here)
    sources = load_recipe(
        recipe_file,
        ["corpus.sources.0.paths=[mine/*.jsonl, /data/x.jsonl]", "corpus.sources.1.paths.0=law.jsonl"],
    ).corpus.sources
    assert sources[0].paths == [str(here / "mine/*.jsonl"), "/data/x.jsonl"]
    assert sources[1].paths == [str(here / "law.jsonl")]


def test_each_file_of_a_chain_has_its_own_folder_and_the_nearest_wins(tree, write, tmp_path):
    write("base/small.yaml", tree)
    write("middle/wide.yaml", {"extends": "../base/small.yaml", "model": {"hidden_size": 128}, "seed": 2})
    source = {"name": "own", "paths": ["own.jsonl"]}
    top = write(
        "top/top.yaml",
        {"extends": "../middle/wide.yaml", "seed": 3, "corpus": {"sources": [source], "workers": 1}},
    )
    recipe = load_recipe(top)
    assert (recipe.seed, recipe.model.hidden_size, recipe.model.head_dim) == (3, 128, 16)
    assert [source.paths for source in recipe.corpus.sources] == [[str(tmp_path / "top/own.jsonl")]]
    (inherited,) = load_recipe(tmp_path / "middle/wide.yaml").corpus.sources[0].paths
    assert os.path.normpath(inherited) == str(tmp_path / "base/raw/*.jsonl")


def test_extends_takes_a_list_and_later_files_win(tree, write):
    write("small.yaml", tree)
    write("a.yaml", {"seed": 5, "model": {"rope_theta": 500.0}})
    write("b.yaml", {"seed": 6})
    recipe = load_recipe(write("top.yaml", {"extends": ["small.yaml", "a.yaml", "b.yaml"], "name": "top"}))
    assert (recipe.name, recipe.seed, recipe.model.rope_theta) == ("top", 6, 500.0)


def test_a_file_may_be_extended_along_two_ways(tree, write):
    write("small.yaml", tree)
    write("a.yaml", {"extends": "small.yaml", "seed": 5})
    write("b.yaml", {"extends": "small.yaml", "description": "both"})
    recipe = load_recipe(write("top.yaml", {"extends": ["a.yaml", "b.yaml"]}))
    assert recipe.description == "both"


def test_a_cycle_is_refused_and_shown(write):
    write("a.yaml", {"extends": "b.yaml"})
    write("b.yaml", {"extends": "c.yaml"})
    write("c.yaml", {"extends": "a.yaml"})
    with pytest.raises(RecipeError, match="a.yaml → b.yaml → c.yaml → a.yaml"):
        load_recipe(write("a.yaml", {"extends": "b.yaml"}))


@pytest.mark.parametrize("extends", [5, {"a": 1}, [5], [["a.yaml"]]])
def test_extends_of_another_type_is_refused(write, extends):
    with pytest.raises(RecipeError, match="extends must be a path or a list of paths"):
        load_recipe(write("a.yaml", {"extends": extends}))


def test_a_missing_file_says_which_was_meant(recipe_file, write, tmp_path):
    with pytest.raises(FileNotFoundError, match="did you mean .*small.yaml"):
        load_recipe(tmp_path / "smal.yaml")
    with pytest.raises(FileNotFoundError, match="smoll.yaml: did you mean .*small.yaml"):
        load_recipe(write("top.yaml", {"extends": "smoll.yaml"}))
    with pytest.raises(FileNotFoundError, match="there is no file") as caught:
        load_recipe(tmp_path / "no/such/folder.yaml")
    assert "\n" not in str(caught.value)


SPECIFICATION = {"name": "wide", "vocabulary_size": 4096, "reserved_tokens": 16, "split_digits": False}


class TestSpecification:
    """`tokenizer.specification` reads the vocabulary's description from a file of its own."""

    @pytest.fixture
    def base(self, tree, write):
        write("specifications/wide.yaml", SPECIFICATION)
        tree["tokenizer"] = {"specification": "../specifications/wide.yaml", "vocabulary_size": 3000}
        return write("recipes/base.yaml", tree)

    def test_keys_beside_it_replace_its_keys(self, base):
        tokenizer = load_recipe(base).tokenizer
        assert (tokenizer.name, tokenizer.vocabulary_size, tokenizer.reserved_tokens) == ("wide", 3000, 16)

    def test_a_file_that_extends_replaces_single_keys(self, base, write):
        top = write("top.yaml", {"extends": "recipes/base.yaml", "tokenizer": {"reserved_tokens": 8}})
        tokenizer = load_recipe(top).tokenizer
        assert (tokenizer.name, tokenizer.vocabulary_size, tokenizer.reserved_tokens) == ("wide", 3000, 8)

    def test_another_specification_is_another_vocabulary_and_no_blend(self, base, write):
        write("narrow.yaml", {"name": "narrow", "vocabulary_size": 1024})
        top = {"extends": "recipes/base.yaml", "tokenizer": {"specification": "narrow.yaml"}}
        tokenizer = load_recipe(write("top.yaml", top)).tokenizer
        assert tokenizer.name == "narrow"
        assert tokenizer.vocabulary_size == 1024
        assert tokenizer.reserved_tokens == 0
        assert tokenizer.split_digits is True

    def test_an_override_names_it_from_the_current_directory_in_any_order(
        self, base, write, tmp_path, monkeypatch
    ):
        write("here/narrow.yaml", {"name": "narrow", "vocabulary_size": 1024})
        monkeypatch.chdir(tmp_path / "here")
        both = ["tokenizer.vocabulary_size=2000", "tokenizer.specification=narrow.yaml"]
        for overrides in (both, both[::-1]):
            tokenizer = load_recipe(base, overrides).tokenizer
            assert (tokenizer.name, tokenizer.vocabulary_size) == ("narrow", 2000)

    def test_it_may_extend_another(self, base, write):
        write(
            "specifications/wide.yaml",
            {"extends": "common/all.yaml", "name": "wide", "vocabulary_size": 4096},
        )
        write(
            "specifications/common/all.yaml",
            {"reserved_tokens": 16, "vocabulary_size": 9, "split_digits": False},
        )
        tokenizer = load_recipe(base).tokenizer
        assert (tokenizer.vocabulary_size, tokenizer.reserved_tokens, tokenizer.split_digits) == (
            3000,
            16,
            False,
        )
        write("specifications/common/all.yaml", {"extends": "../wide.yaml"})
        with pytest.raises(RecipeError, match="extends itself by way of wide.yaml → all.yaml"):
            load_recipe(base)

    def test_a_missing_one_says_which_was_meant(self, base, write):
        top = {"extends": "recipes/base.yaml", "tokenizer": {"specification": "specifications/wild.yaml"}}
        with pytest.raises(FileNotFoundError, match="did you mean .*wide.yaml"):
            load_recipe(write("top.yaml", top))

    def test_a_mistake_in_it_is_named(self, base, write):
        write("specifications/wide.yaml", {**SPECIFICATION, "split_digit": True})
        with pytest.raises(RecipeError, match=r"'tokenizer\.split_digit': did you mean 'split_digits'"):
            load_recipe(base)


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("model.hidden_size=128", lambda recipe: recipe.model.hidden_size == 128),
        ("model.tie_word_embeddings=true", lambda recipe: recipe.model.tie_word_embeddings is True),
        ("train.optimizer.learning_rate=1e-3", lambda recipe: recipe.train.optimizer.learning_rate == 0.001),
        ("stages.0.tokens=1e6", lambda recipe: recipe.stages[0].tokens == 1_000_000),
        ("stages.0.tokens=2_000_000", lambda recipe: recipe.stages[0].tokens == 2_000_000),
        ("train.optimizer.betas=[0.8, 0.9]", lambda recipe: recipe.train.optimizer.betas == (0.8, 0.9)),
        ("languages=[fr, el]", lambda recipe: recipe.languages == ["fr", "el"]),
        ("languages.1=el", lambda recipe: recipe.languages == ["de", "el"]),
        ("languages.1=no", lambda recipe: recipe.languages == ["de", "no"]),
        (
            "stages.1.batch_samples=2",
            lambda recipe: [stage.batch_samples for stage in recipe.stages] == [8, 2],
        ),
        ("stages.1.mixture={exponent: 1}", lambda recipe: recipe.stages[1].mixture.exponent == 1),
        ("corpus.sources.1.licence=CC0-1.0", lambda recipe: recipe.corpus.sources[1].licence == "CC0-1.0"),
        ("corpus.sources.0.licence=", lambda recipe: recipe.corpus.sources[0].licence is None),
        ("generate.prompts.sr-Cyrl=Ко", lambda recipe: recipe.generate.prompts == {"sr-Cyrl": "Ко"}),
        ("description=a=b", lambda recipe: recipe.description == "a=b"),
        ("description=12:30", lambda recipe: recipe.description == "12:30"),
        ("description=2026-01-01", lambda recipe: recipe.description == "2026-01-01"),
    ],
)
def test_overrides_are_typed_as_yaml(recipe_file, override, read):
    assert read(load_recipe(recipe_file, [override]))


def test_several_overrides_add_up_and_the_last_wins(recipe_file):
    recipe = load_recipe(
        recipe_file, ["stages.0.tokens=1024", "stages.0.batch_samples=4", "seed=2", "seed=3"]
    )
    assert (recipe.stages[0].tokens, recipe.stages[0].batch_samples, recipe.seed) == (1024, 4, 3)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("seed", "write key.of.field=value"),
        ("=5", "write key.of.field=value"),
        ("model..hidden_size=5", "write key.of.field=value"),
        ("model.hidden_size=[", "is not valid YAML"),
        ("model.hidden_sise=5", "did you mean 'hidden_size'"),
        ("modell.hidden_size=5", "did you mean 'model'"),
        ("stages.0.mixture.exponents=1", "did you mean 'exponent'"),
        ("stages.2.tokens=5", r"there is no stages\[2\]: the list has 2 items"),
        ("corpus.sources.0.paths.1=x", r"there is no corpus.sources.0.paths\[1\]: the list has 1 items"),
        ("stages.-1.tokens=5", "stages"),
        ("stages.².tokens=5", "stages"),
        ("model.hidden_size.x=5", "model.hidden_size"),
        ("extends=other.yaml", "extends cannot be an override"),
        ("model.hidden_size=!!python/object/apply:os.system [true]", "is not valid YAML"),
        ("a\nb=5", "unknown key"),
        ("a\nb", "write key.of.field=value"),
    ],
)
def test_a_wrong_override_is_refused_in_one_line(recipe_file, override, sentence):
    with pytest.raises(RecipeError, match=sentence) as caught:
        load_recipe(recipe_file, [override])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: [", "line 1: not valid YAML"),
        ("name: a\n\tseed: 1", "line 2: not valid YAML"),
        ("seed: 1\nname: a\nseed: 2", "line 3: .*'seed' stands twice"),
        ("model: {head_dim: 16, head_dim: 32}", "'head_dim' stands twice"),
        ("name: !!python/object/apply:os.system ['touch owned']", "line 1: not valid YAML .*constructor"),
        ("name: !!python/name:os.system", "line 1: not valid YAML .*constructor"),
        ("name: !include other.yaml", "line 1: not valid YAML .*constructor"),
        ("seed: !!int many", "not valid YAML"),
        ("- name: a", "a recipe is a mapping of keys to values"),
        ("just text", "a recipe is a mapping of keys to values"),
        ("", "is missing"),
        ("5: 6", r"unknown key '\[5\]'"),
        ("name: a\0", "not valid YAML"),
        ("stages: &all [*all]", "is missing"),
        ("--- {name: a}\n--- {name: b}", "not valid YAML"),
    ],
)
def test_what_is_no_recipe_is_refused_in_one_line(write, tmp_path, monkeypatch, text, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match=sentence) as caught:
        load_recipe(write("bad.yaml", text))
    assert "\n" not in str(caught.value)
    assert "bad.yaml" in str(caught.value)
    assert not (tmp_path / "owned").exists()


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("description: für".encode("latin-1"))
    with pytest.raises(RecipeError, match="not UTF-8"):
        load_recipe(path)


def test_anchors_and_merge_keys_work(tree, write):
    write("small.yaml", tree)
    top = """
extends: small.yaml
stages:
  - &first {name: a, tokens: 1024, sequence_length: 64, batch_samples: 8}
  - {<<: *first, name: b, tokens: 2048}
"""
    loaded = load_recipe(write("top.yaml", top)).stages
    assert [(stage.name, stage.tokens, stage.batch_samples) for stage in loaded] == [
        ("a", 1024, 8),
        ("b", 2048, 8),
    ]


def test_what_was_dumped_reads_back_equal_from_anywhere(recipe_file, tmp_path, monkeypatch):
    recipe = load_recipe(recipe_file, ["generate.prompts={el: Για να, no: Hei}", "description='no'"])
    far = tmp_path / "runs/small/recipe.yaml"
    far.parent.mkdir(parents=True)
    far.write_text(dump_recipe(recipe), encoding="utf-8")
    shutil.move(recipe_file, tmp_path / "gone.yaml")
    monkeypatch.chdir("/")
    assert load_recipe(far) == recipe


def test_the_recipes_of_the_repository_load():
    folder = Path(__file__).resolve().parents[2] / "recipes"
    recipes = sorted(folder.glob("*.yaml"))
    assert recipes
    for path in recipes:
        recipe = load_recipe(path)
        assert recipe.name
        assert all(
            Path(pattern).is_absolute() for source in recipe.corpus.sources for pattern in source.paths
        )
