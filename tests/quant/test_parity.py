"""The forward that a chain's quotes imply."""

from __future__ import annotations

import numpy as np
import pytest

from quanticity.quant.parity import implied_forward

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
