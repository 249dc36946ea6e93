"""What is sent in a step, and what estimates assume."""

import pytest

from soofi.plan import Layout, Machine, estimate, exchanges, least_seconds
from soofi.recipe import Cluster, Train

CLUSTER = Cluster(
    name="two machines",
    nodes=2,
    gpus_per_node=4,
    gpu="GPU",
    gpu_memory_gib=80,
    peak_tflops={"bf16": 1000},
    node_link_gbytes=400,
    network_gbytes=100,
    node_watts=5000,
    assumed_mfu=0.5,
)
TWO = Machine("two machines", 8, 4, "GPU", 0)
LAYOUT = Layout(8, 64, 1024, 2, 4)


def sent(stage: int, hpz: int = 1) -> dict[str, int]:
    train = Train.model_validate(
        {"optimizer": {"learning_rate": 1}, "zero_stage": stage, "zero": {"hpz_partition_size": hpz}}
    )
    return {one.name: one.network_bytes(TWO) for one in exchanges(1000, train, LAYOUT)}


def test_a_machine_receives_what_the_other_has() -> None:
    """Half of 1,000 weights (2 bytes) and gradients (4 bytes), in each of four micro batches where the stage says so."""
    assert sent(3) == {
        "weights for the forward pass": 4000,
        "weights for the backward pass": 4000,
        "sums of gradients": 8000,
    }
    assert sent(3, hpz=4)["weights for the backward pass"] == 0
    assert sent(2) == {"sums of gradients": 8000, "new weights": 1000}
    assert sent(1) == {"sums of gradients": 2000, "new weights": 1000}


def test_the_slower_link_decides() -> None:
    train = Train.model_validate(
        {"optimizer": {"learning_rate": 1}, "zero_stage": 3, "zero": {"hpz_partition_size": 4}}
    )
    forward, backward, _ = exchanges(10**9, train, LAYOUT)
    assert least_seconds(forward, TWO, CLUSTER) == pytest.approx(4 * 2e9 / 2 / 100e9)  # over the network
    assert least_seconds(backward, TWO, CLUSTER) == pytest.approx(
        4 * 2e9 * 3 / 4 / 400e9
    )  # inside the machine
    assert least_seconds(forward, TWO, None) is None


def test_an_estimate_is_work_over_assumed_speed() -> None:
    found = estimate(CLUSTER, "bf16", flops=8 * 1e15 * 3600, tokens=3600)
    assert found is not None
    assert found.hours == pytest.approx(2)
    assert found.gpu_hours == pytest.approx(16)
    assert found.tokens_per_second == pytest.approx(0.5)
    assert found.megawatt_hours == pytest.approx(2 * 2 * 5000 / 1e6)


def test_nothing_is_estimated_without_an_assumption() -> None:
    assert estimate(CLUSTER.model_copy(update={"assumed_mfu": None}), "bf16", 1.0, 1) is None
    assert estimate(CLUSTER, "fp8", 1.0, 1) is None
