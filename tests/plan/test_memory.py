"""The laws of the memory plan, and how a layout that does not fit is refused."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.plan import (
    Layout,
    Machine,
    check_memory,
    check_sharding,
    layout_of,
    memory_table,
    model_states,
    parameters,
    plan_memory,
)
from soofi.recipe import Model, Stage, Train, Zero
from tests.plan.random_models import models

SIZES = st.integers(1, 4).map(lambda n: 2**n)


def train(stage: int = 3, **fields: object) -> Train:
    return Train.model_validate({"optimizer": {"learning_rate": 0.001}, "zero_stage": stage, **fields})


def machine(memory: int, ranks: int = 8, reserved: int = 0) -> Machine:
    return Machine("a machine", ranks, ranks, "GPU", memory, reserved)


def states(model: Model, one: Train, ranks: int) -> int:
    return sum(part.bytes for part in model_states(parameters(model, 64), one, ranks))


@settings(max_examples=50, deadline=None)
@given(model=models(), ranks=SIZES, precision=st.sampled_from(["bf16", "fp32"]))
def test_a_higher_stage_and_more_ranks_never_take_more(model: Model, ranks: int, precision: str) -> None:
    """But for the padding: stage 3 cuts every parameter by itself."""
    large = Zero(param_persistence_threshold=0)
    by_stage = [states(model, train(stage, precision=precision, zero=large), ranks) for stage in (1, 2, 3)]
    padding = 18 * ranks * len(parameters(model, 64))
    assert by_stage[0] >= by_stage[1] >= by_stage[2] - padding
    for stage in (1, 2, 3):
        one = train(stage, precision=precision, zero=large)
        assert states(model, one, 2 * ranks) <= states(model, one, ranks) + padding


@given(model=models())
def test_one_rank_holds_eighteen_bytes_a_parameter(model: Model) -> None:
    """bf16 weights, fp32 gradients, masters and two moments: 2 + 4 + 4 + 8."""
    number = sum(parameter.numel for parameter in parameters(model, 64))
    assert states(model, train(2), 1) == 18 * number
    assert states(model, train(0, precision="fp32"), 1) == 16 * number


@given(model=models(), inside=st.sampled_from([2, 4, 8]))
def test_a_second_copy_is_cut_over_its_own_ranks(model: Model, inside: int) -> None:
    zero = Zero(param_persistence_threshold=0)
    once = states(model, train(3, zero=zero), 8)
    twice = states(model, train(3, zero=zero.model_copy(update={"hpz_partition_size": inside})), 8)
    padded = sum(-(-parameter.numel // 8) * 8 for parameter in parameters(model, 64))
    assert twice - once == 2 * padded // inside


def test_recomputation_and_chunks_take_less() -> None:
    model = Model(
        hidden_size=64, intermediate_size=128, num_hidden_layers=8, num_attention_heads=4, num_key_value_heads=2, head_dim=16
    )  # fmt: skip
    layout = Layout(1, 4, 512, 4, 1)

    def peak(**fields: object) -> int:
        return plan_memory(
            model, 4096, train(2, zero={"reduce_bucket_size": 1}, **fields), layout, machine(0)
        ).peak_bytes

    shares = [peak(activation_checkpointing=share) for share in (0, 0.25, 0.5, 1)]
    assert shares == sorted(shares, reverse=True)
    assert len(set(shares)) == 4
    assert peak(loss={"chunk_tokens": 128}) < peak(loss={"chunk_tokens": 1024})


def test_states_that_do_not_fit_are_refused_with_every_part() -> None:
    model = Model(
        hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16
    )  # fmt: skip
    plan = plan_memory(model, 4096, train(3), Layout(8, 8, 128, 1, 1), machine(0))
    with pytest.raises(ValueError, match="the states do not fit one GPU") as refused:
        check_memory(plan, machine(plan.states_bytes - 1))
    figures = [int(figure.replace(",", "")) for figure in re.findall(r"\d[\d,]*\d", str(refused.value))]
    for part in plan.states:
        assert part.name in str(refused.value)
        assert part.bytes in figures
    assert plan.states_bytes in figures
    with pytest.raises(ValueError, match="a step does not fit one GPU.*lower train.micro_batch_samples"):
        check_memory(plan, machine(plan.peak_bytes + 9, reserved=10))
    check_memory(plan, machine(plan.peak_bytes + 10, reserved=10))


def test_the_table_adds_up_and_fits_a_terminal() -> None:
    model = Model(
        hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16
    )  # fmt: skip
    plan = plan_memory(model, 4096, train(3), Layout(8, 8, 128, 1, 1), machine(0))
    table = memory_table(plan, machine(10**9))
    assert max(map(len, table.splitlines())) <= 80
    for part in (*plan.states, *plan.kept, *plan.moments[plan.fullest]):
        assert part.bytes < 5000 or part.name in table
    assert plan.peak_bytes == plan.states_bytes + plan.bytes_at(plan.fullest)


def test_a_batch_is_laid_over_ranks_and_micro_batches() -> None:
    stage = Stage(name="main", tokens=100_000, sequence_length=64, batch_samples=24)
    layout = layout_of(train(micro_batch_samples=2), stage, 24, 4)
    assert (layout.micro_batch_samples, layout.accumulation, layout.step_tokens) == (2, 3, 1536)
    assert layout_of(train(), stage, 24, 4).accumulation == 1
    with pytest.raises(
        ValueError, match="is not a multiple of the number of ranks .* train.micro_batch_samples"
    ):
        layout_of(train(micro_batch_samples=4), stage, 24, 4)


def test_a_second_copy_stays_inside_a_machine() -> None:
    one = train(3, zero={"hpz_partition_size": 16})
    with pytest.raises(ValueError, match="train.zero.hpz_partition_size .16. does not divide .* .8."):
        check_sharding(one, machine(0))
    check_sharding(train(3, zero={"hpz_partition_size": 4}), machine(0))
