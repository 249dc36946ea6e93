"""The whole way with mixture-of-experts layers, as a newcomer types it."""

import json
from pathlib import Path

import pytest

from soofi.recipe import EU_OFFICIAL
from tests.runs import copy_before, generate_with_transformers, metrics

RECIPE = "smoke-moe.yaml"
BIAS = ["model.experts.balance=bias", "model.experts.bias_update_rate=0.01"]


def check_whole_run(run: Path, architecture: str, soofi, elsewhere: Path) -> None:
    """Training learned and used its experts evenly; the export is a stock model that generates; nothing is amiss."""
    steps = metrics(run)
    assert [step["step"] for step in steps] == list(range(60))
    assert steps[-1]["loss"] < steps[0]["loss"] - 0.5
    # 2 when all experts get the same. Unbalanced, this run ends above 4; 8 is the most.
    assert 1.9 < sum(step["balance_loss"] for step in steps[-10:]) / 10 < 3
    assert all(1 <= step["fullest_expert"] <= 4 for step in steps)
    assert set(steps[-1]["bits_per_byte"]) == set(EU_OFFICIAL)
    config = json.loads((run / "export" / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == [architecture]
    model, text = generate_with_transformers(run / "export", "Klicken Sie", elsewhere)
    assert model == architecture
    assert text.startswith("Klicken Sie") and len(text) > len("Klicken Sie")
    verified = soofi("verify", run)
    assert verified.returncode == 0, verified.stderr


def test_experts_train_on_finished_shards_export_and_generate(
    finished, soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    """The recipe's text, tokenizer and shards are those of smoke.yaml, which are there already."""
    run = tmp_path / "runs" / "smoke-moe"
    copy_before(finished.directory, run, "train")
    done = soofi("run", smoke_recipe.with_name(RECIPE), f"run_root={run.parent}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("unchanged, skipped") == 3
    check_whole_run(run, "Qwen3MoeForCausalLM", soofi, tmp_path)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("overrides", "architecture"),
    [
        ([], "Qwen3MoeForCausalLM"),
        (BIAS, "Glm4MoeForCausalLM"),
        ([*BIAS, "model.experts.n_shared_experts=1", "model.experts.first_k_dense_replace=1"], "Glm4MoeForCausalLM"),
    ],
    ids=["loss", "bias", "bias-shared"],
)  # fmt: skip
def test_the_whole_way_from_raw_text(
    soofi, smoke_recipe: Path, tmp_path: Path, overrides: list[str], architecture: str
) -> None:
    done = soofi(
        "run",
        smoke_recipe.with_name(RECIPE),
        *overrides,
        f"run_root={tmp_path}",
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for text in ("Samples", "German", "What was made", "Where the time went"):
        assert text in done.stdout
    check_whole_run(tmp_path / "smoke-moe", architecture, soofi, tmp_path)
