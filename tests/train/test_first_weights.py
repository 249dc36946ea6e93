"""What a model begins with does not depend on ZeRO stage or number of ranks."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from soofi.ledger import RunDirectory, manifest_sha256
from soofi.model import Transformer, initialise
from soofi.recipe import load_recipe
from soofi.tokenizer import make_tokenizer, read_extension
from soofi.tokens import make_tokens
from soofi.train.first_weights import partition

FP32 = ["train.precision=fp32", "train.optimizer.learning_rate=0.001"]
# Matrices above 100,000 values: smaller ones stay whole under ZeRO-3. A width that no number of ranks divides.
WIDE = ["model.hidden_size=322", "model.intermediate_size=515", "model.initializer_range=0.02"]
VARIANTS = {
    **{f"zero{stage}": [*FP32, f"train.zero_stage={stage}"] for stage in range(4)},
    **{f"wide-zero{stage}": [*FP32, *WIDE, f"train.zero_stage={stage}"] for stage in (0, 2, 3)},
    "untied-zero0": [*FP32, "model.tie_word_embeddings=false", "train.zero_stage=0"],
    "untied-zero3": [*FP32, "model.tie_word_embeddings=false", "train.zero_stage=3"],
    **{f"bf16-zero{stage}": [*WIDE, f"train.zero_stage={stage}"] for stage in (1, 2, 3)},
}
GIVEN = {f"given-zero{stage}": [*FP32, f"train.zero_stage={stage}"] for stage in (0, 2, 3)}
EXTENDED = {f"extended-zero{stage}": [*FP32, f"train.zero_stage={stage}"] for stage in (0, 2, 3)}
NEW = 50
"""Entries that the extended tokenizer has more."""
RANKS = (1, 2, 4)
BATCH = ["stages.0.batch_samples=12"]
"""Divides by all, so that they take the same first step."""


@pytest.fixture(scope="module")
def extended(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared run whose tokenizer has new entries."""
    run = RunDirectory(tmp_path_factory.mktemp("extended"))
    run.corpus.symlink_to(finished.directory / "corpus")
    changes = [f"tokenizer.from={finished.directory / 'export'}", f"tokenizer.extend.entries={NEW}"]
    recipe = load_recipe(smoke_recipe, changes)
    make_tokenizer(recipe, run, {}, lambda line: None)
    make_tokens(recipe, run, {"tokenizer": manifest_sha256(run.tokenizer)}, lambda line: None)
    return run.path


@pytest.fixture(scope="module")
def walked(
    finished, extended: Path, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, dict[str, dict]]:
    """What one launch for each number of ranks found, by ranks and variant."""
    output = tmp_path_factory.mktemp("first-weights")
    parent = finished.directory / "export"
    begun = [f"model.initialise_from={parent}", f"tokenizer.from={parent}"]
    grown = [*begun, f"tokenizer.extend.entries={NEW}"]
    prepared = str(finished.directory)
    variants = {name: [prepared, *overrides] for name, overrides in VARIANTS.items()}
    variants |= {name: [prepared, *begun, *overrides] for name, overrides in GIVEN.items()}
    variants |= {name: [str(extended), *grown, *overrides] for name, overrides in EXTENDED.items()}
    found = {}
    for ranks in RANKS:
        file = output / f"{ranks}.json"
        script = Path(__file__).with_name("walk_first_weights.py")
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(ranks), str(script), str(smoke_recipe)]
        tasks = {name: [*overrides, *BATCH] for name, overrides in variants.items()}
        done = subprocess.run(
            [*command, str(file), json.dumps(tasks)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        found[ranks] = json.loads(file.read_text())
    return found


@pytest.mark.parametrize("family", ["", "wide-", "untied-", "bf16-", "given-", "extended-"])
def test_every_parameter_begins_bit_for_bit_the_same(walked, family: str) -> None:
    one, *others = [
        (ranks, name, walked[ranks][name])
        for ranks in RANKS
        for name in VARIANTS | GIVEN | EXTENDED
        if name.removeprefix(family).startswith("zero") and name.startswith(family)
    ]
    assert one[2]["parameters"]
    for ranks, name, found in others:
        for what in ("parameters", "masters"):
            assert found[what] == one[2][what], f"{what} of {name} on {ranks} ranks"
        assert found["loss"] == pytest.approx(one[2]["loss"], rel=1e-6 if family != "bf16-" else 2e-3)


def digest(tensor: torch.Tensor) -> str:
    flat = tensor.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
    return hashlib.sha256(f"{tuple(tensor.shape)} {tensor.dtype} ".encode() + flat).hexdigest()


def test_they_are_the_values_of_the_directory(walked, finished) -> None:
    found = walked[4]["given-zero3"]["parameters"]
    with safe_open(finished.directory / "export" / "model.safetensors", "pt") as stored:
        assert set(found) == set(stored.keys())
        for name in found:
            assert found[name] == digest(stored.get_tensor(name).float()), name


def test_rows_of_new_tokens_are_means_of_the_old_ones(walked, finished, extended: Path) -> None:
    found = walked[4]["extended-zero3"]["parameters"]
    pieces = read_extension(extended / "tokenizer")
    with safe_open(finished.directory / "export" / "model.safetensors", "pt") as stored:
        assert set(found) == set(stored.keys())
        for name in found:
            value = stored.get_tensor(name).float()
            if name == "model.embed_tokens.weight":
                means = [value[list(old)].double().numpy().mean(0) for old in pieces.values()]
                value = torch.cat([value, torch.tensor(np.array(means)).float()])
                assert len(means) == NEW
            assert found[name] == digest(value), name


def test_they_are_the_values_of_the_plain_model(walked, smoke_recipe: Path) -> None:
    recipe = load_recipe(smoke_recipe, WIDE)
    model = Transformer(recipe.model, recipe.vocabulary_size)
    initialise(model, recipe.seed)
    for variant, dtype in (("wide-zero3", torch.float32), ("bf16-zero3", torch.bfloat16)):
        for name, parameter in model.named_parameters():
            assert walked[4][variant]["parameters"][name] == digest(parameter.to(dtype)), name


@given(size=st.integers(0, 10_000), ranks=st.integers(1, 40))
def test_the_parts_tile_a_parameter(size: int, ranks: int) -> None:
    parts = [partition(size, rank, ranks) for rank in range(ranks)]
    assert [at for start, count, _ in parts for at in range(start, start + count)] == list(range(size))
    assert len({padded for _, _, padded in parts}) == 1
    assert all(count <= padded for _, count, padded in parts)
