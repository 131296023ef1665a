"""What is listed, how it moves together, and which month of a future is the front one."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.sim.market import FOCUS, UNIVERSE, VENUES, front, future_months, listed
from quanticity.sim.market.factors import FACTORS
from quanticity.sim.market.futures import FUTURES
from quanticity.sim.market.sessions import HOURS
from tests.sim.market.markets import CALENDAR, CLOSE, MONDAY, MORNING, sure, world

WORLD = world()
WANTED = {
    "US indices": "SPX NDX RUT VIX",
    "Europe": "DAX FTSE CAC STOXX50 IBEX",
    "Asia": "N225 HSI ASX200 KOSPI TOPIX",
    "Americas": "BOVESPA TSX60",
    "equity futures": "ES NQ YM RTY VX",
    "energy": "CL NG RB HO",
    "metals": "GC SI HG PL",
    "bonds": "ZB ZN ZF ZT",
    "currency futures": "6E 6B 6J 6A DX",
    "FX": "EUR.USD GBP.USD USD.JPY AUD.USD EUR.GBP EUR.JPY GBP.JPY USD.MXN USD.ZAR USD.TRY",
    "crypto": "BTC.USD ETH.USD",
    "internals": "TICK ADD",
    "funds and stocks": " ".join(symbol for symbol in FOCUS if symbol != "SPX"),
}


@pytest.mark.parametrize("group", WANTED)
def test_everything_that_is_watched_is_listed(group):
    symbols = {each.symbol for each in UNIVERSE}
    assert set(WANTED[group].split()) <= symbols
    assert len(symbols) == len(UNIVERSE)


@pytest.mark.parametrize("each", UNIVERSE, ids=lambda each: each.symbol)
def test_a_listing_is_whole(each):
    assert each.hours in HOURS
    assert each.exchange == "SMART" or each.exchange in VENUES or not each.traded
    assert {name for name, _ in each.loads} <= set(FACTORS)
    assert round(each.tick, each.digits) == each.tick
    assert each.traded == (each.prints > 0) == (each.depth > 0)
    at = MORNING + 600
    assert WORLD.price(each.symbol, at) == pytest.approx(
        each.price, rel=0.6, abs=3000 if each.kind == "internal" else 0
    )
    assert listed(each.symbol) is each


def returns(symbol, days=None):
    """Logs of ratios: five minutes apart on a day, or of closes of several days."""
    if days is None:
        at = np.arange(MORNING - 1800, CLOSE, 300.0)
        return np.diff(np.log(WORLD.prices_at(symbol, at)))
    closes = [WORLD.close(symbol, day) for day in WORLD.trading_days(MONDAY, days)]
    return np.diff(np.log(closes))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("SPX", "SPY", 0.995, 1), ("ES", "SPX", 0.995, 1), ("NDX", "QQQ", 0.995, 1),
        ("NQ", "NDX", 0.99, 1), ("RTY", "IWM", 0.99, 1), ("YM", "SPX", 0.9, 1),
        ("SPX", "VIX", -1, -0.5), ("VX", "VIX", 0.85, 1), ("VXX", "VIX", 0.6, 1),
        ("SPX", "NDX", 0.9, 0.999), ("SPX", "AAPL", 0.4, 0.95), ("AAPL", "MSFT", 0.2, 0.95),
        ("CL", "HO", 0.7, 0.999), ("CL", "RB", 0.7, 0.999), ("GC", "SI", 0.5, 0.99),
        ("ZN", "ZB", 0.9, 1), ("ZN", "ZT", 0.9, 1), ("EUR.USD", "DX", -1, -0.8),
        ("EUR.USD", "6E", 0.98, 1), ("USD.JPY", "6J", -1, -0.9), ("GC", "DX", -0.9, 0),
        ("BTC.USD", "ETH.USD", 0.7, 0.99), ("SPX", "BTC.USD", 0.02, 0.7),
        ("USD.MXN", "USD.ZAR", 0.5, 0.98),
    ],
)  # fmt: skip
def test_what_belongs_together_moves_together(one, other, low, high):
    assert low <= np.corrcoef(returns(one), returns(other))[0, 1] <= high
    assert low - 0.1 <= np.corrcoef(returns(one, 250), returns(other, 250))[0, 1] <= high


@pytest.mark.parametrize(
    ("one", "other", "low"), [("DAX", "STOXX50", 0.8), ("DAX", "CAC", 0.8), ("N225", "TOPIX", 0.8)]
)
def test_indices_of_a_continent_move_together(one, other, low):
    assert np.corrcoef(returns(one, 250), returns(other, 250))[0, 1] > low


@settings(max_examples=30, deadline=None)
@given(at=st.floats(MORNING - 20 * 86_400, MORNING + 20 * 86_400))
def test_nothing_is_to_be_had_by_going_round_three_currencies(at):
    eur, gbp, jpy = (WORLD.price(pair, at) for pair in ("EUR.USD", "GBP.USD", "USD.JPY"))
    assert WORLD.price("EUR.GBP", at) == pytest.approx(eur / gbp, rel=1e-6)
    assert WORLD.price("EUR.JPY", at) == pytest.approx(eur * jpy, rel=1e-6)
    assert WORLD.price("GBP.JPY", at) == pytest.approx(gbp * jpy, rel=1e-6)


def test_a_future_stands_above_its_index_by_what_carrying_it_costs():
    months = future_months("ES", MONDAY, CALENDAR)
    for _, expires, local in months[:3]:
        years = (expires - MONDAY).days / 365
        fair = WORLD.price("SPX", MORNING) * np.exp(0.04 * years)
        assert WORLD.price(local, MORNING) == pytest.approx(fair, rel=4e-4)
    nearest = sure(front("ES", MONDAY, CALENDAR))[2]
    assert WORLD.price(nearest, MORNING) == pytest.approx(WORLD.price("ES", MORNING), rel=1e-9)


@pytest.mark.parametrize(
    ("symbol", "month", "expires", "local"),
    [
        ("ES", "202603", date(2026, 3, 20), "ESH6"),
        ("VX", "202601", date(2026, 1, 21), "VXF6"),
        ("CL", "202602", date(2026, 1, 20), "CLG6"),
        ("NG", "202602", date(2026, 1, 28), "NGG6"),
        ("RB", "202602", date(2026, 1, 30), "RBG6"),
        ("GC", "202602", date(2026, 2, 25), "GCG6"),
        ("ZN", "202603", date(2026, 3, 20), "ZNH6"),
        ("ZT", "202603", date(2026, 3, 31), "ZTH6"),
        ("6E", "202603", date(2026, 3, 16), "6EH6"),
    ],
)
def test_months_expire_by_the_rule_of_their_exchange(symbol, month, expires, local):
    assert (month, expires, local) in future_months(symbol, MONDAY, CALENDAR)


@settings(max_examples=40, deadline=None)
@given(symbol=st.sampled_from([each.symbol for each in FUTURES]), ahead=st.integers(0, 500))
def test_the_front_month_never_goes_back_and_is_not_about_to_expire(symbol, ahead):
    day = MONDAY + timedelta(days=ahead)
    _, expires, local = sure(front(symbol, day, CALENDAR))
    later = sure(front(symbol, day + timedelta(days=5), CALENDAR))
    assert expires >= day + timedelta(days=sure(listed(symbol)).rolls)
    assert later[1] >= expires
    months = future_months(symbol, day, CALENDAR)
    assert [each[1] for each in months] == sorted(each[1] for each in months)
    assert local in {each[2] for each in months}
    assert sure(listed(local)).month == local[-2:]


def test_a_symbol_is_one_thing_so_a_future_is_no_stock_with_options():
    for each in UNIVERSE:
        instrument = WORLD.find(each.symbol)
        in_new_york = each.hours in ("stocks", "index")
        assert (instrument is not None) == in_new_york
        assert instrument is None or instrument.kind == each.kind


def test_what_is_no_future_has_no_months():
    assert future_months("SPY", MONDAY, CALENDAR) == []
    assert front("SPY", MONDAY, CALENDAR) is None
    assert listed("ESA6") is None
    assert listed("ZZTOP") is None


def test_ticks_and_breadth_follow_the_market():
    at = np.arange(MORNING - 1800, CLOSE, 60.0)
    tick, breadth = WORLD.prices_at("TICK", at), WORLD.prices_at("ADD", at)
    spx = WORLD.prices_at("SPX", at)
    assert np.abs(tick).max() < 1800
    assert 100 < tick.std() < 900
    assert np.corrcoef(tick[1:], np.diff(spx))[0, 1] > 0.4
    assert np.corrcoef(breadth, spx)[0, 1] > 0.8
    assert np.abs(breadth).max() <= 2600


def test_prices_outside_a_session_are_the_last_ones_in_it():
    friday_close = CLOSE - 3 * 86_400
    for hours in (1, 20, 40):
        assert WORLD.price("SPX", friday_close + hours * 3600) == WORLD.price("SPX", friday_close)
    assert WORLD.price("ES", friday_close + 50 * 3600) != WORLD.price("ES", friday_close)
    sunday = MORNING - 30 * 3600
    assert WORLD.price("BTC.USD", sunday) != WORLD.price("BTC.USD", sunday + 600)
