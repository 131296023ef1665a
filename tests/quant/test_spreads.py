"""Condors: credit, loss, break-evens and chances by hand, and what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.greeks import first_order
from quanticity.quant.spreads import Condor, choose

SPOT, YEARS, VOL = 100.0, 30 / 365, 0.2
STRIKES = np.array([90.0, 95.0, 105.0, 110.0])
CALLS = np.array([False, False, True, True])
MARKET = first_order(SPOT, STRIKES, YEARS, VOL, CALLS)
CREDIT = float(MARKET.price @ np.array([-1.0, 1.0, 1.0, -1.0]))
CONDOR = Condor(90.0, 95.0, 105.0, 110.0, CREDIT)


def test_the_hand_check():
    assert CONDOR.credit == pytest.approx(1.02058, abs=5e-6)
    assert CONDOR.max_loss == pytest.approx(397.94, abs=0.005)
    assert CONDOR.break_evens == pytest.approx((93.979, 106.021), abs=5e-4)
    chance = CONDOR.probability_of_profit(SPOT, YEARS, (VOL, VOL))
    assert chance == pytest.approx(0.7069, abs=5e-5)


def test_deltas_of_the_short_legs_say_less():
    assert 1 - abs(MARKET.delta[1]) - MARKET.delta[2] == pytest.approx(0.6166, abs=5e-5)


def test_the_wider_wing_loses():
    uneven = Condor(90.0, 95.0, 105.0, 115.0, 2.0)
    assert uneven.max_loss == 800.0
    assert uneven.payoff(np.array([80.0, 100.0, 120.0])).tolist() == [-300.0, 200.0, -800.0]


def test_x22_the_width_of_calls_was_short_less_long_and_below_zero():
    assert Condor(90.0, 95.0, 105.0, 115.0, 2.0).width == 115.0 - 105.0


def test_x23_a_credit_of_one_share_over_a_loss_of_a_hundred_scored_the_best_case_near_1():
    best = Condor(90.0, 95.0, 105.0, 110.0, 2.5)
    assert 100 * best.credit / best.max_loss == pytest.approx(1.0)
    assert best.credit_to_loss == 1.0
    assert Condor(90.0, 95.0, 105.0, 110.0, 1.7).credit_to_loss == pytest.approx(0.515, abs=5e-4)


@pytest.mark.parametrize("credit", [0.0, -0.3, 5.0, 7.0, float("nan")])
def test_a_credit_that_cannot_be_is_none(credit: float):
    with pytest.raises(ValueError, match="credit"):
        Condor(90.0, 95.0, 105.0, 110.0, credit)


@pytest.mark.parametrize("strikes", [(95, 90, 105, 110), (90, 95, 110, 105), (90, 106, 105, 110)])
def test_strikes_that_do_not_ascend_are_no_condor(strikes: tuple[float, float, float, float]):
    with pytest.raises(ValueError, match="ascend"):
        Condor(*strikes, credit=1.0)


def test_a_fair_credit_has_no_expected_value_and_a_dearer_one_has():
    assert CONDOR.expected_value(SPOT, YEARS, (VOL,) * 4) == pytest.approx(0, abs=1e-9)
    dearer = Condor(90.0, 95.0, 105.0, 110.0, CREDIT + 0.1)
    assert dearer.expected_value(SPOT, YEARS, (VOL,) * 4) == pytest.approx(10.0)


@pytest.mark.parametrize("wrong", [(0.0, YEARS), (VOL, 0.0), (float("nan"), YEARS)])
def test_without_time_or_volatility_there_is_no_chance(wrong: tuple[float, float]):
    vol, years = wrong
    with pytest.raises(ValueError, match="above zero"):
        CONDOR.probability_of_profit(SPOT, years, (vol, vol))


@given(
    spot=st.floats(85, 115),
    vol=st.floats(0.05, 1.5),
    years=st.floats(1 / 365, 1),
    credit=st.floats(0.05, 4.9),
)
def test_expected_value_and_chance_are_integrals_of_the_payoff(spot, vol, years, credit):
    one = Condor(90.0, 95.0, 105.0, 110.0, credit)
    width = vol * years**0.5
    z = np.linspace(-9, 9, 20_001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    payoff = one.payoff(spot * np.exp(z * width - width * width / 2))
    value = one.expected_value(spot, years, (vol,) * 4)
    assert value == pytest.approx(float(payoff @ density), abs=1e-2)
    chance = one.probability_of_profit(spot, years, (vol, vol))
    assert chance == pytest.approx(float((payoff > 0) @ density), abs=2e-3)
    assert -one.max_loss - 1e-9 <= payoff.min() <= payoff.max() <= 100 * credit + 1e-9


def chosen(**change):
    strikes = np.array([85, 90, 95, 105, 110, 115.0])
    calls = strikes > 100
    delta = np.where(calls, 1.0, -1.0) * np.array([0.02, 0.05, 0.10, 0.10, 0.05, 0.02])
    bid = np.array([0.1, 0.2, 0.6, 0.7, 0.25, 0.1])
    figures = {"strikes": strikes, "delta": delta, "is_call": calls, "bid": bid, "ask": bid + 0.05}
    return choose(**figures | change)


def test_it_sells_at_the_bid_and_buys_at_the_ask():
    found = chosen()
    assert (found.put_long, found.put_short) == (90, 95)
    assert (found.call_short, found.call_long) == (105, 110)
    assert found.credit == pytest.approx(0.6 - 0.25 + 0.7 - 0.3)


def test_without_one_wing_there_was_half_a_condor():
    puts_only = np.array([0.1, 0.2, 0.6, 0.7, 0.0, 0.0])
    assert chosen(bid=puts_only) is None
    assert chosen(delta=np.full(6, np.nan)) is None
    assert chosen(**{name: np.empty(0) for name in ("strikes", "delta", "bid", "ask")},
                  is_call=np.empty(0, dtype=bool)) is None  # fmt: skip


def test_a_credit_that_quotes_do_not_give_is_no_condor():
    bid = np.array([0.1, 0.2, 0.2, 0.2, 0.2, 0.1])
    assert chosen(bid=bid, ask=bid + 0.05) is None
