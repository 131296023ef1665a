"""Implied volatility: the vol of a price is the vol, and what has none says why."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import greeks
from quanticity.quant.implied_vol import NoVol, implied_vol
from tests.quant import bsm_at_50_digits

MINUTE = 1 / (365 * 24 * 60)
MONTH = {"spot": 100, "strike": 100, "years": 30 / 365}


def test_the_anchor():
    found = implied_vol([2.493377, 2.083261], **MONTH, is_call=[True, False], rate=0.05)
    assert found.vol == pytest.approx([0.2, 0.2], abs=5e-7)
    assert found.code.tolist() == [0, 0]
    assert found.why(0) == ""


def test_out_of_the_money_against_50_digits():
    """+-8 sigma, from five minutes on: prices at 50 digits, rounded once."""
    times, vols = (5 * MINUTE, 60 * MINUTE, 1 / 365, 30 / 365, 2.0), (0.05, 0.2, 0.8, 3.0)
    cases, prices = [], []
    for t, v, (r, q), sigmas in itertools.product(
        times, vols, ((0.0, 0.0), (0.05, 0.02), (-0.01, 0.07)), np.linspace(-8, 8, 17)
    ):
        forward = 100 * float(np.exp((r - q) * t))
        strike = forward * float(np.exp(sigmas * v * np.sqrt(t)))
        cases.append((100.0, strike, t, v, strike > forward, r, q))
        with mp.workdps(50):
            prices.append(float(bsm_at_50_digits.price(*cases[-1])))
    spots, ks, ts, vs, calls, rs, qs = (np.array(each) for each in zip(*cases, strict=True))
    found = implied_vol(prices, spots, ks, ts, calls, rate=rs, dividend=qs)
    assert not found.code.any()
    off = np.abs(found.vol / vs - 1)
    assert off.max() < 1e-11
    assert np.median(off) < 1e-15


def test_against_quantlib():
    """Its own price, and its own solver; beyond three deviations its prices lose digits."""
    times, vols = (5 * MINUTE, 60 * MINUTE, 1 / 365, 30 / 365, 2.0), (0.05, 0.2, 0.8, 3.0)
    carries = ((0.0, 0.0), (0.05, 0.02), (-0.01, 0.07))
    grid, theirs = [], []
    for t, v, (r, q), sigmas in itertools.product(times, vols, carries, np.linspace(-8, 8, 17)):
        forward, discount = 100 * float(np.exp((r - q) * t)), float(np.exp(-r * t))
        width = v * t**0.5
        strike = forward * float(np.exp(sigmas * width))
        market = (ql.Option.Call if strike > forward else ql.Option.Put, strike, forward)
        price = ql.blackFormula(*market, width, discount)
        solved = ql.blackFormulaImpliedStdDev(
            *market, price, discount, 0.0, 1.1 * width, 1e-15, 200
        )
        grid.append((price, strike, t, strike > forward, r, q, v, abs(sigmas)))
        theirs.append(solved / t**0.5)
    prices, ks, ts, calls, rs, qs, vs, sigmas = (np.array(each) for each in zip(*grid, strict=True))
    found = implied_vol(prices, 100.0, ks, ts, calls, rate=rs, dividend=qs)
    assert not found.code.any()
    for exact in (vs, np.array(theirs)):
        off = np.abs(found.vol / exact - 1)
        assert off[sigmas <= 3].max() < 1e-9
        assert off.max() < 1e-6


@pytest.mark.parametrize("vol", [1.0, 2.0, 4.0, 8.0])
def test_newtons_method_was_silently_wrong_where_vol_and_time_are_large(vol: float):
    """Prototypes were off by up to 90% once vol x sqrt(T) reached 1."""
    strikes = np.geomspace(5, 2000, 40)
    call = strikes > 100
    prices = greeks.price(100, strikes, 1.5, vol, call)
    found = implied_vol(prices, 100, strikes, 1.5, call)
    left = np.where(call, 100.0, strikes) - prices
    # Next to the most that it can be worth, the price itself has few digits left.
    assert np.abs(found.vol / vol - 1).max() < 1e-14 * (1 + (100 / left).max())
    assert not found.code.any()


def test_any_vol_from_a_millionth_to_a_hundred():
    vols = np.geomspace(1e-6, 100, 200)
    at_the_money = implied_vol(greeks.price(100, 100, 0.01, vols, True), 100, 100, 0.01, True)
    assert at_the_money.vol == pytest.approx(vols, rel=1e-9)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"price": np.nan}, NoVol.NO_PRICE),
        ({"price": 0.0}, NoVol.NO_PRICE),
        ({"price": -1.0}, NoVol.NO_PRICE),
        ({"price": np.inf}, NoVol.NO_PRICE),
        ({"years": 0.0}, NoVol.NO_TIME),
        ({"years": -1.0}, NoVol.NO_TIME),
        ({"years": np.nan}, NoVol.NO_TIME),
        ({"spot": np.nan}, NoVol.NO_MARKET),
        ({"spot": 0.0}, NoVol.NO_MARKET),
        ({"strike": -1.0}, NoVol.NO_MARKET),
        ({"rate": np.nan}, NoVol.NO_MARKET),
        ({"spot": np.inf}, NoVol.NO_MARKET),
        ({"strike": 90, "price": 9.99}, NoVol.BELOW_INTRINSIC),
        ({"strike": 90, "price": 10.0}, NoVol.AT_INTRINSIC),
        ({"price": 1e-251}, NoVol.AT_INTRINSIC),
        ({"price": 100.0}, NoVol.ABOVE_MOST),
        ({"price": 1e9}, NoVol.ABOVE_MOST),
        ({"strike": 110, "price": 110.0, "is_call": False}, NoVol.ABOVE_MOST),
    ],
)
def test_what_has_no_vol_says_why_and_is_neither_zero_nor_an_exception(wrong, why: NoVol):
    found = implied_vol(**({"price": 2.0, "is_call": True} | MONTH | wrong))
    assert np.isnan(found.vol)
    assert found.code == why
    assert found.why() == why.text != ""


def test_reasons_are_counted_and_neighbours_are_untouched():
    prices = np.full(300, 2.0)
    prices[::3], prices[1::3] = np.nan, 1e6
    found = implied_vol(prices, **MONTH, is_call=True)
    assert found.counts() == {NoVol.NO_PRICE.text: 100, NoVol.ABOVE_MOST.text: 100}
    assert set(found.vol[2::3]) == {float(implied_vol(2.0, **MONTH, is_call=True).vol)}


def test_shapes():
    found = implied_vol(np.full((3, 1), 2.0), 100, np.array([99, 101]), 0.1, [True, False])
    assert found.vol.shape == found.code.shape == (3, 2)
    assert implied_vol([], [], [], [], []).vol.shape == (0,)
    assert implied_vol([], [], [], [], []).counts() == {}


contract = st.tuples(
    st.floats(1, 10_000), st.floats(-8, 8), st.floats(5 * MINUTE, 5), st.floats(0.01, 3),
    st.floats(-0.02, 0.15), st.floats(-0.02, 0.15), st.booleans(),
)  # fmt: skip


@given(contract)
def test_the_vol_of_a_price_is_the_vol(drawn):
    s, sigmas, t, v, r, q, call = drawn
    k = s * float(np.exp(sigmas * v * np.sqrt(t)))
    one = greeks.first_order(s, k, t, v, call, rate=r, dividend=q)
    found = implied_vol(one.price, s, k, t, call, rate=r, dividend=q)
    if found.code == NoVol.KNOWN:
        # A price is rounded, and in the money most of it is not for volatility.
        digits = 2.3e-16 * (one.price + s * np.exp(-q * t) + k * np.exp(-r * t))
        is_out = call == (k >= s * np.exp((r - q) * t))
        room = 8 * (2.3e-16 * one.price if is_out and v * t**0.5 < 2 else digits)
        assert abs(found.vol - v) <= 1e-11 * v + 2 * room / (100 * one.vega)
    else:
        assert found.code in (NoVol.AT_INTRINSIC, NoVol.NO_PRICE, NoVol.ABOVE_MOST)
        assert one.vega * v < 1e-12 * one.price or one.price < 1e-279


@given(contract, st.floats(1e-9, 1 - 1e-9))
def test_every_price_between_intrinsic_and_most_has_a_vol_that_gives_it(drawn, share):
    s, sigmas, t, _, r, q, call = drawn
    k = s * float(np.exp(sigmas * 0.2))
    now, cash = s * np.exp(-q * t), k * np.exp(-r * t)
    least = max(now - cash if call else cash - now, 0.0)
    price = least + share * ((now if call else cash) - least)
    found = implied_vol(price, s, k, t, call, rate=r, dividend=q)
    assert found.code == NoVol.KNOWN
    again = greeks.price(s, k, t, found.vol, call, rate=r, dividend=q)
    assert again == pytest.approx(price, abs=1e-13 * (now + cash))


@given(
    st.lists(
        st.tuples(
            *(st.floats(allow_nan=True, allow_infinity=True) for _ in range(6)), st.booleans()
        ),
        min_size=1,
        max_size=5,
    )
)
def test_nothing_raises_and_nothing_is_zero(rows):
    price, s, k, t, r, q, call = (np.array(column) for column in zip(*rows, strict=True))
    with np.errstate(all="raise"):
        found = implied_vol(price, s, k, t, call, rate=r, dividend=q)
    known = found.code == NoVol.KNOWN
    assert (np.isnan(found.vol) == ~known).all()
    assert (found.vol[known] > 0).all()
