"""Bounds on quotes, volatilities and Greeks, and gaps in time: by hand, and what always holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import quality

NAN = float("nan")


def test_a_volatility_is_above_zero_and_below_five():
    iv = np.array([0.0, -0.2, 0.2, 4.99, 5.0, 7.0, NAN])
    assert quality.impossible_vol(iv).tolist() == [True, True, False, False, True, True, False]
    assert quality.missing(iv) == 1


def test_a_volatility_above_four_is_real_for_deep_strikes():
    """Regression: 4.0 as a bound threw away what the chain of an expiry day really shows."""
    iv, strike = np.array([4.5, 4.5, 4.5, 3.9]), np.array([200.0, 460.0, 800.0, 500.0])
    assert quality.doubtful_vol(iv, strike, 500.0).tolist() == [False, True, False, False]
    assert not quality.impossible_vol(iv).any()
    assert not quality.doubtful_vol(iv, np.zeros(4), 500.0).any()


def test_a_theta_may_be_positive_below_a_dollar_a_day():
    theta = np.array([-3.0, 0.02, 0.99, 1.0, 40.0, NAN])
    assert quality.impossible_theta(theta).tolist() == [False, False, False, True, True, False]


def test_negative_net_gamma_is_legal_and_only_the_gross_is_bounded():
    """The notes bounded net gamma below by 0, and would have halted half of all days."""
    calls, puts = np.array([0.01]), np.array([0.02])
    gamma = np.concatenate([calls, puts, [NAN]])
    assert calls.sum() - puts.sum() < 0
    assert quality.gross_gamma(gamma) == pytest.approx(0.03)
    assert 0 < 0.03 < quality.MOST_GROSS_GAMMA
    assert quality.gross_gamma(np.array([NAN])) is None
    assert quality.gross_gamma(np.array([])) is None


def test_a_spread_is_wide_in_dollars_and_in_part():
    bid, ask = (
        np.array([1.0, 400.0, 1.0, 0.0, 9.0, NAN]),
        np.array([1.1, 409.0, 9.0, 9.0, 1.0, 9.0]),
    )
    assert quality.wide(bid, ask, 5.0, 0.5).tolist() == [False, False, True, False, False, False]


def test_gaps_between_minutes():
    minutes = 60.0 * np.array([5, 1, 2, 3, 3, 9])
    assert quality.gaps(minutes, 0.0) == (4, 240.0)
    assert quality.gaps(minutes, 200.0) == (3, 240.0)
    assert quality.gaps(minutes, 500.0) == (0, 0.0)
    assert quality.gaps(np.array([NAN, 60.0]), 0.0) == (0, 0.0)


@given(st.sets(st.integers(0, 500), min_size=2))
def test_a_series_and_its_gaps_make_a_whole(stamps: set[int]):
    times = np.array(sorted(stamps), dtype=np.float64) * 60
    lacking, longest = quality.gaps(times, 0.0)
    assert lacking + len(stamps) == max(stamps) - min(stamps) + 1
    assert longest >= 60.0
