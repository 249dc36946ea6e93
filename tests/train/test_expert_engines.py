"""Experts under real engines: the same run however its batch is cut, under every ZeRO stage, with and without tokens."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from soofi.checkpoint import latest_checkpoint
from soofi.checkpoint.weights import read_weights
from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from tests.engines import walk_engines

STEPS = 4
RATE = 0.001  # by which a bias moves in a step
# Matrices of experts above 100,000 values, which ZeRO-3 partitions. Adam makes as much of a gradient of 1e-8, all rounding, as
# of any other: an epsilon of a tenth of the usual gradient here keeps it from that. A rounding may also send a token elsewhere
# where two experts are as good as equal; so few steps make that rare.
SHORT = [
    f"stages.0.tokens={STEPS * 1024}",
    "train.schedule.warmup_tokens=1024",
    "train.schedule.decay_tokens=2048",
    "train.optimizer.learning_rate=0.0005",
    "train.optimizer.eps=0.0001",
    "train.optimizer.embedding_learning_rate=null",
    "model.experts.moe_intermediate_size=256",
]
BALANCES = {
    # Balancing terms that weigh enough to show in loss and gradients.
    "loss": ["model.experts.router_aux_loss_coef=0.1", "model.experts.router_z_loss_coef=0.01"],
    "bias": [
        "model.experts.balance=bias",
        "model.experts.router_aux_loss_coef=0.01",
        "model.experts.n_shared_experts=1",
        "model.experts.routed_scaling_factor=1.5",
        "model.experts.first_k_dense_replace=1",
    ],
}
# 2 samples of 8 tokens for 64 experts a layer, one for each token: three quarters of the experts or more get none.
STARVED = [
    *SHORT,
    f"stages.0.tokens={STEPS * 16}",
    "stages.0.sequence_length=8",
    "stages.0.batch_samples=2",
    "train.schedule.warmup_tokens=16",
    "train.schedule.decay_tokens=32",
    "model.experts.num_experts=64",
    "model.experts.num_experts_per_tok=1",
    "model.experts.moe_intermediate_size=64",
]
WHOLE = ["train.zero_stage=0"]
# Each is compared with two ranks under ZeRO 0 that take their 4 samples at once.
TWO_RANKS = {
    "zero1-by-2": ["train.zero_stage=1", "train.micro_batch_samples=2"],
    "zero2-by-1": ["train.zero_stage=2", "train.micro_batch_samples=1"],
    "zero3": ["train.zero_stage=3"],
    "zero3-by-2": ["train.zero_stage=3", "train.micro_batch_samples=2", "train.activation_checkpointing=0.5"],
}
ONE_RANK = {
    "alone-zero1": ["train.zero_stage=1"],
    "alone-zero2-by-1": ["train.zero_stage=2", "train.micro_batch_samples=1"],
    "alone-zero3-by-2": ["train.zero_stage=3", "train.micro_batch_samples=2"],
}


def of_balances(cuts: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        f"{balance}-{name}": [*SHORT, "train.precision=fp32", *terms, *overrides]
        for balance, terms in BALANCES.items()
        for name, overrides in cuts.items()
    }


STARVED_VARIANTS = {
    f"starved-{precision}-zero{stage}": [
        *STARVED,
        "model.experts.balance=bias",
        f"train.precision={precision}",
        f"train.zero_stage={stage}",
    ]
    for precision in ("fp32", "bf16")
    for stage in (1, 2, 3)
} | {"starved-loss-zero3": [*STARVED, "train.zero_stage=3", "train.precision=fp32"]}
RESUMED = {
    f"bf16-zero{stage}{end}": [*SHORT, *BALANCES["bias"], f"train.zero_stage={stage}"]
    for stage in (1, 2, 3)
    for end in ("", "-resumed")
}
ON_TWO = of_balances({"zero0": WHOLE} | TWO_RANKS) | STARVED_VARIANTS | RESUMED
ON_ONE = of_balances(ONE_RANK)
ORDINARY = {
    "loss-zero0", "loss-zero2-by-1", "loss-zero3", "loss-alone-zero3-by-2",
    "bias-zero0", "bias-zero1-by-2", "bias-zero3-by-2", "bias-alone-zero2-by-1",
    "starved-fp32-zero1", "starved-fp32-zero2", "starved-fp32-zero3",
    "bf16-zero3", "bf16-zero3-resumed",
}  # fmt: skip
"""What the ordinary tests look at; the nightly ones at all of them."""


def over(*names: str):
    """Parameters of a test, nightly where they are not among the ordinary variants."""
    marks = [() if name in ORDINARY else (pytest.mark.nightly,) for name in names]
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=mark) for name, mark in zip(names, marks, strict=True)]
    )


@pytest.fixture(scope="module")
def run_of(
    finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], RunDirectory]:
    """The run of a variant. Those that need the same number of ranks, ordinary or all the others, are trained in one
    launch when a test first asks for one of them."""
    output = tmp_path_factory.mktemp("experts")
    recipe = smoke_recipe.with_name("smoke-moe.yaml")

    def find(name: str) -> RunDirectory:
        run = RunDirectory(output / name)
        if not run.path.exists():
            ranks, variants = (2, ON_TWO) if name in ON_TWO else (1, ON_ONE)
            together = {
                other: overrides
                for other, overrides in variants.items()
                if (other in ORDINARY) == (name in ORDINARY)
            }
            walk_engines(ranks, recipe, finished.directory, output, together)
        return run

    return find


def figures(run: RunDirectory) -> list[dict]:
    return json.loads((run.path / "figures.json").read_text())


def biases(run: RunDirectory, rank: int = 0) -> dict[str, list[float]]:
    return json.loads((run.path / f"biases-{rank}.json").read_text())


def weights(run: RunDirectory) -> dict[str, torch.Tensor]:
    checkpoint = latest_checkpoint(run)
    assert checkpoint is not None
    return read_weights(checkpoint)


@over(*of_balances(TWO_RANKS), *ON_ONE)
def test_a_run_does_not_depend_on_stage_micro_batch_or_ranks(run_of, name: str) -> None:
    run, reference = run_of(name), run_of(f"{name.split('-')[0]}-zero0")
    found, expected = figures(run), figures(reference)
    assert len(found) == STEPS
    for one, two in zip(found, expected, strict=True):
        for key in ("loss", "balance_loss", "router_z_loss", "gradient_norm"):
            assert one[key] == pytest.approx(two[key], rel=1e-6), key
        assert one["fullest_expert"] == two["fullest_expert"]
    found_weights, expected_weights = weights(run), weights(reference)
    assert found_weights.keys() == expected_weights.keys()
    for key, tensor in found_weights.items():
        difference = (tensor - expected_weights[key]).abs().max()
        assert difference <= 1e-6 * max(1.0, float(expected_weights[key].abs().max())), key


@pytest.mark.parametrize("balance", BALANCES)
def test_balancing_terms_are_means_over_samples_and_layers(run_of, balance: str) -> None:
    """Near 2, the number of experts a token goes to: that of a step, not a micro batch's, a rank's or all layers'."""
    for step in figures(run_of(f"{balance}-zero0")):
        assert 1.9 < step["balance_loss"] < 3
        assert 1 <= step["fullest_expert"] < 4
        assert step["router_z_loss"] > 0


