"""Configurations to and from transformers: what is computed exactly, and what is refused by name."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoConfig

from soofi.model.huggingface import huggingface_config
from soofi.recipe import Model, model_of_directory

FIELDS = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 12,
    "max_position_embeddings": 64,
    "rope_theta": 500.0,
}
EXPERTS = {"num_experts": 5, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
SCALINGS = {
    "linear": {"rope_type": "linear", "factor": 4.0, "original_max_position_embeddings": 16},
    "dynamic": {"rope_type": "dynamic", "factor": 4.0, "original_max_position_embeddings": 16},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 20.0},
    "none": None,
}
FAMILIES = {
    "Qwen3ForCausalLM": None,
    "Qwen3MoeForCausalLM": {
        **EXPERTS,
        "balance": "loss",
        "router_aux_loss_coef": 0.01,
        "first_k_dense_replace": 1,
    },
    "Glm4MoeForCausalLM": {
        **EXPERTS,
        "balance": "bias",
        "n_shared_experts": 1,
        "routed_scaling_factor": 1.5,
        "first_k_dense_replace": 1,
    },
}


def model(architecture: str = "Qwen3ForCausalLM", **changes) -> Model:
    return Model.model_validate({**FIELDS, "experts": FAMILIES[architecture], **changes})


def read(directory: Path) -> Model:
    (directory / "model.safetensors").touch()
    return Model.model_validate(model_of_directory(directory))


def refusal(directory: Path) -> str | None:
    """The sentence with which a directory is refused, or None."""
    try:
        read(directory)
    except ValueError as refused:
        return str(refused)
    return None


@pytest.fixture
def written(tmp_path):
    """Writes a stock configuration with some values changed (None takes one away); returns the directory."""

    def write(architecture, **changes):
        huggingface_config(model(architecture), 101, 2, 1).save_pretrained(tmp_path)
        file = tmp_path / "config.json"
        values = json.loads(file.read_text(encoding="utf-8")) | changes
        file.write_text(json.dumps({k: v for k, v in values.items() if v is not None}), encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("architecture", FAMILIES)
@pytest.mark.parametrize("tied", [False, True])
def test_a_model_comes_back_from_its_stock_configuration(tmp_path, architecture, scaling, tied):
    config = model(architecture, rope_scaling=SCALINGS[scaling], tie_word_embeddings=tied, rms_norm_eps=1e-5)
    stock = huggingface_config(config, 101, 2, 1)
    assert stock.architectures == [config.architecture] == [architecture]
    stock.save_pretrained(tmp_path)
    assert read(tmp_path) == config.model_copy(update={"vocab_size": 101})
    assert type(AutoConfig.from_pretrained(tmp_path)) is type(stock)


def test_an_older_file_with_rotary_fields_outside(tmp_path):
    """As transformers 4 wrote the configuration of an open model."""
    values = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": 256,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "max_position_embeddings": 40960,
        "rope_theta": 1000000,
        "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768},
        "vocab_size": 77,
        "use_sliding_window": False,
        "sliding_window": 4096,
    }
    (tmp_path / "config.json").write_text(json.dumps(values), encoding="utf-8")
    config = read(tmp_path)
    assert (config.head_dim, config.rope_theta, config.vocab_size) == (128, 1e6, 77)
    assert config.rope_scaling.model_dump(exclude_none=True) == {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 32768,
    }


@pytest.mark.parametrize("architecture", FAMILIES)
def test_whatever_a_file_leaves_out_is_what_transformers_takes(written, architecture):
    """Each field alone is taken out of a file; it is then refused or what transformers makes of the rest."""
    config = json.loads((written(architecture) / "config.json").read_text(encoding="utf-8"))
    left = 0
    for name in config.keys() - {"architectures", "layer_types", "model_type", "rope_parameters"}:
        directory = written(architecture, layer_types=None, **{name: None})
        if sentence := refusal(directory):
            assert name.removeprefix("num_local_") in sentence
            continue
        left += 1
        stock, ours = AutoConfig.from_pretrained(directory), read(directory)
        again = huggingface_config(ours, ours.vocab_size, 2, 1)
        for field in config.keys() - {"dtype", "transformers_version", "rope_parameters"}:
            expected = getattr(stock, field, None)
            if field == "head_dim" and expected is None:
                expected = stock.hidden_size // stock.num_attention_heads
            if not field.endswith("_token_id"):
                assert getattr(again, field) == expected, (name, field)
    assert left > 8


def test_partial_heads_are_what_a_glm_file_means_that_says_nothing(written):
    directory = written("Glm4MoeForCausalLM", rope_parameters={"rope_type": "default", "rope_theta": 5.0})
    assert AutoConfig.from_pretrained(directory).rope_parameters["partial_rotary_factor"] == 0.5
    with pytest.raises(ValueError, match="has partial_rotary_factor 0.5"):
        read(directory)


@pytest.mark.parametrize(
    ("architecture", "changes", "message"),
    [
        ("Qwen3ForCausalLM", {"attention_bias": True}, r"has attention_bias True, which soofi's model does not have \(only False\)"),
        ("Qwen3ForCausalLM", {"attention_dropout": 0.1}, "has attention_dropout 0.1"),
        ("Qwen3ForCausalLM", {"hidden_act": "gelu"}, "has hidden_act 'gelu'"),
        ("Qwen3ForCausalLM", {"use_sliding_window": True, "sliding_window": 8}, "has use_sliding_window True"),
        ("Qwen3ForCausalLM", {"layer_types": ["full_attention"] * 2 + ["sliding_attention"]}, "has layer_types"),
        ("Qwen3ForCausalLM", {"quantization_config": {"quant_method": "fp8"}}, "has quantization_config"),
        ("Qwen3ForCausalLM", {"rope_parameters": {"rope_type": "llama3", "factor": 2.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 16}}, "has rope_type 'llama3'"),
        ("Qwen3ForCausalLM", {"rope_parameters": {"rope_type": "yarn", "factor": 2.0, "truncate": False}},
            "has truncate False"),
        ("Qwen3ForCausalLM", {"rope_parameters": {"rope_type": "yarn", "factor": 2.0, "mscale": 0.7}}, "has mscale 0.7"),
        ("Qwen3ForCausalLM", {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}},
            "has partial_rotary_factor 0.5"),
        ("Qwen3ForCausalLM", {"rope_parameters": {"full_attention": {"rope_type": "default"}}}, "by the kind of layer"),
        ("Qwen3ForCausalLM", {"architectures": ["LlamaForCausalLM"]}, "is of LlamaForCausalLM; soofi trains Qwen3ForCausalLM, Qwen3Moe"),
        ("Qwen3ForCausalLM", {"architectures": None, "model_type": None}, "is of an unnamed architecture"),
        ("Qwen3ForCausalLM", {"rope_parameters": [1]}, "is damaged"),
        ("Qwen3ForCausalLM", {"rope_parameters": {"rope_type": "linear"}}, "lacks factor"),
        ("Qwen3ForCausalLM", {"rope_parameters": {"rope_type": "linear", "factor": 1e999}}, "has factor inf"),
        ("Qwen3ForCausalLM", {"hidden_size": None}, "lacks hidden_size"),
        ("Qwen3MoeForCausalLM", {"norm_topk_prob": False}, "has norm_topk_prob False"),
        ("Qwen3MoeForCausalLM", {"decoder_sparse_step": 2}, "has decoder_sparse_step 2"),
        ("Qwen3MoeForCausalLM", {"mlp_only_layers": [0, 2]}, r"has mlp_only_layers \[0, 2\]"),
        ("Qwen3MoeForCausalLM", {"sliding_window": 8, "use_sliding_window": True}, "has use_sliding_window True"),
        ("Glm4MoeForCausalLM", {"n_group": 5, "topk_group": 2}, "has n_group 5"),
        ("Glm4MoeForCausalLM", {"topk_group": 2}, "has topk_group 2"),
        ("Glm4MoeForCausalLM", {"use_qk_norm": False}, "has use_qk_norm False"),
        ("Glm4MoeForCausalLM", {"num_nextn_predict_layers": 1}, "has num_nextn_predict_layers 1"),
        ("Glm4MoeForCausalLM", {"norm_topk_prob": False}, "has norm_topk_prob False"),
        ("Glm4MoeForCausalLM", {"rope_parameters": {"rope_type": "default"}}, "has partial_rotary_factor 0.5"),
    ],
)  # fmt: skip
def test_what_our_model_does_not_compute_is_refused_by_name(written, architecture, changes, message):
    with pytest.raises(ValueError, match=message) as refused:
        read(written(architecture, **changes))
    assert str(refused.value).count("\n") == 0


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from(sorted(FAMILIES)),
    st.data(),
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.sampled_from(["rope_type", "factor"]), st.text(max_size=3) | st.floats()),
)  # fmt: skip
def test_whatever_stands_in_a_field_a_directory_is_read_or_refused_in_words(
    written, architecture, data, value
):
    directory = written(architecture)
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    name = data.draw(st.sampled_from(sorted(config.keys() - {"architectures", "model_type"})))
    (directory / "config.json").write_text(json.dumps(config | {name: value}), encoding="utf-8")
    assert refusal(directory) != ""
