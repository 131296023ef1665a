"""Price and Greeks: the anchor, 50 digits, QuantLib, and what must hold."""

from __future__ import annotations

import dataclasses
import itertools

import mpmath as mp
import numpy as np
import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import greeks
from quanticity.quant.exposure import charm_exposure, vanna_exposure
from tests.quant import bsm_at_50_digits

MINUTE = 1 / (365 * 24 * 60)
ANCHOR = {"spot": 100, "strike": 100, "years": 30 / 365, "vol": 0.20, "rate": 0.05}
NAMES = {
    kind: [each.name for each in dataclasses.fields(kind)]
    for kind in (greeks.FirstOrder, greeks.HigherOrder)
}


def test_the_anchor():
    call = greeks.first_order(**ANCHOR, is_call=True)
    put = greeks.first_order(**ANCHOR, is_call=False)
    assert call.price == pytest.approx(2.493377, abs=5e-7)
    assert put.price == pytest.approx(2.083261, abs=5e-7)
    assert call.delta == pytest.approx(0.539964, abs=5e-7)
    assert call.gamma == pytest.approx(0.0692276, abs=5e-8)
    assert call.vega == pytest.approx(0.113799, abs=5e-7)
    assert call.theta == pytest.approx(-0.0449882, abs=5e-8)
    assert call.rho == pytest.approx(0.0423312, abs=5e-8)
    higher = greeks.higher_order(**ANCHOR)
    assert higher.vanna == pytest.approx(-0.0853492, abs=1e-7)
    assert higher.charm == pytest.approx(-0.242297, abs=5e-7)
    assert higher.charm / 365 == pytest.approx(-0.00066383, abs=5e-9)


def test_the_anchors_exposure():
    thousand = np.array([1000.0])
    assert vanna_exposure(greeks.vanna(**ANCHOR), thousand, 100.0)[0] == pytest.approx(-8535, abs=1)
    assert charm_exposure(greeks.charm(**ANCHOR), thousand, 100.0)[0] == pytest.approx(-6638, abs=1)


def wide_grid() -> list[tuple[float, float, float, float, bool, float, float]]:
    """Spot, strike, years, vol, is_call, rate, dividend: +-8 sigma, five minutes to five years."""
    times = (5 * MINUTE, 60 * MINUTE, 1 / 365, 30 / 365, 1.0, 5.0)
    vols, carries = (0.05, 0.2, 0.8, 3.0), ((0.0, 0.0), (0.05, 0.02), (-0.01, 0.07))
    grid = []
    for t, v, (r, q), sigmas in itertools.product(times, vols, carries, np.linspace(-8, 8, 9)):
        strike = float(5432.1 * np.exp(sigmas * v * np.sqrt(t)))
        grid += [(5432.1, strike, t, v, call, r, q) for call in (True, False)]
    return grid


def over(grid):
    s, k, t, v, call, r, q = (np.array(column) for column in zip(*grid, strict=True))
    return (
        greeks.first_order(s, k, t, v, call, rate=r, dividend=q),
        greeks.higher_order(s, k, t, v, call, rate=r, dividend=q),
    )


def test_every_figure_against_50_digits():
    """Of the figure itself where all its terms have one sign, else of the largest of them."""
    grid = wide_grid()
    first, higher = over(grid)
    worst: dict[str, float] = {}
    for at, case in enumerate(grid):
        for name, exact in bsm_at_50_digits.greeks(*case).items():
            found = getattr(first if name in NAMES[greeks.FirstOrder] else higher, name)[at]
            off = abs(mp.mpf(float(found)) - exact.value) / max(exact.term, abs(exact.value))
            worst[name] = max(worst.get(name, 0.0), float(off))
    assert max(worst.values()) < 1e-12, worst


