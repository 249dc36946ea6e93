"""Weights of every family as stock transformers reads them."""

import pytest
import torch
import transformers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from soofi.export.weights import check_weights, count_parameters, write_weights
from soofi.model.huggingface import huggingface_config
from soofi.model.huggingface_weights import HEAD, HuggingFaceWeights
from soofi.recipe import Model, model_of_directory
from tests.model.drawn_models import END, PADDING, VOCABULARY, models


def canonical(config, seed=0):
    """Random weights by the names of the stock module; empty ones and a tied head left out."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        stock = getattr(transformers, config.architecture)(
            huggingface_config(config, VOCABULARY, END, PADDING)
        )
        state = {
            name: torch.randn_like(tensor) for name, tensor in stock.state_dict().items() if tensor.numel()
        }
    if config.tie_word_embeddings:
        del state[HEAD]
    return state


@pytest.fixture
def glm():
    return Model.model_validate(
        {
            "hidden_size": 16,
            "intermediate_size": 24,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 8,
            "experts": {
                "num_experts": 4,
                "num_experts_per_tok": 2,
                "moe_intermediate_size": 12,
                "balance": "bias",
                "n_shared_experts": 1,
            },
        }
    )


def stored(directory):
    tensors = {}
    for file in directory.glob("*.safetensors"):
        with safe_open(file, framework="pt") as opened:
            tensors |= {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    return tensors


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(models(), st.sampled_from([torch.float32, torch.bfloat16]), st.sampled_from([10**9, 3000]))
def test_a_directory_is_that_of_save_pretrained(tmp_path_factory, config, dtype, shard_bytes):
    ours, theirs = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("theirs")
    weights, stock = canonical(config), huggingface_config(config, VOCABULARY, END, PADDING)
    stock.dtype = dtype
    stock.save_pretrained(ours)
    write_weights(ours, check_weights(weights, stock), dtype, shard_bytes)
    assert (ours / "model.safetensors.index.json").is_file() == (shard_bytes < 10**9)

    model, loading = transformers.AutoModelForCausalLM.from_pretrained(ours, output_loading_info=True)
    assert type(model).__name__ == config.architecture and model.dtype == dtype
    assert not any(loading[fault] for fault in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    for name, tensor in model.state_dict().items():
        if name in weights:
            kind = torch.float32 if name.endswith("e_score_correction_bias") else dtype
            assert torch.equal(tensor, weights[name].to(kind)), name
    model.save_pretrained(theirs)
    mine, their = stored(ours), stored(theirs)
    assert {name: (t.dtype, t.shape) for name, t in mine.items()} == {
        name: (t.dtype, t.shape) for name, t in their.items()
    }
    assert all(torch.equal(mine[name], their[name]) for name in mine)

    back = HuggingFaceWeights(ours)
    assert back.shapes == {name: tuple(tensor.shape) for name, tensor in weights.items()}
    assert model_of_directory(ours)["vocab_size"] == VOCABULARY


def test_the_router_bias_stays_exact_in_bf16(tmp_path, glm):
    weights, stock = canonical(glm), huggingface_config(glm, VOCABULARY, END, PADDING)
    write_weights(tmp_path, check_weights(weights, stock), torch.bfloat16)
    name = "model.layers.0.mlp.gate.e_score_correction_bias"
    assert torch.equal(stored(tmp_path)[name], weights[name])
    assert not torch.equal(weights[name], weights[name].bfloat16().float())


def test_faults_in_experts_are_named(tmp_path, glm):
    weights, stock = canonical(glm), huggingface_config(glm, VOCABULARY, END, PADDING)
    name = "model.layers.0.mlp.experts.down_proj"
    for change, message in (
        ({name: weights[name][:-1]}, f"{name} has shape"),
        (
            {"model.layers.0.mlp.gate.e_score_correction_bias": torch.full((4,), torch.inf)},
            "correction_bias holds values",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            write_weights(tmp_path, check_weights(weights | change, stock), torch.float32)
    del weights["model.layers.0.mlp.gate.e_score_correction_bias"]
    with pytest.raises(ValueError, match="lack model.layers.0.mlp.gate.e_score_correction_bias"):
        check_weights(weights, stock)


def test_parameters_are_counted_with_the_experts_that_compute_a_token(glm):
    weights = canonical(glm)
    bias = sum(tensor.numel() for name, tensor in weights.items() if name.endswith("e_score_correction_bias"))
    whole = sum(tensor.numel() for tensor in weights.values()) - bias
    one_expert = 3 * glm.hidden_size * glm.experts.moe_intermediate_size * glm.num_hidden_layers
    unused = glm.experts.num_experts - glm.experts.num_experts_per_tok
    assert count_parameters(weights, glm.experts.num_experts_per_tok) == (whole, whole - unused * one_expert)
