"""Expected moves: hand checks, and calibration of moves whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.expected_move import (
    HALF,
    TWO_THIRDS,
    WITHIN_ONE,
    calibrate,
    kupiec,
    one_deviation,
    size_factor,
    standardised,
    straddle,
)

MONTH = 30 / 365


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_one_standard_deviation_by_hand():
    assert one_deviation(100, 0.20, MONTH) == pytest.approx(5.734, abs=5e-4)


def price_at_the_money(spot: float, vol: float, years: float) -> float:
    """Black-Scholes with r = q = 0 and K = S: 2 S (N(d) - 1/2) with d half a deviation."""
    return spot * math.erf(vol * math.sqrt(years) / 2 / math.sqrt(2))


def test_straddle_by_hand():
    each = price_at_the_money(100, 0.20, MONTH)
    found = straddle(of(100, 100), np.array([True, False]), of(each, each), 100.0)
    assert found is not None
    assert found.price == pytest.approx(4.574, abs=5e-4)
    assert found.half == pytest.approx(0.85 * 4.574, abs=5e-4)
    assert found.two_thirds == pytest.approx(1.25 * 4.574, abs=5e-4)


def test_a_straddle_times_85_covers_half_and_times_125_covers_68_percent():
    """Of a normal distribution; for small deviations a lognormal is one."""
    price = math.sqrt(2 / math.pi)  # of one deviation
    assert math.erf(HALF * price / math.sqrt(2)) == pytest.approx(0.50, abs=0.005)
    assert math.erf(TWO_THIRDS * price / math.sqrt(2)) == pytest.approx(WITHIN_ONE, abs=0.002)


def test_the_straddle_nearest_spot_with_both_quotes_is_taken():
    strikes, calls = of(95, 100, 105, 95, 100, 105), np.arange(6) < 3
    mids = of(7.4, np.nan, 1.7, 1.2, 2.7, 5.5)
    found = straddle(strikes, calls, mids, 101.2)
    assert found is not None
    assert found.strike == 105
    assert found.price == pytest.approx(7.2)
    assert straddle(strikes, calls, mids, 150.0) is None
    assert straddle(strikes[:3], calls[:3], mids[:3], 100.0) is None
    assert straddle(of(), np.array([], dtype=bool), of(), 100.0) is None


def test_a_move_of_one_implied_deviation_is_one():
    day = 0.16 * math.sqrt(1 / 252)
    closes = 100 * np.exp(day * of(0, 1, 0, 2))
    assert standardised(closes, np.full(4, 0.16)) == pytest.approx([1, -1, 2])


def test_moves_over_several_sessions_do_not_overlap_and_end_with_the_newest():
    closes = np.exp(of(9, 0, 9, 1, 9, 3))
    week = standardised(closes, np.full(6, 1.0), 2)
    assert week == pytest.approx(of(1, 2) / math.sqrt(2 / 252))


@pytest.mark.parametrize("vol", [np.nan, 0.0, -0.2, 1e-9, 7.0])
def test_a_day_without_a_possible_volatility_gives_no_move(vol: float):
    moves = standardised(of(100, 101, 102), of(vol, 0.2, 0.2))
    assert len(moves) == 1


def test_too_few_days_give_no_move():
    assert len(standardised(of(), of())) == len(standardised(of(1), of(0.2))) == 0
    assert calibrate(of()) is None


def test_a_year_that_moved_as_implied_is_calibrated_and_a_wilder_one_is_not():
    normal = np.random.default_rng(5).standard_normal(20_000)
    fair = calibrate(normal)
    assert fair is not None
    assert fair.ratio == pytest.approx(1, abs=0.02)
    assert fair.within == pytest.approx(WITHIN_ONE, abs=0.01)
    assert fair.p_value > 0.01
    wild = calibrate(1.5 * normal[:250])
    assert wild is not None
    assert wild.ratio == pytest.approx(1.5, abs=0.15)
    assert wild.p_value < 0.001
    assert size_factor(wild.ratio) == pytest.approx(1 / wild.ratio)


def test_coverage_test_by_hand():
    assert kupiec(100, 60, WITHIN_ONE) == pytest.approx(0.0816, abs=5e-5)
    assert kupiec(250, 0, WITHIN_ONE) < 1e-12
    assert 0 < kupiec(10, 10, WITHIN_ONE) < 0.01


@pytest.mark.parametrize(("ratio", "factor"), [(1.25, 0.8), (0.5, 1), (0, 1), (100, 0.25), (1, 1)])
def test_a_size_is_never_raised_and_never_vanishes(ratio: float, factor: float):
    assert size_factor(ratio) == pytest.approx(factor)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=100))
def test_shares_and_probabilities_are_between_0_and_1(moves):
    found = calibrate(np.array(moves))
    assert found is not None
    assert 0 <= found.within <= 1
    assert 0 <= found.p_value <= 1
    # Chebyshev: so few can lie outside where moves are small.
    assert 1 - found.within <= found.ratio**2 * (1 + 1e-9)


def test_a_split_or_a_slip_was_a_move_that_decided_every_mean():
    plain = standardised(of(100, 101, 100, 101), np.full(4, 0.16))
    for odd in (1e308, 1e-300, 10.0, 1000.0):
        closes = of(100, 101, 100, 101, odd, odd * 1.01)
        moves = standardised(closes, np.full(6, 0.16))
        assert len(moves) == 4
        assert moves[:3] == pytest.approx(plain)
    # From the least price there is to the greatest their quotient is none.
    assert len(standardised(of(5e-324, 1e308), of(0.2, 0.2))) == 0
