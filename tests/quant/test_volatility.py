"""Realised volatility against hand checks, simulated paths, and what must hold of any prices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import volatility

RETURNS = st.lists(st.floats(-0.1, 0.1), min_size=3, max_size=60).map(np.array)
VOL = 0.2


def bars(seed: int, count: int = 2000, inside: int = 200, drift: float = 0.0, jump: float = 0.0):
    """Daily bars of a random walk of 20% a year, looked at `inside` times a day."""
    dice = np.random.default_rng(seed)
    step = VOL / math.sqrt(252 * inside)
    moves = dice.standard_normal((count, inside)) * step + drift / (252 * inside)
    moves[:, 0] += dice.standard_normal(count) * jump / math.sqrt(252)
    path = np.exp(np.cumsum(moves).reshape(count, inside))
    opens = path[:, 0]
    return opens, path.max(axis=1), path.min(axis=1), path[:, -1]


def test_the_hand_check_of_ewma():
    """From 1e-4 by returns of 1%, -2%, 1.5%: 1.2442e-4, 17.71% a year."""
    variance = volatility.ewma_variance(np.array([0.01, -0.02, 0.015]), start=1e-4)
    assert variance == pytest.approx(1.2442e-4, rel=1e-12)
    assert math.sqrt(252 * variance) == pytest.approx(0.1771, abs=5e-5)


def test_ewma_goes_on_from_where_it_was():
    returns = np.array([0.01, -0.02, 0.015, 0.003])
    first = volatility.ewma_variance(returns[:2], start=1e-4)
    assert volatility.ewma_variance(returns[2:], start=first) == pytest.approx(
        volatility.ewma_variance(returns, start=1e-4), rel=1e-12
    )


def test_ewma_leaves_out_what_is_no_return():
    known = volatility.ewma_variance(np.array([0.01, -0.02]), start=1e-4)
    gaps = np.array([0.01, math.nan, -0.02, math.inf])
    assert volatility.ewma_variance(gaps, start=1e-4) == known
    assert math.isnan(volatility.ewma_variance(np.array([math.nan])))
    assert volatility.ewma_variance(np.empty(0), start=1e-4) == 1e-4


def test_close_to_close_of_one_percent_a_day():
    returns = np.array([0.01, -0.01, 0.01, -0.01])
    assert volatility.close_to_close(returns, 252) == pytest.approx(0.01 * math.sqrt(252))


def test_parkinson_by_hand():
    """Ranges of 2% each: ln(1.02)^2 / (4 ln 2), a year of 252."""
    low = np.full(5, 100.0)
    expected = math.sqrt(252 * math.log(1.02) ** 2 / (4 * math.log(2)))
    assert volatility.parkinson(low * 1.02, low, 252) == pytest.approx(expected, rel=1e-12)


def test_garman_klass_and_rogers_satchell_by_hand():
    o, h, low, c = (np.full(3, each) for each in (100.0, 103.0, 99.0, 101.0))
    inside = 0.5 * math.log(103 / 99) ** 2 - (2 * math.log(2) - 1) * math.log(1.01) ** 2
    assert volatility.garman_klass(o, h, low, c, 252) == pytest.approx(math.sqrt(252 * inside))
    up = math.log(103 / 101) * math.log(1.03) + math.log(99 / 101) * math.log(0.99)
    assert volatility.rogers_satchell(o, h, low, c, 252) == pytest.approx(math.sqrt(252 * up))


def test_yang_zhang_by_hand():
    """Three bars, two with one before: n = 2, k = .34 / (1.34 + 3)."""
    o, h = np.array([100.0, 101.0, 99.0]), np.array([101.0, 102.0, 101.0])
    low, c = np.array([99.0, 99.0, 98.0]), np.array([100.5, 99.5, 100.0])
    jumps = np.log([101 / 100.5, 99 / 99.5])
    inside = np.log([99.5 / 101, 100 / 99])
    rs = [
        math.log(102 / 99.5) * math.log(102 / 101) + math.log(99 / 99.5) * math.log(99 / 101),
        math.log(101 / 100) * math.log(101 / 99) + math.log(98 / 100) * math.log(98 / 99),
    ]
    k = 0.34 / (1.34 + 3)
    variance = np.var(jumps, ddof=1) + k * np.var(inside, ddof=1) + (1 - k) * np.mean(rs)
    assert volatility.yang_zhang(o, h, low, c, 252) == pytest.approx(math.sqrt(252 * variance))


def test_all_estimators_find_the_volatility_of_a_path():
    """20% went in; ranges of a path that is looked at 200 times a day are a few percent narrow."""
    o, h, low, c = bars(5)
    assert volatility.close_to_close(volatility.log_returns(c), 252) == pytest.approx(VOL, rel=0.06)
    assert volatility.parkinson(h, low, 252) == pytest.approx(VOL, rel=0.08)
    assert volatility.garman_klass(o, h, low, c, 252) == pytest.approx(VOL, rel=0.08)
    assert volatility.rogers_satchell(o, h, low, c, 252) == pytest.approx(VOL, rel=0.15)
    assert volatility.yang_zhang(o, h, low, c, 252) == pytest.approx(VOL, rel=0.08)


def test_only_yang_zhang_sees_jumps_and_only_parkinson_is_fooled_by_drift():
    o, h, low, c = bars(6, jump=0.15)
    assert volatility.yang_zhang(o, h, low, c, 252) == pytest.approx(0.25, rel=0.08)
    assert volatility.rogers_satchell(o, h, low, c, 252) < 0.21
    o, h, low, c = bars(7, drift=10.0)
    assert volatility.rogers_satchell(o, h, low, c, 252) == pytest.approx(VOL, rel=0.15)
    assert volatility.parkinson(h, low, 252) > 1.5 * VOL


def test_what_is_no_price_takes_its_bar_out():
    o, h, low, c = bars(8, count=20)
    clean = volatility.yang_zhang(o[1:], h[1:], low[1:], c[1:], 252)
    for bad in (math.nan, 0.0, -1.0, math.inf):
        h[0] = bad
        assert volatility.yang_zhang(o, h, low, c, 252) == clean
    assert np.isnan(volatility.log_returns(np.array([100.0, 0.0, 101.0]))).all()


@pytest.mark.parametrize("count", [0, 1])
def test_one_bar_has_no_volatility(count: int):
    one = np.full(count, 100.0)
    assert math.isnan(volatility.parkinson(one, one, 252))
    assert math.isnan(volatility.garman_klass(one, one, one, one, 252))
    assert math.isnan(volatility.rogers_satchell(one, one, one, one, 252))
    assert math.isnan(volatility.yang_zhang(one, one, one, one, 252))
    assert math.isnan(volatility.close_to_close(volatility.log_returns(one), 252))


def test_rolling_windows():
    returns = np.array([0.01, -0.01, 0.02, -0.02])
    found = volatility.rolling(returns, 2, 252)
    expected = [volatility.close_to_close(returns[at : at + 2], 252) for at in range(3)]
    assert found == pytest.approx(expected)
    assert len(volatility.rolling(returns, 5, 252)) == 0


@given(RETURNS, st.floats(0.5, 0.99))
def test_ewma_lies_between_the_smallest_and_the_largest_square(returns, decay):
    variance = volatility.ewma_variance(returns, decay=decay)
    squares = returns**2
    # Below that squares have few digits left, or none.
    slack = 1e-12 * squares.max() + 1e-300
    assert squares.min() - slack <= variance <= squares.max() + slack


@given(RETURNS, st.floats(0.1, 10))
def test_volatility_grows_with_its_returns(returns, factor):
    one = volatility.close_to_close(returns, 252)
    assert volatility.close_to_close(returns * factor, 252) == pytest.approx(factor * one, rel=1e-9)
