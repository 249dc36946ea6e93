"""Compiled layers with experts, recomputed or not, under real engines: the same run as uncompiled ones."""

import json
from pathlib import Path

import pytest

from tests.engines import walk_engines

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1200)]

STEPS = 4
# Matrices of experts above 100,000 values, which ZeRO-3 partitions; an epsilon at which Adam does not make much of a rounding.
WIDE = [
    f"stages.0.tokens={STEPS * 1024}",
    "train.schedule.warmup_tokens=1024",
    "train.schedule.decay_tokens=2048",
    "train.optimizer.learning_rate=0.0005",
    "train.optimizer.eps=0.0001",
    "train.optimizer.embedding_learning_rate=null",
    "model.experts.moe_intermediate_size=256",
    "model.experts.router_aux_loss_coef=0.1",
    "model.experts.router_z_loss_coef=0.01",
]
BALANCES = {
    "loss": [],
    "bias": [
        "model.experts.balance=bias",
        "model.experts.n_shared_experts=1",
        "model.experts.first_k_dense_replace=1",
    ],
}
COMPILED = {
    "zero2": ["train.zero_stage=2"],
    "zero2-by-1": ["train.zero_stage=2", "train.micro_batch_samples=1"],
    "zero3": ["train.zero_stage=3"],
    "zero3-recomputed": ["train.zero_stage=3", "train.activation_checkpointing=1"],
}
VARIANTS = {
    f"{balance}-{name}": [*WIDE, "train.precision=fp32", *terms, *overrides]
    for balance, terms in BALANCES.items()
    for name, overrides in {
        "eager": ["train.zero_stage=2"],
        **{name: ["train.compile=true", *overrides] for name, overrides in COMPILED.items()},
    }.items()
} | {
    "bf16-eager": [*WIDE, *BALANCES["bias"], "train.zero_stage=2"],
    "bf16-zero3-recomputed": [*WIDE, *BALANCES["bias"], "train.compile=true", *COMPILED["zero3-recomputed"]],
}


@pytest.fixture(scope="module")
def walked(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("compiled")
    recipe = smoke_recipe.with_name("smoke-moe.yaml")
    walk_engines(2, recipe, finished.directory, output, VARIANTS, timeout=1100)
    return output


def figures(walked: Path, name: str) -> list[dict]:
    return json.loads((walked / name / "figures.json").read_text())


def biases(walked: Path, name: str) -> dict[str, list[float]]:
    return json.loads((walked / name / "biases-0.json").read_text())


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("balance", BALANCES)
def test_compiled_fp32_steps_are_those_of_uncompiled_layers(walked: Path, balance: str, name: str) -> None:
    found, expected = figures(walked, f"{balance}-{name}"), figures(walked, f"{balance}-eager")
    assert len(found) == STEPS
    for one, two in zip(found, expected, strict=True):
        for key in ("loss", "balance_loss", "router_z_loss"):
            assert one[key] == pytest.approx(two[key], rel=1e-6), key
        assert one["gradient_norm"] == pytest.approx(two["gradient_norm"], rel=1e-5)
        assert one["fullest_expert"] == two["fullest_expert"]
    assert biases(walked, f"{balance}-{name}") == biases(walked, f"{balance}-eager")
    assert bool(biases(walked, f"{balance}-{name}")) == (balance == "bias")


@pytest.mark.parametrize("balance", BALANCES)
def test_compiled_and_recomputed_layers_give_the_same_bits_and_count_no_token_twice(
    walked: Path, balance: str
) -> None:
    found, expected = figures(walked, f"{balance}-zero3-recomputed"), figures(walked, f"{balance}-zero3")
    for one, two in zip(found, expected, strict=True):
        del one["tokens_per_second"], two["tokens_per_second"]
        assert one == two


def test_compiled_bf16_losses_differ_by_its_rounding_only(walked: Path) -> None:
    found, expected = figures(walked, "bf16-zero3-recomputed"), figures(walked, "bf16-eager")
    for one, two in zip(found, expected, strict=True):
        assert one["loss"] == pytest.approx(two["loss"], rel=2e-3)
