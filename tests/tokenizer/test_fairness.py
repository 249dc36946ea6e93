"""Premiums and the Gini coefficient of languages' costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soofi.tokenizer.fairness import gini, premiums

COSTS = st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 10**6), min_size=1, max_size=30)


def test_a_premium_is_the_cost_beside_the_reference():
    assert premiums({"en": 200, "mt": 500, "de": 200}) == {"en": 1.0, "mt": 2.5, "de": 1.0}


def test_without_the_reference_nothing_can_be_compared():
    with pytest.raises(ValueError, match="no text in 'en'"):
        premiums({"de": 1})


def test_gini_of_known_costs():
    assert gini({"a": 1, "b": 3}) == pytest.approx(0.25)  # one pays three quarters: the area by hand
    assert gini({"a": 7}) == 0


@given(COSTS)
def test_gini_is_the_mean_difference_over_twice_the_mean(costs):
    values = list(costs.values())
    differences = sum(abs(a - b) for a in values for b in values) / len(values) ** 2
    assert gini(costs) == pytest.approx(differences / (2 * sum(values) / len(values)), abs=1e-9)


@given(COSTS, st.integers(2, 50))
def test_gini_does_not_depend_on_the_length_of_the_text(costs, factor):
    assert gini({name: cost * factor for name, cost in costs.items()}) == pytest.approx(gini(costs), abs=1e-9)
