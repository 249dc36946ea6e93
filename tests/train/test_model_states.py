"""The memory plan beside real engines: what two ranks hold under every ZeRO stage."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from soofi.plan import model_states, parameters
from soofi.recipe import Model, Train

ROWS, RANKS, BUCKET = 2048, 2, 1000
# Some parameters are larger and some smaller than what ZeRO-3 keeps whole (100,000 values).
MODEL = {
    "hidden_size": 320,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 64,
}
VARIANTS: dict[str, dict[str, object]] = {
    **{f"fp32-zero{stage}": {"precision": "fp32", "zero_stage": stage} for stage in (0, 1, 2, 3)},
    **{f"bf16-zero{stage}": {"precision": "bf16", "zero_stage": stage} for stage in (1, 2, 3)},
    "bf16-zero3-hpz": {"precision": "bf16", "zero_stage": 3, "zero": {"hpz_partition_size": 2}},
}


def train_of(variant: str) -> Train:
    values = dict(VARIANTS[variant])
    zero = {"reduce_bucket_size": BUCKET, **values.pop("zero", {})}
    return Train.model_validate({"optimizer": {"learning_rate": 0.001}, "zero": zero, **values})


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Bytes of the first of two ranks, by variant; one launch for all."""
    output = tmp_path_factory.mktemp("states") / "measured.json"
    variants = {name: train_of(name).model_dump(mode="json") for name in VARIANTS}
    plan = json.dumps({"model": MODEL, "rows": ROWS, "variants": variants})
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(RANKS)]
    done = subprocess.run(
        [*command, str(Path(__file__).with_name("measure_states.py")), plan, str(output)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, int] = json.loads(output.read_text())
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_states_are_those_of_the_plan(measured: dict[str, int], variant: str) -> None:
    """Within a thousandth: alignment, the small bucket, counters."""
    train = train_of(variant)
    planned = sum(p.bytes for p in model_states(parameters(Model.model_validate(MODEL), ROWS), train, RANKS))
    assert measured[variant] == pytest.approx(planned, rel=1e-3)
