"""Compiled layers under real engines on two ranks: the same run as uncompiled ones, under every ZeRO stage."""

import json
from pathlib import Path

import pytest

from tests.engines import walk_engines

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1200)]

STEPS = 6
# Matrices above 100,000 values, which ZeRO-3 partitions; a rate at which Adam does not make much of a rounding.
WIDE = [
    f"stages.0.tokens={STEPS * 1024}",
    "train.schedule.warmup_tokens=1024",
    "train.schedule.decay_tokens=2048",
    "train.optimizer.learning_rate=0.001",
    "train.optimizer.embedding_learning_rate=null",
    "model.hidden_size=320",
    "model.intermediate_size=512",
    "model.initializer_range=0.02",
]
EXACT = ["train.precision=fp32"]
COMPILED = ["train.compile=true"]
VARIANTS = {
    "eager": [*EXACT, "train.zero_stage=2"],
    "zero0": [*EXACT, *COMPILED, "train.zero_stage=0"],
    "zero1": [*EXACT, *COMPILED, "train.zero_stage=1"],
    "zero2": [*EXACT, *COMPILED, "train.zero_stage=2"],
    "zero3": [*EXACT, *COMPILED, "train.zero_stage=3"],
    "zero3-recomputed": [*EXACT, *COMPILED, "train.zero_stage=3", "train.activation_checkpointing=1"],
    "bf16-eager": ["train.zero_stage=2"],
    "bf16-zero2": [*COMPILED, "train.zero_stage=2"],
    "bf16-zero3": [*COMPILED, "train.zero_stage=3"],
}


@pytest.fixture(scope="module")
def walked(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("compiled")
    variants = {name: [*WIDE, *overrides] for name, overrides in VARIANTS.items()}
    walk_engines(2, smoke_recipe, finished.directory, output, variants, timeout=1100)
    return output


def figures(walked: Path, name: str) -> list[dict]:
    return json.loads((walked / name / "figures.json").read_text())


@pytest.mark.parametrize("name", ["zero0", "zero1", "zero2", "zero3", "zero3-recomputed"])
def test_compiled_fp32_losses_are_those_of_uncompiled_layers(walked: Path, name: str) -> None:
    found, expected = figures(walked, name), figures(walked, "eager")
    assert len(found) == STEPS
    for one, two in zip(found, expected, strict=True):
        assert one["loss"] == pytest.approx(two["loss"], rel=1e-6)
        assert one["gradient_norm"] == pytest.approx(two["gradient_norm"], rel=1e-4)


@pytest.mark.parametrize("name", ["bf16-zero2", "bf16-zero3"])
def test_compiled_bf16_losses_differ_by_its_rounding_only(walked: Path, name: str) -> None:
    """Kept in fp32 between fused operations, some values are rounded less often than without compilation."""
    found, expected = figures(walked, name), figures(walked, "bf16-eager")
    for one, two in zip(found, expected, strict=True):
        assert one["loss"] == pytest.approx(two["loss"], rel=2e-3)
    assert [step["loss"] for step in found] != [step["loss"] for step in expected]


def test_compiled_and_recomputed_layers_give_the_same_bits(walked: Path) -> None:
    found, expected = figures(walked, "zero3-recomputed"), figures(walked, "zero3")
    assert [step["loss"] for step in found] == [step["loss"] for step in expected]
