"""What a model begins with does not depend on ZeRO stage or number of ranks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from soofi.model import Transformer, initialise
from soofi.recipe import load_recipe
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
RANKS = (1, 2, 4)


@pytest.fixture(scope="module")
def walked(
    finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, dict[str, dict]]:
    """What one launch for each number of ranks found, by ranks and variant."""
    output = tmp_path_factory.mktemp("first-weights")
    found = {}
    for ranks in RANKS:
        file = output / f"{ranks}.json"
        script = Path(__file__).with_name("walk_first_weights.py")
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(ranks), str(script), str(smoke_recipe)]
        done = subprocess.run(
            [*command, str(finished.directory), str(file), json.dumps(VARIANTS)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        found[ranks] = json.loads(file.read_text())
    return found


@pytest.mark.parametrize("family", ["", "wide-", "untied-", "bf16-"])
def test_every_parameter_begins_bit_for_bit_the_same(walked, family: str) -> None:
    one, *others = [
        (ranks, name, walked[ranks][name])
        for ranks in RANKS
        for name in VARIANTS
        if name.removeprefix(family).startswith("zero") and name.startswith(family)
    ]
    assert one[2]["parameters"]
    for ranks, name, found in others:
        for what in ("parameters", "masters"):
            assert found[what] == one[2][what], f"{what} of {name} on {ranks} ranks"
        assert found["loss"] == pytest.approx(one[2]["loss"], rel=1e-6 if family != "bf16-" else 2e-3)


def test_they_are_the_values_of_the_plain_model(walked, smoke_recipe: Path) -> None:
    import hashlib

    recipe = load_recipe(smoke_recipe, WIDE)
    model = Transformer(recipe.model, recipe.vocabulary_size)
    initialise(model, recipe.seed)
    for variant, dtype in (("wide-zero3", torch.float32), ("bf16-zero3", torch.bfloat16)):
        for name, parameter in model.named_parameters():
            flat = parameter.detach().to(dtype).view(-1).view(torch.uint8).numpy().tobytes()
            say = f"{tuple(parameter.shape)} {dtype} ".encode()
            expected = hashlib.sha256(say + flat).hexdigest()
            assert walked[4][variant]["parameters"][name] == expected, name


@given(size=st.integers(0, 10_000), ranks=st.integers(1, 40))
def test_the_parts_tile_a_parameter(size: int, ranks: int) -> None:
    parts = [partition(size, rank, ranks) for rank in range(ranks)]
    assert [at for start, count, _ in parts for at in range(start, start + count)] == list(range(size))
    assert len({padded for _, _, padded in parts}) == 1
    assert all(count <= padded for _, count, padded in parts)
