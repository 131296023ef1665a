"""The forward that a chain's quotes imply."""

from __future__ import annotations

import numpy as np
import pytest

from quanticity.quant import greeks
from quanticity.quant.parity import implied_forward, implied_forwards

STRIKES = np.array([95.0, 100.0, 105.0] * 2)
IS_CALL = np.arange(6) < 3
MID = np.array([7.4, 3.9, 1.7, 1.2, 2.7, 5.5])  # all say 101.2


def test_call_less_put_is_forward_less_strike():
    found = implied_forward(STRIKES, IS_CALL, MID - 0.05, MID + 0.05)
    assert found == pytest.approx(101.2)


def test_one_bad_quote_moves_it_little():
    bid = MID - 0.05
    bid[0] = 0.1
    assert implied_forward(STRIKES, IS_CALL, bid, MID + 0.05) == pytest.approx(101.2)


@pytest.mark.parametrize("wrong", [np.zeros(6), np.full(6, np.nan), MID + 1])
def test_without_two_sided_quotes_there_is_none(wrong):
    assert implied_forward(STRIKES, IS_CALL, wrong, MID) is None


def test_one_side_only_has_none():
    assert implied_forward(STRIKES[:3], IS_CALL[:3], MID[:3] - 0.1, MID[:3]) is None


def test_each_expiry_has_the_forward_of_its_own_quotes():
    """Two years away five strikes lie so far apart that discounting counts."""
    years = np.repeat([0.1, 2.0, 0.5], 10)
    strikes, is_call = np.tile([60.0, 80, 100, 120, 140], 6), np.tile([True] * 5 + [False] * 5, 3)
    mid = greeks.price(100, strikes, years, 0.3, is_call, rate=0.05, dividend=0.02)
    bid, ask = mid - 0.01, mid + 0.01
    ask[20:25] = np.nan  # nobody offers the calls of the third
    forwards = implied_forwards(years * 1e9, years, strikes, is_call, bid, ask, 0.05)
    assert forwards[:20] == pytest.approx(100 * np.exp(0.03 * years[:20]), rel=1e-12)
    assert np.isnan(forwards[20:]).all()


def test_no_contracts_have_no_forwards():
    none, no_calls = np.array([]), np.array([], dtype=bool)
    assert len(implied_forwards(none, none, none, no_calls, none, none)) == 0
