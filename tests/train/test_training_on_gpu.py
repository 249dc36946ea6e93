"""Training on a GPU: the losses of the CPU, and with `train.deterministic` the same bits when repeated or resumed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.runs import metrics
from tests.train.test_resume_exactness import COURSE, checkpoints

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="trains on a GPU")

DETERMINISTIC = ["train.deterministic=true"]
BF16 = [*COURSE, *DETERMINISTIC, "train.precision=bf16"]
EXPERTS = "model.experts={num_experts: 4, num_experts_per_tok: 2, moe_intermediate_size: 32, balance: bias}"
# One shape of micro batch: every other is compiled anew.
ONE_SHAPE = (
    "stages=[{name: main, tokens: 2816, sequence_length: 64, batch_samples: 4, mixture: {exponent: 0.4}}]"
)
VARIANTS = {
    "zero1": [*BF16, "train.zero_stage=1"],
    "zero2": [*BF16, "train.zero_stage=2", "train.micro_batch_samples=2"],
    "zero3": [*BF16, "train.zero_stage=3"],
    "experts": [*BF16, "train.zero_stage=2", EXPERTS],
    "fp32": [*COURSE, *DETERMINISTIC, "train.precision=fp32", "train.zero_stage=0"],
    "compiled": [
        *BF16,
        ONE_SHAPE,
        "train.zero_stage=1",
        "train.compile=true",
        "train.activation_checkpointing=0.5",
    ],
}
RESUMED_AT = 5
AGAIN = ["zero2", "compiled", "experts"]


def walk(recipe: Path, prepared: Path, output: Path, variants: dict, **environment: str) -> Path:
    """One launch of one rank: each variant undisturbed and resumed."""
    output.mkdir()
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1"]
    command += [str(Path(__file__).with_name("walk_resumes.py")), str(recipe), str(prepared), str(output)]
    command += [json.dumps(variants)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    return output


@pytest.fixture(scope="module")
def walked(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    variants = {name: [overrides, [RESUMED_AT]] for name, overrides in VARIANTS.items()}
    variants |= {f"{name}-again": [VARIANTS[name], []] for name in AGAIN}
    return walk(smoke_recipe, finished.directory, tmp_path_factory.mktemp("gpu") / "runs", variants)


@pytest.mark.parametrize("name", VARIANTS)
def test_resumed_it_is_the_same_run(walked: Path, name: str) -> None:
    whole, resumed = walked / name, walked / f"{name}-from-{RESUMED_AT}"
    assert metrics(resumed) == metrics(whole)
    expected, actual = checkpoints(whole), checkpoints(resumed)
    assert sorted(actual) == sorted(expected)[RESUMED_AT - 1 :]
    for directory, files in actual.items():
        assert files == expected[directory], directory


@pytest.mark.parametrize("name", AGAIN)
def test_done_again_it_gives_the_same_bits(walked: Path, name: str) -> None:
    whole, again = walked / name, walked / f"{name}-again"
    assert metrics(again) == metrics(whole)
    for directory, files in checkpoints(whole).items():
        for file, content in files.items():
            if file.endswith(".safetensors"):
                assert (again / "checkpoints" / directory / file).read_bytes() == content, (
                    f"{directory}/{file}"
                )


def test_its_losses_are_those_of_the_cpu(
    walked: Path, finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    on_cpu = walk(
        smoke_recipe,
        finished.directory,
        tmp_path_factory.mktemp("cpu") / "runs",
        {"fp32": [VARIANTS["fp32"], []]},
        CUDA_VISIBLE_DEVICES="",
    )
    expected = [line["loss"] for line in metrics(on_cpu / "fp32")]
    assert [line["loss"] for line in metrics(walked / "fp32")] == pytest.approx(expected, rel=1e-4)
    for name in ("zero1", "zero2", "zero3"):
        assert [line["loss"] for line in metrics(walked / name)] == pytest.approx(expected, rel=0.02), name