@over(*of_balances({"zero0": WHOLE} | TWO_RANKS))
def test_every_rank_has_the_same_biases_and_they_move(run_of, name: str) -> None:
    found = biases(run_of(name))
    assert found == biases(run_of(name), rank=1) == biases(run_of(f"{name.split('-')[0]}-zero0"))
    if name.startswith("loss"):
        assert not found
        return
    assert list(found) == ["model.layers.1.mlp.gate.e_score_correction_bias"]
    for values in found.values():
        assert len(values) == 8
        assert max(values) > RATE / 2 and min(values) < -RATE / 2
        # Four steps of one rate, up, down or none.
        for value in values:
            assert value / RATE == pytest.approx(round(value / RATE), abs=1e-4)
            assert abs(round(value / RATE)) <= STEPS


@over(*STARVED_VARIANTS)
def test_experts_without_a_token_hold_nothing_up(run_of, name: str) -> None:
    run = run_of(name)
    found = figures(run)
    assert len(found) == STEPS
    for step in found:
        assert step["loss"] < 9 and step["gradient_norm"] > 0
        # The fullest of 64 experts got a whole number of the step's 16 tokens.
        assert step["fullest_expert"] / 4 == round(step["fullest_expert"] / 4) >= 1
    for values in biases(run).values():
        # An expert without a token has less than the mean, a quarter of one, and goes up; 1 to 16 others go down.
        moves = [round(value / RATE) for value in values]
        assert values == pytest.approx([move * RATE for move in moves], abs=1e-7)
        assert set(moves) <= {-4, -2, 0, 2, 4}
        assert STEPS * (48 - 16) <= sum(moves) <= STEPS * (63 - 1)
    assert all(bool(tensor.isfinite().all()) for tensor in weights(run).values())


