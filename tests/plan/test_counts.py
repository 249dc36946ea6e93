"""Parameters and operations in closed form are those of the modules themselves."""

import re
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from soofi.model import Transformer
from soofi.model.huggingface import huggingface_config
from soofi.plan import count_parameters, flops_per_token, parameters
from soofi.recipe import Model, compose, parse_part
from tests.plan.random_models import models

MODELS = sorted((Path(__file__).resolve().parents[2] / "recipes" / "models").glob("*.yaml"))
Shapes = dict[str, tuple[int, ...]]


def on_meta(model: Model, rows: int) -> tuple[Shapes, Shapes]:
    """Names and shapes of our module's parameters and of those of the stock one, built without memory."""
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        ours = Transformer(model, rows)
        stock = AutoModelForCausalLM.from_config(huggingface_config(model, rows, 1, 0))
    assert type(stock).__name__ == model.architecture
    # Without shared experts the stock module has parameters for them all the same, with no values.
    shapes = [{n: tuple(p.shape) for n, p in one.named_parameters() if p.numel()} for one in (ours, stock)]
    return shapes[0], shapes[1]


def in_closed_form(model: Model, rows: int) -> Shapes:
    return {parameter.name: parameter.shape for parameter in parameters(model, rows)}


@settings(max_examples=40, deadline=None)
@given(model=models(), rows=st.integers(16, 64))
def test_names_and_shapes_are_those_of_both_modules(model: Model, rows: int) -> None:
    ours, stock = on_meta(model, rows)
    assert in_closed_form(model, rows) == ours == stock


def test_the_folder_has_the_models_that_run_recipes_lay_under() -> None:
    names = {path.stem for path in MODELS}
    assert {"10m", "125m", "1.3b", "8b", "32b", "100b", "30b-a3b", "106b-a12b"} <= names


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_configuration_is_what_its_comment_says(path: Path) -> None:
    said = re.search(
        r"# Exports to (\w+)\. With a vocabulary of ([\d,]+): ([\d,]+) parameters, (?:all|([\d,]+)) active;\n"
        r"# ([\d.]+) GFLOPs a token of ([\d,]+) ",
        path.read_text(encoding="utf-8"),
    )
    assert said, "the first lines say what the model is"
    architecture, rows, total, active, gflops, length = said.groups()
    model = parse_part(compose(path))["model"]
    counts = count_parameters(model, int(rows.replace(",", "")))
    flops = flops_per_token(model, int(rows.replace(",", "")), int(length.replace(",", "")))
    assert model.architecture == architecture
    assert f"{counts.total:,}" == total
    assert f"{counts.active:,}" == (active or total)
    assert f"{flops.training / 1e9:.4g}" == gflops
    ours, stock = on_meta(model, 4096)
    assert in_closed_form(model, 4096) == ours == stock


def test_the_large_models_have_the_sizes_they_are_called_by() -> None:
    by_name = {path.stem: parse_part(compose(path))["model"] for path in MODELS}
    assert count_parameters(by_name["100b"], 131_072).total == 100_497_358_848
    mixture = count_parameters(by_name["106b-a12b"], 131_072)
    assert (mixture.total, mixture.active) == (105_987_325_952, 11_766_480_896)


@settings(max_examples=20, deadline=None)
@given(model=models(dense=True), rows=st.integers(16, 64), length=st.integers(2, 32))
def test_operations_are_those_that_torch_counts(model: Model, rows: int, length: int) -> None:
    """Plain attention computes the whole square of scores, a causal kernel half of it; torch counts the plain one."""
    transformer = Transformer(model, rows)
    tokens = torch.zeros(1, length, dtype=torch.long)
    plain = sdpa_kernel(SDPBackend.MATH)
    with FlopCounterMode(display=False) as counter, torch.no_grad(), plain:
        transformer(tokens)
    scores = 2 * model.num_hidden_layers * length * model.num_attention_heads * model.head_dim
    flops = flops_per_token(model, rows, length)
    assert counter.get_total_flops() == length * (flops.forward + scores)
    assert flops.training == 3 * flops.forward
    assert flops.with_recomputation(0) == flops.training
    head = 2 * rows * model.hidden_size
    assert flops.with_recomputation(1) == flops.training + flops.forward - head


@given(model=models(), rows=st.integers(16, 64))
def test_active_parameters_leave_out_the_experts_not_chosen(model: Model, rows: int) -> None:
    counts = count_parameters(model, rows)
    if model.experts is None:
        assert counts.active == counts.total
        return
    idle = model.experts.num_experts - model.experts.num_experts_per_tok
    layers = model.num_hidden_layers - model.experts.first_k_dense_replace
    one = 3 * model.hidden_size * model.experts.moe_intermediate_size
    assert counts.total - counts.active == idle * layers * one
