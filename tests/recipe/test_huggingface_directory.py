"""A recipe's model from a Hugging Face directory: what is taken over, what may differ, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import transformers

from soofi.model.huggingface import huggingface_config
from soofi.recipe import Experts, Model, Recipe, RecipeError, dump_recipe, load_recipe, load_resolved

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
    override = ["model.initialise_from=null", "model.num_hidden_layers=2"]
    assert load_recipe(SMOKE, override).model == load_recipe(SMOKE).model
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
        ({"architectures": ["LlamaForCausalLM"]}, "is of LlamaForCausalLM; soofi trains Qwen3ForCausalLM, "),
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


SCALINGS = {
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "beta_fast": 24.0},
    "dynamic": {"rope_type": "dynamic", "factor": 2.0},
    "linear": {"type": "linear", "factor": 3.0},
}


@pytest.mark.parametrize("kind", SCALINGS)
def test_rotary_scaling_is_taken_over(recipe: Path, directory: Path, kind: str) -> None:
    change(directory, rope_parameters=SCALINGS[kind] | {"rope_theta": 7000.0})
    model = load_recipe(recipe).model
    assert model.rope_theta == 7000.0
    scaling = model.rope_scaling
    assert (scaling.rope_type, scaling.factor) == (kind, SCALINGS[kind]["factor"])
    assert scaling.original_max_position_embeddings <= model.max_position_embeddings <= scaling.longest_tokens
    assert scaling.beta_fast == SCALINGS[kind].get("beta_fast")


def experts_of(recipe: Path, directory: Path, config: transformers.PretrainedConfig, *overrides: str):
    config.save_pretrained(directory)
    return load_recipe(recipe, overrides).model.experts


SMALL = {
    "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
    "moe_intermediate_size": 32, "num_experts_per_tok": 2, "vocab_size": 640,
}  # fmt: skip


def test_experts_of_a_softmax_router_are_taken_over(recipe: Path, directory: Path) -> None:
    config = transformers.Qwen3MoeConfig(
        architectures=["Qwen3MoeForCausalLM"],
        num_experts=6,
        norm_topk_prob=True,
        mlp_only_layers=[0],
        **SMALL,
    )
    experts = experts_of(recipe, directory, config, "model.experts.router_aux_loss_coef=0.5")
    assert load_recipe(recipe).model.head_dim == 12
    assert (experts.balance, experts.num_experts, experts.num_experts_per_tok) == ("loss", 6, 2)
    assert (experts.moe_intermediate_size, experts.first_k_dense_replace) == (32, 1)
    assert experts.router_aux_loss_coef == 0.5  # of training only, so a recipe may say otherwise
    with pytest.raises(RecipeError, match=r"experts.num_experts is 8 in the recipe and 6 there"):
        load_recipe(recipe, ["model.experts.num_experts=8"])
    for key, value, sentence in (
        ("norm_topk_prob", False, "has norm_topk_prob False"),
        (
            "mlp_only_layers",
            [1],
            "has mlp_only_layers .1., which soofi's model does not have .only the first layers",
        ),
    ):
        change(directory, **{key: value})
        with pytest.raises(RecipeError, match=sentence):
            load_recipe(recipe)
        config.save_pretrained(directory)


def test_experts_of_a_biased_router_are_taken_over(recipe: Path, directory: Path) -> None:
    rotary = {"rope_type": "default", "rope_theta": 5e4, "partial_rotary_factor": 1.0}
    config = transformers.Glm4MoeConfig(
        architectures=["Glm4MoeForCausalLM"], n_routed_experts=6, n_shared_experts=1, routed_scaling_factor=2.5,
        use_qk_norm=True, rope_parameters=rotary, head_dim=16, num_mtp_layers=0, **SMALL,
    )  # fmt: skip
    experts = experts_of(recipe, directory, config)
    assert load_recipe(recipe).model.head_dim == 16
    assert (experts.balance, experts.num_experts, experts.n_shared_experts) == ("bias", 6, 1)
    assert (experts.routed_scaling_factor, experts.first_k_dense_replace) == (2.5, 1)
    for change_to, sentence in (
        ({"rope_parameters": rotary | {"partial_rotary_factor": 0.5}}, "has partial_rotary_factor 0.5"),
        ({"num_nextn_predict_layers": 1}, "has num_nextn_predict_layers 1"),
    ):
        change(directory, **change_to)
        with pytest.raises(RecipeError, match=f"{sentence}, which soofi's model does not have"):
            load_recipe(recipe)
        config.save_pretrained(directory)


def test_every_field_that_differs_is_named(recipe: Path) -> None:
    with pytest.raises(RecipeError) as refused:
        load_recipe(
            recipe,
            [
                "model.hidden_size=64",
                "model.tie_word_embeddings=false",
                "model.head_dim=8",
                "model.rms_norm_eps=1e-5",
            ],
        )
    assert "hidden_size is 64 in the recipe and 48 there" in str(refused.value)
    assert "tie_word_embeddings is False in the recipe and True there" in str(refused.value)
    assert "head_dim" not in str(refused.value) and "rms_norm_eps" not in str(refused.value)


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


def test_experts_are_filled_in_and_compared_field_by_field(recipe: Path, directory: Path) -> None:
    experts = Experts(
        num_experts=5, num_experts_per_tok=2, moe_intermediate_size=16, router_aux_loss_coef=0.01
    )
    mixture = MODEL.model_copy(update={"experts": experts})
    huggingface_config(mixture, 640, eod_id=1, pad_id=0).save_pretrained(directory)
    assert load_recipe(recipe).model.experts == experts
    changed = ["model.experts.router_z_loss_coef=0.01", "model.experts.num_experts=5"]
    assert load_recipe(recipe, changed).model.experts == experts.model_copy(
        update={"router_z_loss_coef": 0.01}
    )
    with pytest.raises(RecipeError, match=r"experts.num_experts is 9 in the recipe and 5 there"):
        load_recipe(recipe, ["model.experts.num_experts=9"])
    huggingface_config(MODEL, 640, eod_id=1, pad_id=0).save_pretrained(directory)
    with pytest.raises(RecipeError, match="experts are in the recipe and none there"):
        load_recipe(recipe, ["model.experts.num_experts=9"])


def test_longer_context_is_laid_over_what_the_directory_says(recipe: Path) -> None:
    scaling = "{rope_type: yarn, factor: 4, original_max_position_embeddings: 256}"
    model = load_recipe(recipe, [f"model.rope_scaling={scaling}", "model.max_position_embeddings=1024"]).model
    assert (model.rope_scaling.factor, model.max_position_embeddings) == (4, 1024)


def test_an_index_cannot_lead_out_of_its_directory(recipe: Path, directory: Path) -> None:
    (directory / "model.safetensors").rename(directory.parent / "outside.safetensors")
    index = directory / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "../outside.safetensors"}}')
    with pytest.raises(RecipeError, match=r"names '../outside.safetensors', which is no file of its direc"):
        load_recipe(recipe)