@over("starved-fp32-zero2", "starved-fp32-zero3", "starved-bf16-zero2", "starved-bf16-zero3")
def test_stages_agree_when_experts_get_no_token(run_of, name: str) -> None:
    tolerance = 1e-6 if "fp32" in name else 2e-3
    expected = figures(run_of(name[:-1] + "1"))
    for one, two in zip(figures(run_of(name)), expected, strict=True):
        assert one["loss"] == pytest.approx(two["loss"], rel=tolerance)


@over("bf16-zero1-resumed", "bf16-zero2-resumed", "bf16-zero3-resumed")
def test_a_resumed_run_has_the_same_bits(run_of, name: str) -> None:
    plain, resumed = run_of(name.removesuffix("-resumed")), run_of(name)
    for one, two in zip(figures(resumed), figures(plain), strict=True):
        del one["tokens_per_second"], two["tokens_per_second"]
        assert one == two
    assert biases(resumed) == biases(plain)
    assert any(any(values) for values in biases(plain).values())
    before, after = weights(plain), weights(resumed)
    assert before.keys() == after.keys()
    for key, tensor in before.items():
        assert torch.equal(after[key], tensor), key


@over("loss-zero0", "loss-zero3", "bias-zero2-by-1", "bias-zero3-by-2", "loss-alone-zero1", "bf16-zero3")
def test_exported_logits_are_the_trainers(run_of, smoke_recipe: Path, finished, name: str) -> None:
    """Through checkpoint and export into stock transformers of both families."""
    from transformers import AutoModelForCausalLM

    from soofi.export import make_export
    from soofi.ledger import manifest_sha256

    run = run_of(name)
    overrides = [*(ON_TWO | ON_ONE)[name], f"run_root={run.path.parent}", f"name={name}"]
    recipe = load_recipe(smoke_recipe.with_name("smoke-moe.yaml"), overrides)
    if not run.corpus.exists():
        run.corpus.symlink_to(finished.directory / "corpus")
    checkpoint = latest_checkpoint(run)
    assert checkpoint is not None
    make_export(recipe, run, {"checkpoint": manifest_sha256(checkpoint)}, lambda text: None)
    model = AutoModelForCausalLM.from_pretrained(run.export, dtype="auto")
    family = "Qwen3MoeForCausalLM" if name.startswith("loss") else "Glm4MoeForCausalLM"
    assert type(model).__name__ == recipe.model.architecture == family
    trained = torch.load(run.path / "logits.pt", weights_only=True)
    with torch.no_grad():
        logits = model(trained["tokens"]).logits.float()
    tolerance = 1e-5 if recipe.train.precision == "fp32" else 2e-2
    difference = (logits - trained["logits"]).abs().flatten(0, -2).amax(-1)
    within = difference <= tolerance * max(1.0, float(trained["logits"].abs().max()))
    # In bf16 two experts' scores may be as good as equal for a token, and the other one be taken.
    least = 1.0 if recipe.train.precision == "fp32" else 0.9
    assert within.float().mean() >= least, f"{within.float().mean():.3f} of the tokens agree"
