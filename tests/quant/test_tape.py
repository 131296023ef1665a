"""Signs of trades, odd lots and blocks: hand checks, and what always holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.tape import is_block, is_odd, lee_ready, round_lot, tick_after, usable


def of(*values: float):
    return np.array(values, dtype=np.float64)


def signs(prices, bids=None, asks=None, last=math.nan, sign=0.0):
    nothing = [math.nan] * len(prices)
    found = lee_ready(of(*prices), of(*(bids or nothing)), of(*(asks or nothing)), last, sign)
    return found.tolist()


def test_above_the_middle_is_a_buy_and_below_it_a_sell():
    prices, bids, asks = [100.02, 100.00, 100.015, 99.5], [100.0] * 4, [100.02] * 4
    assert signs(prices, bids, asks) == [1, -1, 1, -1]


def test_at_the_middle_the_last_tick_tells():
    prices = [100.00, 100.01, 100.01, 100.00, 100.01]
    bids, asks = [100.0, 100.0, 100.0, 99.99, 100.0], [100.02, 100.02, 100.02, 100.01, 100.02]
    # A sell at the bid; up to the middle; still there (a zero uptick); down to a middle; up.
    assert signs(prices, bids, asks) == [-1, 1, 1, -1, 1]


def test_without_a_quote_the_tick_test_alone():
    assert signs([10, 10, 11, 11, 10, 10]) == [0, 0, 1, 1, -1, -1]
    assert signs([10, 10], last=9) == [1, 1]
    assert signs([10, 10], last=10, sign=-1) == [-1, -1]


@pytest.mark.parametrize(("bid", "ask"), [(0, 0), (101, 99), (math.nan, 99), (0, 101)])
def test_a_quote_that_is_none_does_not_sign(bid: float, ask: float):
    assert signs([100, 99], [bid] * 2, [ask] * 2) == [0, -1]


def test_one_print_and_none():
    assert signs([100]) == [0]
    assert signs([100], [99.0], [100.5]) == [1]
    assert signs([]) == []


prices = st.lists(st.integers(990, 1010).map(lambda one: one / 10), max_size=40)


@given(prices, prices)
def test_a_tape_in_two_pieces_has_the_signs_of_the_whole(one, two):
    whole = signs([*one, *two])
    last = one[-1] if one else math.nan
    tick = tick_after(of(*one))
    assert whole == [*signs(one), *signs(two, last=last, sign=tick)]
    assert tick_after(of(*one, *two)) == tick_after(of(*two), last, tick)


@given(prices)
def test_a_tape_upside_down_has_the_other_signs(one):
    quotes = [(100.0, 100.2)] * len(one)
    bids, asks = [bid for bid, _ in quotes], [ask for _, ask in quotes]
    down = signs([200.0 - price for price in one], [99.8] * len(one), [100.0] * len(one))
    assert signs(one, bids, asks) == [-sign or 0.0 for sign in down]


def test_round_lots_go_by_price_since_2025_11_03():
    levels = of(5, 250, 250.01, 500, 1000, 1000.01, 10_000, 10_000.01, 700_000)
    assert round_lot(levels).tolist() == [100, 100, 40, 40, 40, 10, 10, 1, 1]
    # 60 shares at $500 are no odd lot any more.
    odd = is_odd(of(60, 39, 60, 100), round_lot(of(500, 500, 100, 100)))
    assert odd.tolist() == [False, True, True, False]


def test_a_block_is_large_in_shares_or_in_dollars():
    found = is_block(of(1, 1, 400, 400), of(10_000, 9_999, 500, 499))
    assert found.tolist() == [True, False, True, False]


def test_prints_that_cannot_be_are_not_counted():
    times = of(9, 10, 11, 12, math.nan, 11, 11, 11, 11)
    prices = of(5, 5, 5, 5, 5, 1e300, 0, 5, 5)
    sizes = of(5, 5, 5, 5, 5, 5, 5, 1e300, 0)
    assert np.flatnonzero(usable(times, prices, sizes, 10, 11)).tolist() == [1, 2]
