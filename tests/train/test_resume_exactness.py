"""Resumed at any step, a run is the same run: every later checkpoint and line of metrics, bit for bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from soofi.checkpoint.trainer_state import read_trainer_state
from soofi.ledger import RunDirectory
from soofi.tokens import StageTable
from tests.runs import metrics

COURSE = [
    # A batch that grows, longer sequences, another mixture: each begins somewhere within eleven steps.
    "stages=["
    "{name: ramp, tokens: 1152, sequence_length: 32, batch_samples: 8, mixture: {exponent: 0.4},"
    " batch_ramp: {from_samples: 4, increment_samples: 2, tokens: 640}},"
    "{name: long, tokens: 768, sequence_length: 64, batch_samples: 4, mixture: {exponent: 0.4}},"
    "{name: other, tokens: 512, sequence_length: 64, batch_samples: 4, mixture: {exponent: 1.0, languages: {mt: 9}}}]",
    "train.schedule={warmup_tokens: 512, decay_tokens: 1024, decay_shape: 1-sqrt}",
    "train.checkpoints={every_steps: 1, keep_last: 100}",
    "train.validation={every_steps: 4, bytes_per_language: 100}",
    "train.loss={z_loss: 0.001, goldfish: {k: 4, h: 5}}",
]
STEPS = 11
VARIANTS = {
    "dense": [*COURSE, "train.zero_stage=2"],
    # Balancing biases are state that no optimizer holds; weights and moments are cut into both ranks' partitions.
    "experts": [
        *COURSE,
        "model.experts={num_experts: 4, num_experts_per_tok: 2, moe_intermediate_size: 32, balance: bias}",
        "train.zero_stage=3",
        "train.zero.param_persistence_threshold=100",
        "train.micro_batch_samples=1",
    ],
}
RESUMED = {"dense": [*range(1, STEPS)], "experts": [3, 7, 10]}


@pytest.fixture(scope="module")
def walked(finished, smoke_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output of one launch of two ranks: each variant undisturbed, and resumed."""
    output = tmp_path_factory.mktemp("resumes")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += [str(Path(__file__).with_name("walk_resumes.py"))]
    command += [
        str(smoke_recipe),
        str(finished.directory),
        str(output),
        json.dumps({name: [VARIANTS[name], RESUMED[name]] for name in VARIANTS}),
    ]
    done = subprocess.run(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return output


def checkpoints(run: Path) -> dict[str, dict[str, bytes]]:
    """Every file of every checkpoint."""
    return {
        directory.name: {path.name: path.read_bytes() for path in sorted(directory.iterdir())}
        for directory in sorted(run.glob("checkpoints/step-*"))
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_the_course_has_all_that_can_change_within_a_run(walked: Path, name: str) -> None:
    """Otherwise the comparison below would show less than it says."""
    run = RunDirectory(walked / name)
    rows = StageTable.from_values(json.loads(run.stage_table.read_text())).rows
    assert [(row.first_step, row.batch_samples, row.sequence_length) for row in rows] == [
        (0, 4, 32), (2, 6, 32), (4, 8, 32), (6, 4, 64), (9, 4, 64)
    ]  # fmt: skip
    assert rows[3].weights != rows[4].weights
    lines = metrics(run.path)
    assert [line["step"] for line in lines] == list(range(STEPS))
    assert ["bits_per_byte" in line for line in lines] == [step in (3, 7, 10) for step in range(STEPS)]
    rates = [line["learning_rate"] for line in lines]
    assert rates[0] < rates[2] < rates[3] == rates[6] > rates[7] > rates[10] > 0
    states = [read_trainer_state(path) for path in sorted(run.path.glob("checkpoints/step-*"))]
    assert [state.step for state in states] == list(range(1, STEPS + 1))
    assert any(state.router_biases for state in states) == (name == "experts")


@pytest.mark.parametrize(("name", "step"), [(name, step) for name in VARIANTS for step in RESUMED[name]])
def test_resumed_at_a_step_it_is_the_same_run(walked: Path, name: str, step: int) -> None:
    whole, resumed = walked / name, walked / f"{name}-from-{step}"
    assert metrics(resumed) == metrics(whole)
    expected, actual = checkpoints(whole), checkpoints(resumed)
    assert sorted(actual) == sorted(expected)[step - 1 :]
    for directory, files in actual.items():
        assert files.keys() == expected[directory].keys()
        for file, content in files.items():
            assert content == expected[directory][file], f"{directory}/{file}"
