"""Imbalance and grade: hand checks, and what always holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.book import (
    Grade,
    depth,
    imbalance,
    liquidity_grade,
    spread_bps,
    sweep_price,
    within,
)


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_imbalance_by_hand():
    assert imbalance(of(18), of(200)) == pytest.approx(-0.834862, abs=5e-7)
    assert imbalance(of(5), of()) == 1
    assert imbalance(of(), of(5)) == -1
    assert imbalance(of(), of()) is None


sizes = st.lists(st.floats(0.01, 1e7), max_size=10)


@given(sizes, sizes)
def test_imbalance_turned_round_is_its_negative(bids, asks):
    one, other = imbalance(of(*bids), of(*asks)), imbalance(of(*asks), of(*bids))
    if one is None or other is None:
        assert one is other
    else:
        assert one == -other
        assert -1 <= one <= 1


def test_spread_is_of_the_bid():
    assert spread_bps(100.0, 100.05) == pytest.approx(5.0)
    assert spread_bps(100.0, 99.0) == pytest.approx(-100.0)
    assert spread_bps(0.0, 1.0) is None


def test_depth_is_the_smaller_sides_best_five():
    assert depth(of(1, 2, 3, 4, 5, 100), of(50)) == 15
    assert depth(of(10), of()) == 0


@pytest.mark.parametrize(
    ("spread", "size", "grade"),
    [
        (4.9, 1001, Grade.A),
        (4.9, 1000, Grade.B),
        (5.0, 5000, Grade.B),
        (9.9, 501, Grade.B),
        (9.9, 500, Grade.C),
        (10.0, 5000, Grade.C),
        (-1.0, 5000, Grade.D),
        (2.0, 0, Grade.D),
    ],
)
def test_grades(spread: float, size: float, grade: Grade):
    assert liquidity_grade(spread, size) is grade


def test_the_price_of_walking_the_book_by_hand():
    prices, levels = of(100.0, 100.1, 100.3), of(100, 200, 300)
    found = sweep_price(prices, levels, of(50, 100, 200, 600, 601, 0))
    assert found[:4].tolist() == pytest.approx([100, 100, 100.05, 100.18333333333334])
    assert np.isnan(found[4:]).all()
    assert np.isnan(sweep_price(of(), of(), of(5))).all()


def test_what_lies_within_a_distance_of_the_best():
    assert within(of(100.0, 100.1, 100.3), of(100, 200, 300), 0.15) == 300
    assert within(of(100.0, 99.9), of(100, 200), 0.0) == 100
    assert within(of(), of(), 1.0) == 0


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 900)), min_size=1, max_size=10))
def test_more_never_costs_less(levels):
    prices = 100 + np.cumsum(of(*(step / 100 for step, _ in levels)))
    volumes = of(*(size for _, size in levels))
    amounts = np.linspace(1, volumes.sum(), 20)
    found = sweep_price(prices, volumes, amounts)
    assert (np.diff(found) >= -1e-9).all()
    assert found[0] == pytest.approx(prices[0])
    assert found[-1] == pytest.approx((prices * volumes).sum() / volumes.sum())
