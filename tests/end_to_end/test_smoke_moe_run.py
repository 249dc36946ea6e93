"""The whole way with mixture-of-experts layers, as a newcomer types it."""

import json
from pathlib import Path

import numpy as np
import pytest

from soofi.ledger import RunDirectory
from soofi.pipeline.exposure import steps_that_saw
from soofi.recipe import EU_OFFICIAL
from soofi.tokenizer import open_tokenizer
from soofi.tokens import Loader, Sampler, Shard, StageTable, find_tokens, open_streams
from tests.runs import copy_before, generate_with_transformers, metrics

RECIPE = "smoke-moe.yaml"
PACKED = """
tokens: {packed_lengths: [128]}
stages:
  - {name: main, tokens: 61440, sequence_length: 128, batch_samples: 8, packing: best_fit, mixture: {exponent: 0.4}}
"""
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


def test_experts_train_on_packed_documents_export_and_generate(
    finished, soofi, smoke_recipe: Path, tmp_path: Path
) -> None:
    """The recipe's text and tokenizer are those of smoke.yaml, which are there already; its windows are packed."""
    run = tmp_path / "runs" / "smoke-moe"
    copy_before(finished.directory, run, "tokens")
    recipe = tmp_path / "packed.yaml"
    recipe.write_text(f"extends: {smoke_recipe.with_name(RECIPE)}\n{PACKED}", encoding="utf-8")
    done = soofi("run", recipe, f"run_root={run.parent}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("unchanged, skipped") == 2
    assert "0 tokens dropped" in done.stderr
    check_whole_run(run, "Qwen3MoeForCausalLM", soofi, tmp_path)
    check_where(RunDirectory(run))


def check_where(run: RunDirectory) -> None:
    """The steps that `soofi where` names for a document of many pieces are those whose labels have it."""
    streams = open_streams(run.tokens, "train")
    ids = [name for path in streams["texts/de"].paths for name in Shard(path).document_ids()]
    place = max(find_tokens(run.tokens, ids), key=lambda place: place.tokens)
    assert place.tokens > 2 * 128
    said = steps_that_saw(run, [place])
    data = np.memmap(run.tokens / place.path, "<u2", "r+")
    data[place.offset : place.offset + place.tokens - 1] = 65_000
    tokenizer, table = (
        open_tokenizer(run.tokenizer),
        StageTable.from_values(json.loads(run.stage_table.read_text())),
    )
    loader = Loader(Sampler(table), streams, tokenizer.eod_id, tokenizer.pad_id)
    labels = [loader.step(step).micro_batches[0].labels for step in range(table.steps)]
    assert said == [step for step, of_step in enumerate(labels, 1) if 65_000 in of_step]
    assert len(said) > 1


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
