"""Bits per byte and the unigram baseline."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.metrics import bits_per_byte, unigram_nats


def test_a_uniform_guess_over_bytes_costs_eight_bits_a_byte() -> None:
    assert bits_per_byte(10 * math.log(256), 10) == pytest.approx(8.0)


def test_no_bytes_have_no_figure() -> None:
    with pytest.raises(ValueError, match="0 bytes"):
        bits_per_byte(1.0, 0)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=40), st.floats(0.01, 2.0))
def test_unigram_probabilities_sum_to_one(counts: list[int], added: float) -> None:
    nats = [unigram_nats(np.array(counts), np.array([token]), added) for token in range(len(counts))]
    assert sum(math.exp(-value) for value in nats) == pytest.approx(1.0)


def test_unigram_is_additive_over_tokens_and_prefers_the_frequent() -> None:
    counts = np.array([90, 9, 1, 0])
    one, two = (unigram_nats(counts, np.array([token])) for token in (0, 3))
    assert one < two
    assert unigram_nats(counts, np.array([0, 3, 0])) == pytest.approx(2 * one + two)
