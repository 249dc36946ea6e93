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


def test_one_minus_square_root() -> None:
    schedule = Schedule(decay_tokens=400, decay_shape="1-sqrt")
    assert learning_rate_factor(schedule, 700, 1000) == pytest.approx(0.5)
    assert learning_rate_factor(schedule, 1000, 1000) == pytest.approx(0.0)


@given(
    st.integers(0, 400),
    st.integers(0, 600),
    st.sampled_from(["linear", "1-sqrt"]),
    st.floats(0, 1),
    st.integers(0, 999),
)
def test_it_rises_then_never_rises_again_and_stays_in_range(warmup, decay, shape, minimum, seen) -> None:
    schedule = Schedule(warmup_tokens=warmup, decay_tokens=decay, decay_shape=shape, minimum_ratio=minimum)
    now, later = (learning_rate_factor(schedule, tokens, 1000) for tokens in (seen, seen + 1))
    assert 0 <= now <= 1
    assert later >= now if seen + 1 <= warmup else later <= now + 1e-12
    if seen >= warmup:
        assert now >= minimum - 1e-12
