"""Historical value at risk and expected shortfall, with the quantile that is a real return."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import risk
from quanticity.quant.exposure import Floats

RETURNS = st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=150).map(np.array)


def hundred() -> Floats:
    """Losses of 5, 4, 3, 2 and 1.5%, then gains of 0, .1, ... 9.4%."""
    return np.concatenate([[-0.05, -0.04, -0.03, -0.02, -0.015], np.arange(95) / 1000])


def test_the_hand_check():
    assert risk.value_at_risk(hundred()) == pytest.approx(0.015, rel=1e-12)
    assert risk.expected_shortfall(hundred()) == pytest.approx(0.031, rel=1e-12)


def test_an_interpolated_quantile_would_say_half_of_a_tenth():
    """What numpy's default makes of the same returns: .075%, a loss that never was."""
    assert -np.quantile(hundred(), 0.05) == pytest.approx(0.00075)
    assert -np.quantile(hundred(), 0.05, method="inverted_cdf") == pytest.approx(0.015)


def test_a_tail_that_is_no_whole_number_counts_in_part():
    """Of 30 returns 5% are one and a half: the worst, and half of the second."""
    returns = np.concatenate([[-0.04, -0.01], np.zeros(28)])
    assert risk.value_at_risk(returns) == pytest.approx(0.01)
    assert risk.expected_shortfall(returns) == pytest.approx((0.04 + 0.5 * 0.01) / 1.5)


def test_fifty_days_are_what_they_are_in_any_order_and_with_gaps():
    returns = np.random.default_rng(3).normal(0, 0.01, 50)
    mixed = np.concatenate([returns[::-1], [math.nan]])
    assert risk.value_at_risk(mixed) == risk.value_at_risk(returns)
    assert risk.expected_shortfall(mixed) == pytest.approx(risk.expected_shortfall(returns))


def test_without_returns_there_is_none():
    for nothing in (np.empty(0), np.array([math.nan])):
        assert math.isnan(risk.value_at_risk(nothing))
        assert math.isnan(risk.expected_shortfall(nothing))


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 95.0])
def test_a_level_in_percent_is_refused(level: float):
    with pytest.raises(ValueError, match="between 0 and 1"):
        risk.value_at_risk(hundred(), level)


@given(RETURNS, st.floats(0.5, 0.995))
def test_shortfall_is_never_less_than_value_at_risk(returns, level):
    lost = risk.value_at_risk(returns, level)
    slack = 1e-12 * (1 + abs(lost))
    assert risk.expected_shortfall(returns, level) >= lost - slack
    assert -lost in returns
    assert np.count_nonzero(returns < -lost) <= len(returns) * (1 - level) + 1e-6


@given(RETURNS)
def test_value_at_risk_is_numpys_inverted_cdf(returns):
    expected = -np.quantile(returns, 0.05, method="inverted_cdf")
    assert risk.value_at_risk(returns) == pytest.approx(expected, abs=1e-15)
