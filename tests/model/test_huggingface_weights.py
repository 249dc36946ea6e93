"""Weights of a Hugging Face directory, slice by slice."""

import json
import shutil

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import (
    Glm4MoeConfig,
    Glm4MoeForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

from soofi.model.huggingface_weights import EMBEDDING, HEAD, HuggingFaceWeights, split_experts

COMMON = {
    "vocab_size": 19,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 4,
    "tie_word_embeddings": True,
    "bos_token_id": 2,
    "eos_token_id": 2,
    "pad_token_id": 1,
}
EXPERTS = {"moe_intermediate_size": 6, "num_experts_per_tok": 2}
GATE_UP = "model.layers.1.mlp.experts.gate_up_proj"


def stock(family: str, **changes):
    torch.manual_seed(0)  # transformers draws from the global generator
    if family == "dense":
        return Qwen3ForCausalLM(Qwen3Config(**{**COMMON, **changes}))
    if family == "loss":
        return Qwen3MoeForCausalLM(
            Qwen3MoeConfig(**{**COMMON, **EXPERTS, "num_experts": 5, "mlp_only_layers": [0], **changes})
        )
    return Glm4MoeForCausalLM(
        Glm4MoeConfig(
            **{
                **COMMON,
                **EXPERTS,
                "n_routed_experts": 5,
                "use_qk_norm": True,
                "num_mtp_layers": 0,
                **changes,
            }
        )
    )


@pytest.fixture(scope="module")
def directories(tmp_path_factory):
    """Directories of stock models as `save_pretrained` writes them, the last one in many files."""
    made = {}
    for family, size in (("dense", "1GB"), ("loss", "1GB"), ("bias", 700)):
        made[family] = tmp_path_factory.mktemp(family), stock(family)
        made[family][1].save_pretrained(made[family][0], max_shard_size=size)
    return made


@pytest.fixture
def copied(directories, tmp_path):
    """A copy of a directory's one file or of the many, to damage."""

    def copy(family):
        return shutil.copytree(directories[family][0], tmp_path / family)

    return copy


def state(model) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in model.state_dict().items() if name != HEAD}


@pytest.mark.parametrize("family", ["dense", "loss", "bias"])
def test_every_parameter_and_buffer_is_that_of_the_stock_module(directories, family):
    directory, model = directories[family]
    weights, expected = HuggingFaceWeights(directory), state(model)
    assert len(list(directory.glob("*.safetensors"))) > (5 if family == "bias" else 0)
    assert weights.shapes == {name: tuple(tensor.shape) for name, tensor in expected.items()}
    weights.check(weights.shapes | {HEAD: weights.shapes[EMBEDDING]}, tied=True)
    for name, tensor in expected.items():
        values = weights.read(name)
        assert values.dtype == torch.float32
        assert torch.equal(values.view(tensor.shape), tensor), name


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_any_slice_is_that_slice_of_the_whole(directories, data):
    directory, model = directories[data.draw(st.sampled_from(["dense", "loss", "bias"]))]
    weights, expected = HuggingFaceWeights(directory), state(model)
    name = data.draw(st.sampled_from(sorted(expected)))
    size = expected[name].numel()
    start = data.draw(st.integers(0, size))
    count = data.draw(st.integers(0, size - start))
    assert torch.equal(weights.read(name, start, count), expected[name].flatten()[start : start + count])


def test_only_the_experts_that_a_slice_touches_are_opened(copied):
    directory = copied("bias")
    weights = HuggingFaceWeights(directory)
    part = weights.shapes[GATE_UP][1] // 2 * weights.shapes[GATE_UP][2]
    asked = []
    kept = weights._file
    weights._file = lambda path: (asked.append(path), kept(path))[1]
    weights.read(GATE_UP, 3 * part + 5, part)  # the second half of expert 1, the first of expert 2
    index = json.loads((directory / "model.safetensors.index.json").read_text(encoding="utf-8"))["weight_map"]
    keys = [GATE_UP.replace("gate_up_proj", f"{part}.weight") for part in ("1.up_proj", "2.gate_proj")]
    assert asked == [directory / index[key] for key in keys]


@pytest.mark.parametrize("stored", [torch.bfloat16, torch.float16])
def test_stacked_files_and_smaller_types_are_read(directories, tmp_path, stored):
    expected = {
        name: tensor.to(stored).contiguous() for name, tensor in state(directories["loss"][1]).items()
    }
    save_file(expected, tmp_path / "model.safetensors")
    weights = HuggingFaceWeights(tmp_path)
    assert weights.shapes == {name: tuple(tensor.shape) for name, tensor in expected.items()}
    for name, tensor in expected.items():
        assert torch.equal(weights.read(name).view(tensor.shape), tensor.float())
    flat = expected[GATE_UP].flatten().float()
    assert torch.equal(weights.read(GATE_UP, 29, 171), flat[29:200])


