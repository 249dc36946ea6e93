"""What is put on the model from outside: which layers are recomputed, compiled, converted; and that nothing else changes."""

import subprocess
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from soofi.model import Boundaries, Transformer, initialise
from soofi.recipe import Model, Train
from soofi.train.compilation import compile_layers
from soofi.train.fp8 import convert_to_fp8, fp8_linears
from soofi.train.transforms import spread, transform

VOCABULARY = 101
CPU = torch.device("cpu")


def build(layers: int = 4, precision: torch.dtype = torch.float32) -> Transformer:
    config = Model(
        hidden_size=32, intermediate_size=48, num_hidden_layers=layers, num_attention_heads=4, num_key_value_heads=2,
        head_dim=16, max_position_embeddings=64, initializer_range=0.1,
    )  # fmt: skip
    model = Transformer(config, VOCABULARY)
    initialise(model, 1)
    return model.to(precision)


def train(**fields: object) -> Train:
    return Train(optimizer={"learning_rate": 0.1}, **fields)


def batch(seed: int = 0, samples: int = 2, length: int = 24, density: float = 0.2):
    generator = torch.Generator().manual_seed(seed)
    tokens, labels = torch.randint(VOCABULARY, (2, samples, length), generator=generator)
    documents = (torch.rand(samples, length, generator=generator) < density).long().cumsum(1)
    return tokens, Boundaries.of(documents), labels


def loss_and_gradients(model: Transformer, *inputs: object) -> list[torch.Tensor]:
    model.zero_grad(set_to_none=True)
    loss = model(*inputs)[0]
    loss.backward()
    return [loss.detach(), *(parameter.grad for parameter in model.parameters())]


@given(st.integers(1, 128), st.floats(0, 1))
def test_recomputed_layers_are_as_many_as_asked_and_evenly_spread(count: int, share: float) -> None:
    chosen = spread(count, share)
    assert len(chosen) == round(share * count)
    assert all(0 <= index < count for index in chosen)
    gaps = [after - before for before, after in pairwise([-1, *chosen])]
    assert not gaps or (min(gaps) > 0 and max(gaps) - min(gaps) <= 1)


def test_spread_by_example() -> None:
    assert spread(4, 0.5) == [1, 3]
    assert spread(8, 0.25) == [3, 7]
    assert spread(3, 0) == []
    assert spread(3, 1) == [0, 1, 2]


@pytest.mark.parametrize("share", [0.5, 1.0])
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_recomputation_changes_no_bit(share, precision) -> None:
    plain, recomputed = build(precision=precision), build(precision=precision)
    transform(recomputed, train(activation_checkpointing=share), CPU)
    for one, two in zip(
        loss_and_gradients(plain, *batch()), loss_and_gradients(recomputed, *batch()), strict=True
    ):
        assert torch.equal(one, two)


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_only_the_chosen_layers_run_twice_and_hold_less(share) -> None:
    model = build()
    transform(model, train(activation_checkpointing=share), CPU)
    calls = dict.fromkeys(range(4), 0)
    for index, layer in enumerate(model.model.layers):

        def count(*_: object, index: int = index) -> None:
            calls[index] += 1

        layer.mlp.register_forward_pre_hook(count)
    loss_and_gradients(model, *batch())
    assert calls == {index: 2 if index in spread(4, share) else 1 for index in range(4)}
    with torch.no_grad():
        model(*batch())
    assert sum(calls.values()) == 4 + 4 * share + 4


def test_names_and_weights_stay_those_of_the_plain_model() -> None:
    plain, changed = build(), build()
    transform(changed, train(activation_checkpointing=0.5, compile=True), CPU)
    assert list(changed.state_dict()) == list(plain.state_dict())
    changed.load_state_dict(plain.state_dict(), strict=True)
    with torch.no_grad():  # without gradients nothing is compiled
        assert torch.equal(changed(batch()[0]), plain(batch()[0]))


@pytest.mark.nightly
def test_compiled_layers_agree_with_uncompiled_ones() -> None:
    plain, compiled = build(), build()
    transform(compiled, train(compile=True), CPU)
    for one, two in zip(
        loss_and_gradients(compiled, *batch()), loss_and_gradients(plain, *batch()), strict=True
    ):
        assert (one - two).abs().max() <= 1e-5 * max(1.0, float(two.abs().max()))