def test_the_price_of_the_tail_kept_its_digits_at_five_minutes():
    """The textbook's difference of two products has five digits left here."""
    case = (100.0, 100 * float(np.exp(8 * 0.01 * np.sqrt(5 * MINUTE))), 5 * MINUTE, 0.01)
    found = greeks.price(*case, True)
    with mp.workdps(50):
        exact = bsm_at_50_digits.price(*case, True, 0, 0)
        assert abs(mp.mpf(float(found)) / exact - 1) < 1e-13


@pytest.mark.parametrize("call", [True, False])
def test_greeks_are_the_derivatives_of_the_price(call: bool):
    """By mpmath's own differentiation: a formula that is wrong in both places is found here."""
    case, rate, dividend = (101.0, 97.0, 0.4, 0.3), 0.04, 0.015

    def at(s, k, t, v, r):
        return bsm_at_50_digits.price(s, k, t, v, call, r, dividend)

    first = greeks.first_order(*case, is_call=call, rate=rate, dividend=dividend)
    higher = greeks.higher_order(*case, is_call=call, rate=rate, dividend=dividend)
    # How often by spot, strike, years, vol, rate; and in which unit.
    orders = {
        "delta": ((1, 0, 0, 0, 0), 1), "gamma": ((2, 0, 0, 0, 0), 1),
        "vega": ((0, 0, 0, 1, 0), 0.01), "theta": ((0, 0, 1, 0, 0), -1 / 365),
        "rho": ((0, 0, 0, 0, 1), 0.01), "vanna": ((1, 0, 0, 1, 0), 1),
        "charm": ((1, 0, 1, 0, 0), -1), "vomma": ((0, 0, 0, 2, 0), 1),
        "veta": ((0, 0, 1, 1, 0), -1), "speed": ((3, 0, 0, 0, 0), 1),
        "zomma": ((2, 0, 0, 1, 0), 1), "color": ((2, 0, 1, 0, 0), -1),
    }  # fmt: skip
    for name, (order, unit) in orders.items():
        with mp.workdps(50):
            exact = float(mp.diff(at, tuple(map(mp.mpf, (*case, rate))), order)) * unit
        found = getattr(first if hasattr(first, name) else higher, name)
        assert found == pytest.approx(exact, rel=1e-12), name


def test_against_quantlib():
    """The tolerance is its own: ln(F/K) and the tails of its prices lose digits at five minutes."""
    grid = wide_grid()
    first, _ = over(grid)
    for at, (s, k, t, v, call, r, q) in enumerate(grid):
        payoff = ql.PlainVanillaPayoff(ql.Option.Call if call else ql.Option.Put, k)
        forward, discount = s * float(np.exp((r - q) * t)), float(np.exp(-r * t))
        one = ql.BlackCalculator(payoff, forward, v * float(np.sqrt(t)), discount)
        pairs = {
            "price": (one.value(), s), "delta": (one.delta(s), 1), "gamma": (one.gamma(s), 0),
            "vega": (one.vega(t) / 100, 0), "rho": (one.rho(t) / 100, s * t),
            "theta": (one.theta(s, t) / 365, s),
        }  # fmt: skip
        for name, (theirs, scale) in pairs.items():
            near = pytest.approx(theirs, rel=1e-9, abs=1e-13 * scale)
            assert getattr(first, name)[at] == near, (name, grid[at])


def test_shapes_are_broadcast_and_a_number_gives_a_number():
    strikes = np.linspace(80, 120, 5)
    years = np.array([[0.1], [0.2], [0.3]])
    found = greeks.first_order(100, strikes, years, 0.2, strikes > 100)
    assert found.gamma.shape == (3, 5)
    assert found.delta[1, 3] == greeks.delta(100, strikes[3], 0.2, 0.2, True)
    assert np.ndim(greeks.price(100, 100, 0.1, 0.2, True)) == 0
    assert greeks.gamma([], [], [], [], []).shape == (0,)


