"""A recipe's model from a Hugging Face directory: what is taken over, what may differ, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import transformers

from soofi.model.huggingface import huggingface_config
from soofi.recipe import Model, Recipe, RecipeError, dump_recipe, load_recipe, load_resolved

SMOKE = Path(__file__).parents[2] / "recipes" / "smoke.yaml"
MODEL = Model(
    hidden_size=48, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
    rope_theta=50_000.0, rms_norm_eps=1e-5, tie_word_embeddings=True, max_position_embeddings=256, initializer_range=0.03,
)  # fmt: skip


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory as `save_pretrained` leaves it, as far as a recipe looks at it."""
    directory = tmp_path / "given"
    huggingface_config(MODEL, 640, eod_id=1, pad_id=0).save_pretrained(directory)
    (directory / "model.safetensors").touch()
    return directory


@pytest.fixture
def recipe(tmp_path: Path, directory: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        f"extends: {SMOKE}\nname: child\nmodel: {{initialise_from: given}}\ntokenizer: {{from: given}}\n"
    )
    return path


def change(directory: Path, **values: Any) -> None:
    path = directory / "config.json"
    content = {**json.loads(path.read_text()), **values}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not ...}))


def test_the_directory_says_what_the_model_is(recipe: Path, directory: Path) -> None:
    model = load_recipe(recipe).model
    assert model == MODEL.model_copy(update={"initialise_from": directory, "vocab_size": 640})


def test_the_model_of_an_extended_recipe_counts_no_more_but_what_stands_beside_does(
    recipe: Path, tmp_path: Path
) -> None:
    grandchild = tmp_path / "grandchild.yaml"
    grandchild.write_text(f"extends: {recipe}\nname: grandchild\n")
    assert load_recipe(grandchild).model == load_recipe(recipe).model
    longer = load_recipe(recipe, ["model.max_position_embeddings=1024", "model.rope_theta=1e6"]).model
    assert (longer.max_position_embeddings, longer.rope_theta) == (1024, 1e6)


def test_a_configuration_of_transformers_4_says_the_same(recipe: Path, directory: Path) -> None:
    now = load_recipe(recipe).model
    change(directory, rope_parameters=..., rope_theta=50_000.0, rope_scaling=None, layer_types=...)
    assert load_recipe(recipe).model == now


def test_what_the_file_leaves_out_is_what_transformers_takes(recipe: Path, directory: Path) -> None:
    left_out = ("head_dim", "rms_norm_eps", "tie_word_embeddings", "initializer_range", "hidden_act")
    change(directory, **dict.fromkeys(left_out, ...))
    model = load_recipe(recipe).model
    stock = transformers.AutoConfig.from_pretrained(directory)
    for name in left_out[:-1]:
        assert getattr(model, name) == getattr(stock, name), name


def test_a_resolved_recipe_is_read_back_though_the_directory_is_gone(
    recipe: Path, directory: Path, tmp_path: Path
) -> None:
    loaded: Recipe = load_recipe(recipe)
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(dump_recipe(loaded))
    assert "from: " in resolved.read_text() and "from_" not in resolved.read_text()
    assert load_recipe(resolved) == loaded
    directory.rename(tmp_path / "elsewhere")
    assert load_resolved(resolved) == loaded
    with pytest.raises(FileNotFoundError, match=r"there is no .*config.json: give a Hugging Face directory"):
        load_recipe(resolved)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "is of LlamaForCausalLM; soofi trains Qwen3ForCausalLM"),
        ({"architectures": ...}, "is of an unnamed architecture"),
        ({"attention_bias": True}, "has attention_bias True, which soofi's model does not have"),
        ({"hidden_act": "gelu"}, "has hidden_act 'gelu'"),
        ({"layer_types": ["sliding_attention"] * 3}, "has layer_types other than full_attention"),
        ({"rope_parameters": {"rope_type": "longrope", "rope_theta": 1.0}}, "has rope_type 'longrope'"),
        (
            {"hidden_size": ..., "vocab_size": None},
            "lacks hidden_size, vocab_size: fetch the directory again",
        ),
    ],
)
def test_a_model_that_is_not_ours_is_refused(
    recipe: Path, directory: Path, values: dict, sentence: str
) -> None:
    change(directory, **values)
    with pytest.raises(RecipeError, match="model.initialise_from: ") as refused:
        load_recipe(recipe)
    assert sentence in str(refused.value)


def test_every_field_that_differs_is_named(recipe: Path) -> None:
    with pytest.raises(RecipeError) as refused:
        load_recipe(recipe, ["model.hidden_size=64", "model.tie_word_embeddings=false", "model.head_dim=8"])
    assert "hidden_size is 64 in the recipe and 48 there" in str(refused.value)
    assert "tie_word_embeddings is False in the recipe and True there" in str(refused.value)
    assert "head_dim" not in str(refused.value)


@pytest.mark.parametrize("text", ["{", "[]", '{"weight_map": {"a": 3}}'])
def test_damaged_files_and_missing_shards_are_named(recipe: Path, directory: Path, text: str) -> None:
    index = directory / "model.safetensors.index.json"
    (directory / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"has neither model.safetensors nor"):
        load_recipe(recipe)
    index.write_text('{"weight_map": {"a": "model-1.safetensors"}}')
    with pytest.raises(FileNotFoundError, match=r"model-1.safetensors is not there, but the index names it"):
        load_recipe(recipe)
    index.write_text(text)
    with pytest.raises(RecipeError, match="index.json is damaged: fetch the directory again"):
        load_recipe(recipe)
    (directory / "config.json").write_text(text[:1])
    with pytest.raises(RecipeError, match="config.json is damaged: fetch the directory again"):
        load_recipe(recipe)


def test_embeddings_of_another_vocabulary_are_refused(recipe: Path) -> None:
    text = recipe.read_text().splitlines()
    recipe.write_text("\n".join(line for line in text if not line.startswith("tokenizer")))
    with pytest.raises(RecipeError, match=r"model.initialise_from begins with embeddings of another vocab"):
        load_recipe(recipe)


def test_an_embedding_that_is_too_small_for_the_vocabulary_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"model.vocab_size \(2000\) is smaller than tokenizer.vocabulary"):
        load_recipe(SMOKE, ["model.vocab_size=2000"])
    assert load_recipe(SMOKE, ["model.vocab_size=2560"]).vocabulary_size == 2560


def test_keys_of_the_other_kind_of_tokenizer_are_unknown(recipe: Path) -> None:
    with pytest.raises(
        RecipeError, match=r"unknown key 'tokenizer.vocabulary_size': known keys are from, en"
    ):
        load_recipe(recipe, ["tokenizer.vocabulary_size=4096"])
    with pytest.raises(RecipeError, match=r"unknown key 'tokenizer.paddin': did you mean 'padding'"):
        load_recipe(recipe, ["tokenizer.paddin=x"])
    with pytest.raises(RecipeError, match=r"unknown key 'tokenizer.vocabulary_sise': did you mean 'vocabul"):
        load_recipe(SMOKE, ["tokenizer.vocabulary_sise=4096"])