@pytest.mark.nightly
def test_compiled_bf16_is_as_near_to_fp32_as_uncompiled_bf16() -> None:
    exact = loss_and_gradients(build().bfloat16().float(), *batch())  # the same rounded weights
    plain, compiled = build(precision=torch.bfloat16), build(precision=torch.bfloat16)
    transform(compiled, train(compile=True), CPU)

    def distance(model: Transformer) -> float:
        pairs = zip(loss_and_gradients(model, *batch()), exact, strict=True)
        return sum(float((one.float() - two).square().sum()) for one, two in pairs) ** 0.5

    assert 0 < distance(compiled) < 1.1 * distance(plain)


@pytest.mark.nightly
def test_other_documents_and_other_layers_need_no_other_compilation() -> None:
    """Compiled once for samples of one document and once for samples of many, for all layers together."""
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    counters.clear()
    model = build()
    transform(model, train(compile=True), CPU)
    for seed in range(6):
        loss_and_gradients(model, *batch(seed, density=0.05 * seed))
        with torch.no_grad():
            model(*batch(seed, samples=1, length=7 + seed))
    assert counters["stats"]["unique_graphs"] == 2
    assert not counters["graph_break"]


@pytest.mark.nightly
def test_attention_that_stays_outside_as_on_gpus_needs_no_other_compilation_either() -> None:
    """The arrangement for a GPU on a CPU's tensors. Four compiled parts, whatever the documents: the first norm, what comes
    before the kernel, what comes after it, the rest of the layer."""
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    counters.clear()
    plain, compiled = build(), build()
    compile_layers(compiled, torch.device("cuda"), zero_stage=2)
    for seed in range(6):
        inputs = batch(seed, density=0.05 * seed)
        for one, two in zip(
            loss_and_gradients(compiled, *inputs), loss_and_gradients(plain, *inputs), strict=True
        ):
            assert (one - two).abs().max() <= 1e-5 * max(1.0, float(two.abs().max()))
    assert counters["stats"]["unique_graphs"] == 4


def test_the_first_and_last_layers_the_head_and_the_norms_are_never_in_fp8() -> None:
    names = fp8_linears(build(4))
    assert len(names) == 2 * 7
    assert {name.split(".")[2] for name in names} == {"1", "2"}
    assert {name.split(".")[-1] for name in names} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip
    assert fp8_linears(build(2)) == []


def test_fp8_rounds_the_products_and_nothing_else() -> None:
    """With torchao's emulation, which a CPU can run: the very modules that a GPU would have."""
    plain, rounded = build(), build()
    convert_to_fp8(rounded, emulate=True)
    names = {name for name, module in rounded.named_modules() if type(module).__name__ == "Float8Linear"}
    assert names == set(fp8_linears(plain))
    assert [name for name, _ in rounded.named_parameters()] == [name for name, _ in plain.named_parameters()]
    assert all(parameter.dtype == torch.float32 for parameter in rounded.parameters())
    exact, near = (loss_and_gradients(model, *batch()) for model in (plain, rounded))
    assert 0 < abs(near[0] - exact[0]) < 0.02 * exact[0]
    for one, two in zip(near, exact, strict=True):
        assert (one - two).norm() < 0.2 * two.norm()


def test_a_run_on_a_gpu_is_made_to_repeat_and_one_on_cpu_is_left_alone(start_python) -> None:
    code = """
import os, sys, torch
from soofi.train.determinism import make_deterministic
make_deterministic(torch.device(sys.argv[1]))
print(torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.deterministic,
      os.environ.get("CUBLAS_WORKSPACE_CONFIG"), os.environ.get("NCCL_ALGO"))
print(torch.utils.deterministic.fill_uninitialized_memory)
"""

    def said(device: str) -> list[str]:
        process: subprocess.Popen = start_python(code, device)
        out, problems = process.communicate(timeout=100)
        assert process.returncode == 0, problems
        return out.split("\n")

    assert said("cuda")[:2] == ["True True :4096:8 ^NVLS,NVLSTree", "False"]
    assert said("cpu")[0] == "False False None None"
