"""Volatility at the money and at a delta, risk reversal, and a value against its past."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.smile import Skew, against, at_delta, at_maturity, at_the_money, skew


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_risk_reversal_by_hand_is_call_less_put():
    """Some vendors publish put less call: the other sign."""
    one = Skew(0.18, 0.24, 0.20)
    assert one.risk_reversal == pytest.approx(-0.06)
    assert one.butterfly == pytest.approx(0.01)


def test_without_one_side_there_is_no_risk_reversal():
    assert Skew(None, 0.24, 0.2).risk_reversal is None
    assert Skew(0.18, None, 0.2).butterfly is None


def test_at_the_money_is_straight_between_the_strikes_around_spot():
    strikes, vol = of(95, 105, 95, 105), of(0.20, 0.18, 0.24, 0.20)
    assert at_the_money(strikes, vol, 100.0) == pytest.approx((0.22 + 0.19) / 2)
    assert at_the_money(strikes, vol, 105.0) == pytest.approx(0.19)


@pytest.mark.parametrize("spot", [90.0, 110.0])
def test_nothing_is_extrapolated(spot: float):
    assert at_the_money(of(95, 105), of(0.2, 0.2), spot) is None


@pytest.mark.parametrize("vol", [np.nan, 0.0, -1.0, 5.0, 1e300])
def test_impossible_volatilities_are_not_looked_at(vol: float):
    assert at_the_money(of(100), of(vol), 100.0) is None
    assert at_delta(of(0.25), of(vol), 0.25) is None


def test_at_a_delta_by_hand():
    delta, vol = of(0.50, 0.30, 0.20, 0.10), of(0.20, 0.19, 0.18, 0.17)
    assert at_delta(delta, vol, 0.25) == pytest.approx(0.185)
    assert at_delta(-delta, vol, -0.25) == pytest.approx(0.185)
    assert at_delta(delta, vol, 0.20) == pytest.approx(0.18)


@pytest.mark.parametrize("delta", [of(), of(0.5), of(0.1), of(0.5, 0.1), of(-0.3, -0.2)])
def test_what_is_not_bracketed_closely_has_no_volatility(delta):
    assert at_delta(delta, np.full(len(delta), 0.2), 0.25) is None


def test_skew_of_one_expiry():
    strikes = of(90, 95, 100, 105, 110)
    both, calls = np.concatenate([strikes, strikes]), np.arange(10) < 5
    delta = np.concatenate([of(0.9, 0.7, 0.5, 0.3, 0.2), of(-0.1, -0.3, -0.5, -0.7, -0.9)])
    vol = np.concatenate([of(0.26, 0.23, 0.20, 0.19, 0.18)] * 2)
    one = skew(both, delta, vol, calls, 100.0)
    assert one.call == pytest.approx(0.185)
    assert one.put == pytest.approx(0.23 + 0.25 * 0.03)
    assert one.at_the_money == pytest.approx(0.20)


def test_at_a_maturity_between_two_expiries():
    days, figures = of(7, 20, 27, 41), of(-0.01, np.nan, -0.02, -0.04)
    assert at_maturity(days, figures, 34) == pytest.approx(-0.03)
    assert at_maturity(days, figures, 5) is None
    assert at_maturity(days, figures, 60) is None
    assert at_maturity(of(), of(), 30) is None


def test_against_the_past_by_hand():
    found = against(4.0, of(1, 2, 3))
    assert found is not None
    assert (found.mean, found.deviation, found.z) == (2, 1, 2)


def test_a_past_that_never_moved_has_no_z():
    found = against(4.0, np.full(20, 0.1 + 0.2))
    assert found is not None
    assert found.z is None
    assert against(4.0, of(1)) is None


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.05, 2)), max_size=20))
def test_a_volatility_at_a_delta_lies_between_those_around_it(rows):
    delta, vol = (np.array([row[at] for row in rows]) for at in (0, 1))
    found = at_delta(delta, vol, 0.25)
    if found is not None:
        assert vol.min() * (1 - 1e-12) <= found <= vol.max() * (1 + 1e-12)


@given(st.floats(0.01, 1), st.floats(0.01, 1))
def test_risk_reversal_changes_sign_with_the_sides(one, two):
    forth, back = Skew(one, two, None).risk_reversal, Skew(two, one, None).risk_reversal
    assert forth is not None
    assert back is not None
    assert forth == -back