def test_splitting_gives_what_save_pretrained_writes(directories):
    directory, model = directories["loss"]
    stored = load_file(directory / "model.safetensors")
    ours = dict(pair for name, tensor in state(model).items() for pair in split_experts(name, tensor))
    assert ours.keys() == stored.keys()
    assert all(torch.equal(ours[key], stored[key]) for key in stored)


def test_empty_tensors_of_an_absent_shared_expert_are_left_out(tmp_path):
    stock("bias", n_shared_experts=0).save_pretrained(tmp_path)
    assert not [name for name in HuggingFaceWeights(tmp_path).shapes if "shared" in name]


def test_slices_outside_a_parameter_are_refused(directories):
    weights = HuggingFaceWeights(directories["dense"][0])
    for start, count in ((-1, 1), (0, 9), (8, 1), (3, -1)):
        with pytest.raises(ValueError, match="reach outside model.norm.weight, which has 8"):
            weights.read("model.norm.weight", start, count)


def test_a_stored_head_must_be_the_embedding_where_they_are_tied(directories, tmp_path):
    expected = state(directories["dense"][1])
    shapes = {name: tuple(tensor.shape) for name, tensor in expected.items()}
    for change in (0, 1):
        save_file(expected | {HEAD: expected[EMBEDDING] + change}, tmp_path / "model.safetensors")
        weights = HuggingFaceWeights(tmp_path)
        weights.check(shapes | {HEAD: shapes[EMBEDDING]}, tied=False)
        if change:
            with pytest.raises(ValueError, match=r"lm_head.weight differs from model.embed_tokens.weight"):
                weights.check(shapes, tied=True)
        else:
            weights.check(shapes, tied=True)


@pytest.mark.parametrize(
    ("family", "drop", "message"),
    [
        ("loss", "model.norm.weight", "lack model.norm.weight"),
        (
            "loss",
            "model.layers.1.mlp.experts.3.up_proj.weight",
            "lack model.layers.1.mlp.experts.3.up_proj.weight",
        ),
        (
            "loss",
            "model.layers.1.mlp.experts.4.up_proj.weight",
            "lack model.layers.1.mlp.experts.4.up_proj.weight",
        ),
    ],
)
def test_what_is_missing_is_named(copied, family, drop, message):
    file = copied(family) / "model.safetensors"
    shapes = HuggingFaceWeights(file.parent).shapes
    tensors = load_file(file)
    del tensors[drop]
    save_file(tensors, file)
    with pytest.raises(ValueError, match=message):
        HuggingFaceWeights(file.parent).check(shapes, tied=True)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (
            {"model.layers.7.mlp.up_proj.weight": torch.ones(2)},
            "have an unknown model.layers.7.mlp.up_proj.weight",
        ),
        ({"model.norm.weight": torch.ones(9)}, r"model.norm.weight has shape \(9,\), the model needs \(8,\)"),
        ({"model.norm.weight": torch.ones(8, dtype=torch.int8)}, "stores model.norm.weight as I8"),
        (
            {"model.layers.1.mlp.experts.2.up_proj.weight": torch.ones(6, 9)},
            r"2.up_proj.weight has shape \(6, 9\)",
        ),
        ({GATE_UP: torch.ones(5, 12, 8)}, f"holds both {GATE_UP} and"),
    ],
)
def test_what_does_not_fit_is_named(copied, extra, message):
    file = copied("loss") / "model.safetensors"
    shapes = HuggingFaceWeights(file.parent).shapes
    save_file(load_file(file) | extra, file)
    with pytest.raises(ValueError, match=message):
        HuggingFaceWeights(file.parent).check(shapes, tied=True)


@pytest.mark.parametrize("outside", ["../secret.safetensors", "/etc/passwd", "a/b.safetensors", "..", ""])
def test_an_index_cannot_lead_out_of_its_directory(copied, outside):
    index = copied("bias") / "model.safetensors.index.json"
    values = json.loads(index.read_text(encoding="utf-8"))
    values["weight_map"]["model.norm.weight"] = outside
    index.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises((ValueError, FileNotFoundError), match=r"no file of its directory"):
        HuggingFaceWeights(index.parent)


def test_damaged_directories_are_named(copied, tmp_path):
    with pytest.raises(FileNotFoundError, match="neither model.safetensors nor its index"):
        HuggingFaceWeights(tmp_path)
    directory = copied("bias")
    first = min(directory.glob("*.safetensors"))
    whole = first.read_bytes()
    first.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="damaged or cut off"):
        HuggingFaceWeights(directory)
    first.unlink()
    with pytest.raises(FileNotFoundError, match="is not there, but the index names it"):
        HuggingFaceWeights(directory)
    first.write_bytes(max(directory.glob("*.safetensors")).read_bytes())
    with pytest.raises(ValueError, match="which the index names"):
        HuggingFaceWeights(directory)
    for text in ("{", "[]", '{"weight_map": 3}'):
        (directory / "model.safetensors.index.json").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match="index.json is damaged"):
            HuggingFaceWeights(directory)