@pytest.mark.parametrize("length", [1, 127, 128, 129, 1000])
def test_a_figure_does_not_depend_on_its_neighbours(length: int):
    """A block of the kernel ends anywhere, and numbers of scratch never come out."""
    strikes = np.linspace(50, 150, length)
    together = greeks.first_order(100, strikes, 0.1, 0.3, True, rate=0.03)
    for at in {0, length // 2, length - 1}:
        alone = greeks.first_order(100, strikes[at], 0.1, 0.3, True, rate=0.03)
        for name in NAMES[greeks.FirstOrder]:
            assert getattr(together, name)[at] == getattr(alone, name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"years": 0.0}, {"years": -0.1}, {"vol": 0.0}, {"vol": -0.2}, {"vol": np.nan},
        {"strike": 0.0}, {"strike": -5.0}, {"spot": 0.0}, {"spot": np.nan}, {"spot": np.inf},
        {"years": np.inf}, {"rate": np.nan}, {"rate": np.inf},
    ],
)  # fmt: skip
def test_what_has_no_greeks_is_no_number_and_never_zero(wrong):
    for kind in (greeks.first_order, greeks.higher_order):
        found = kind(**(ANCHOR | wrong), is_call=np.array([True, False]))
        for each in dataclasses.fields(found):
            assert np.isnan(getattr(found, each.name)).all(), each.name


def test_zero_days_to_expiry_was_a_division_by_zero():
    """X24. The notes wrote T = days / 365: a minute before the close it is 1 / 525,600."""
    last = greeks.first_order(100, 100, MINUTE, 0.2, True)
    assert last.price == pytest.approx(0.3989 * 100 * 0.2 * MINUTE**0.5, rel=1e-3)
    assert 0 < last.gamma < 40
    assert np.isnan(greeks.first_order(100, 100, 0 / 365, 0.2, True).gamma)


def test_far_out_of_the_money_nothing_is_left():
    call = greeks.first_order(100, 200, 5 * MINUTE, 0.05, True)
    assert [call.price, call.delta, call.gamma] == [0, 0, 0]
    put = greeks.first_order(100, 200, 5 * MINUTE, 0.05, False)
    assert [put.price, put.delta] == [100, -1]


contract = st.tuples(
    st.floats(1, 10_000), st.floats(-8, 8), st.floats(5 * MINUTE, 5), st.floats(0.01, 3),
    st.floats(-0.02, 0.15), st.floats(-0.02, 0.15),
)  # fmt: skip


@given(contract)
def test_what_must_hold(drawn):
    s, sigmas, t, v, r, q = drawn
    k = s * float(np.exp(sigmas * v * np.sqrt(t)))
    both = greeks.first_order(s, k, t, v, [True, False], rate=r, dividend=q)
    now, cash = s * np.exp(-q * t), k * np.exp(-r * t)
    assert both.price[0] - both.price[1] == pytest.approx(now - cash, abs=1e-13 * (now + cash))
    assert 0 <= both.delta[0] <= np.exp(-q * t) * (1 + 1e-15)
    assert both.delta[0] - both.delta[1] == pytest.approx(np.exp(-q * t), rel=1e-14)
    assert (both.price >= 0).all()
    assert both.price[0] <= now * (1 + 1e-15)
    assert both.price[1] <= cash * (1 + 1e-15)
    assert both.gamma[0] == both.gamma[1] >= 0
    assert both.vega[0] == both.vega[1] >= 0
    assert both.rho[0] >= 0 >= both.rho[1]
    # The equation of Black and Scholes itself.
    d = greeks.FirstOrder(*(getattr(both, name) for name in NAMES[greeks.FirstOrder]))
    terms = np.array(
        [365 * d.theta, (r - q) * s * d.delta, 0.5 * v * v * s * s * d.gamma, -r * d.price]
    )
    scale = np.abs(terms).max(axis=0) + abs(r) * cash + abs(q) * now
    assert (np.abs(terms.sum(axis=0)) <= 1e-12 * scale).all()
