"""The learning rate as a function of tokens seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.recipe import Schedule
from soofi.train.schedule import learning_rate_factor


@pytest.mark.parametrize(
    ("seen", "factor"), [(0, 0.0), (50, 0.5), (100, 1.0), (500, 1.0), (600, 1.0), (800, 0.55), (1000, 0.1)]
)
def test_linear_warmup_stable_decay(seen: int, factor: float) -> None:
    schedule = Schedule(warmup_tokens=100, decay_tokens=400, decay_shape="linear", minimum_ratio=0.1)
    assert learning_rate_factor(schedule, seen, 1000) == pytest.approx(factor)


@pytest.mark.parametrize(("seen", "factor"), [(50, 0.5), (100, 1.0), (550, 0.55), (1000, 0.1)])
def test_cosine_falls_from_the_end_of_the_warmup(seen: int, factor: float) -> None:
    schedule = Schedule(kind="cosine", warmup_tokens=100, minimum_ratio=0.1)
    assert learning_rate_factor(schedule, seen, 1000) == pytest.approx(factor)


def test_cosine_as_the_shape_of_a_decay() -> None:
    schedule = Schedule(decay_tokens=400, decay_shape="cosine")
    assert learning_rate_factor(schedule, 600, 1000) == 1.0
    assert learning_rate_factor(schedule, 700, 1000) == pytest.approx((2 + 2**0.5) / 4)
    assert learning_rate_factor(schedule, 1000, 1000) == pytest.approx(0.0)


def test_constant_never_falls() -> None:
    schedule = Schedule(kind="constant", warmup_tokens=100)
    assert [learning_rate_factor(schedule, seen, 1000) for seen in (50, 100, 1000)] == [0.5, 1.0, 1.0]


@pytest.mark.parametrize("kind", ["cosine", "constant"])
def test_decay_tokens_are_for_wsd(kind: str) -> None:
    with pytest.raises(ValueError, match="take it out, or set kind to wsd"):
        Schedule(kind=kind, decay_tokens=1)


def test_one_minus_square_root() -> None:
    schedule = Schedule(decay_tokens=400, decay_shape="1-sqrt")
    assert learning_rate_factor(schedule, 700, 1000) == pytest.approx(0.5)
    assert learning_rate_factor(schedule, 1000, 1000) == pytest.approx(0.0)


@given(
    st.integers(0, 400),
    st.integers(0, 600),
    st.sampled_from(["linear", "1-sqrt", "cosine"]),
    st.sampled_from(["wsd", "cosine", "constant"]),
    st.floats(0, 1),
    st.integers(0, 999),
)
def test_it_rises_then_never_rises_again_and_stays_in_range(
    warmup, decay, shape, kind, minimum, seen
) -> None:
    schedule = Schedule(
        kind=kind,
        warmup_tokens=warmup,
        decay_tokens=decay if kind == "wsd" else 0,
        decay_shape=shape,
        minimum_ratio=minimum,
    )
    now, later = (learning_rate_factor(schedule, tokens, 1000) for tokens in (seen, seen + 1))
    assert 0 <= now <= 1
    assert later >= now if seen + 1 <= warmup else later <= now + 1e-12
    if seen >= warmup:
        assert now >= minimum - 1e-12
