"""Whose orders, and whether they open: hand checks, and the bound on what opened."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import option_orders

NO, YES = np.array([False]), np.array([True])


def of(*values: float):
    return np.array(values, dtype=np.float64)


def who(order: float, value: float, sweep=NO, floor=NO, legs=NO) -> str:
    return str(option_orders.by_size(of(order), of(value), sweep, floor, legs)[0])


def test_a_sweep_is_one_order_and_other_trades_are_each_their_own():
    sizes = option_orders.order_sizes(of(400, 400), of(8, 8), np.array([False, True]))
    assert sizes.tolist() == [50, 400]
    assert option_orders.order_sizes(of(10), of(0), NO).tolist() == [10]


def test_classes_by_size_at_their_limits():
    assert who(200, 1) == who(1, 200_000) == who(1, 1, floor=YES) == "institutional"
    assert who(99, 20_000) == "retail"
    assert who(100, 20_000) == who(99, 20_001) == "unclear"
    assert who(1, 1, sweep=YES) == who(1, 1, legs=YES) == "unclear"


def test_classes_by_code():
    sizes, values = of(5, 5, 5, 200, 150, 5), of(1e3, 1e3, 1e3, 1e3, 3e4, 3e5)
    codes = ["Slan", "auto", "SLFT", "slan", "auto", "auto"]
    assert option_orders.by_code(sizes, values, codes).tolist() == [
        "retail",
        "small",
        "institutional",
        "institutional",
        "unclear",
        "institutional",
    ]
    assert option_orders.by_code(of(), of(), []).tolist() == []


def how(order: float, volume: float, was: float, flagged=NO, sold=NO) -> str:
    return str(option_orders.by_opening(of(order), of(volume), of(was), flagged, sold)[0])


def test_more_than_was_open_opens():
    assert how(101, 50, 100) == how(1, 1, 100, flagged=YES) == "opening"
    assert how(10, 101, 100) == "opening_likely"
    assert how(10, 100, 100, sold=YES) == "closing_possible"
    assert how(10, 100, 100) == "unclear"
    assert how(10, 100, float("nan"), sold=YES) == "unclear"


def test_least_opened_by_hand():
    found = option_orders.least_opened(of(300, 100, 5), of(100, 100, float("nan")))
    assert found.tolist()[:2] == [100, 0]
    assert np.isnan(found[2])


@given(st.integers(0, 30), st.lists(st.booleans(), max_size=60))
def test_no_day_of_opening_and_closing_trades_opens_less_than_the_bound(was, wishes):
    """Trades between two that open add one to open interest, between two that close take one."""
    held, opened, volume = was, 0, 0
    for opens in wishes:
        if opens or held == 0:
            held, opened = held + 1, opened + 1
        else:
            held -= 1
        volume += 1
    assert opened >= option_orders.least_opened(of(volume), of(was))[0]
