"""Options: one surface, no money for nothing, and volume that is what the tape printed."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.sim.market import World
from quanticity.sim.market.options import RATE
from quanticity.sim.market.venues import VENUES
from tests.sim.market.markets import CALENDAR, CLOSE, MONDAY, MORNING, world

WORLD = world()
UNDERLYINGS = st.sampled_from(("SPX", "SPY", "QQQ", "IWM", "NVDA", "META", "TSLA", "VIX", "XYZ"))
SCENARIOS = st.sampled_from(("quiet", "trend", "pin", "squeeze", "crash", "halt", "gap"))
SESSION = st.floats(MORNING - 1790, CLOSE - 61)


@settings(max_examples=20, deadline=None)
@given(symbol=UNDERLYINGS, at=SESSION, scenario=SCENARIOS)
def test_no_spread_of_a_chain_costs_less_than_nothing(symbol, at, scenario):
    chain = world(scenario).chain(symbol, at)
    for each in chain:
        strikes, discount = each.strikes, np.exp(-RATE * each.years)
        tiny = 1e-7 * each.spot
        calls, puts = each.call.mid, each.put.mid
        assert calls - puts == pytest.approx(each.spot - strikes * discount, abs=10 * tiny)
        for side, sign in ((calls, -1), (puts, 1)):
            slope = np.diff(side) / np.diff(strikes)
            assert (sign * slope >= -1e-7).all()
            assert (np.abs(slope) <= discount + 1e-6).all()
            assert (np.diff(slope) >= -2e-7 * each.spot / np.diff(strikes)[1:]).all()
        assert (calls >= np.maximum(each.spot - strikes * discount, 0) - tiny).all()
    for near, far in pairwise(chain):
        common, one, other = np.intersect1d(near.strikes, far.strikes, return_indices=True)
        assert (far.call.mid[other] >= near.call.mid[one] - 1e-6 * near.spot).all()
        assert len(common) > 5


@settings(max_examples=30, deadline=None)
@given(symbol=UNDERLYINGS, at=SESSION, scenario=SCENARIOS)
def test_quotes_are_never_crossed_and_hold_the_parity_of_calls_and_puts(symbol, at, scenario):
    for each in world(scenario).chain(symbol, at):
        call, put = each.call, each.put
        forward = each.spot - each.strikes * np.exp(-RATE * each.years)
        assert (call.bid - put.ask <= forward + 1e-6).all()
        assert (call.ask - put.bid >= forward - 1e-6).all()
        for side in each.sides:
            assert (side.bid <= side.mid + 1e-9).all()
            assert (side.mid <= side.ask + 1e-9).all()


@pytest.mark.parametrize(
    ("symbol", "scenario", "until"),
    [
        ("SPX", "quiet", MORNING + 1800),
        ("NVDA", "squeeze", MORNING + 1800),
        ("SPY", "crash", MORNING + 1800),
        ("NVDA", "halt", MORNING + 1200),  # within its halt of 10:15
        ("NVDA", "halt", MORNING + 3600),
        ("META", "halt", CLOSE),
    ],
)
def test_what_each_contract_printed_adds_up_to_the_volume_its_chain_shows(symbol, scenario, until):
    market = world(scenario)
    prints = market.option_tape.trades(symbol, MORNING - 1800, until)
    total = 0
    for each in market.chain(symbol, until):
        for side in each.sides:
            mine = prints.where(
                (prints.expiry == each.expiry.toordinal())
                & (prints.is_call == (side.right == "call"))
            )
            where = np.searchsorted(each.strikes, mine.strike)
            assert (each.strikes[where] == mine.strike).all()
            volume = np.bincount(where, mine.size, len(each.strikes))
            assert (volume == side.volume).all()
            total += int(side.volume.sum())
    assert total == prints.size.sum() > 0
    assert (prints.size > 0).all()


def test_options_of_a_half_day_trade_until_its_close():
    hours = WORLD.day_of(date(2025, 11, 28))
    prints = WORLD.option_tape.trades("SPY", hours.closes - 120, hours.closes + 7200)
    assert hours.closes - 60 < prints.time[-1] < hours.closes
    last = WORLD.chain("SPY", hours.closes)
    whole = WORLD.option_tape.trades("SPY", hours.opens, hours.closes)
    assert whole.size.sum() == sum(int(side.volume.sum()) for each in last for side in each.sides)


@settings(max_examples=25, deadline=None)
@given(symbol=UNDERLYINGS, at=SESSION, scenario=SCENARIOS, pick=st.integers(0, 10**6))
def test_a_print_is_at_its_contracts_bid_ask_or_between(symbol, at, scenario, pick):
    market = world(scenario)
    prints = market.option_tape.trades(symbol, at, at + 60)
    assert (np.diff(prints.time) >= 0).all()
    assert ((prints.price >= prints.bid) & (prints.price <= prints.ask)).all()
    assert (prints.price[prints.side > 0] == prints.ask[prints.side > 0]).all()
    assert (prints.price[prints.side < 0] == prints.bid[prints.side < 0]).all()
    if not len(prints):
        return
    one = pick % len(prints)
    time, strike = float(prints.time[one]), float(prints.strike[one])
    expiry, right = date.fromordinal(int(prints.expiry[one])), "pc"[int(prints.is_call[one])]
    quote = market.option_book.quote(symbol, expiry, strike, right, time)
    assert quote is not None
    assert (quote.bid, quote.ask) == (prints.bid[one], prints.ask[one])
    assert quote.iv == pytest.approx(prints.iv[one])
    assert quote.underlying == pytest.approx(prints.spot[one])
    assert quote.last is not None
    assert quote.volume >= quote.last_size > 0


@settings(max_examples=25, deadline=None)
@given(symbol=UNDERLYINGS, minute=st.integers(1, 388), pick=st.integers(0, 10**6))
def test_a_contracts_quote_on_the_minute_is_its_chains(symbol, minute, pick):
    at = MORNING - 1800 + 60 * minute
    chain = WORLD.chain(symbol, at)
    each = chain[pick % len(chain)]
    index = pick % len(each.strikes)
    for side in each.sides:
        quote = WORLD.option_book.quote(
            symbol, each.expiry, float(each.strikes[index]), side.right, at
        )
        assert quote is not None
        for name in ("bid", "ask", "oi", "iv", "delta", "gamma", "vega", "theta"):
            assert getattr(quote, name) == pytest.approx(getattr(side, name)[index], rel=1e-9)
        printed = WORLD.option_tape.trades(symbol, at, at + 1e-6).of(
            each.expiry, float(each.strikes[index]), side.right
        )
        assert quote.volume == side.volume[index] + printed.size.sum()
        assert (quote.last is None) == (quote.volume == 0)


def test_flow_has_bursts_of_one_side_over_venues_that_are_often_right():
    right = count = venues = 0
    for symbol in ("IWM", "NVDA", "TSLA"):
        prints = WORLD.option_tape.trades(symbol, MORNING - 1800, CLOSE)
        burst = prints.where(prints.burst)
        starts = np.flatnonzero(np.diff(burst.time, prepend=0.0) > 5)
        for first in starts.tolist():
            ahead = min(float(burst.time[first]) + 1500, CLOSE)
            rises = WORLD.price(symbol, ahead) > burst.spot[first]
            right += rises == burst.is_call[first]
            count += 1
        venues += len(np.unique(burst.venue))
    assert count > 50
    assert 0.55 < right / count < 0.85
    assert venues > 20
    index = WORLD.option_tape.trades("SPX", MORNING, MORNING + 60)
    assert {VENUES[code] for code in np.unique(index.venue)} == {"CBOE"}


def test_option_trades_cut_anywhere_and_asked_in_any_order_are_the_same():
    other = World(7, CALENDAR)
    late = other.option_tape.trades("SPY", MORNING + 90, MORNING + 200)
    early = other.option_tape.trades("SPY", MORNING + 30, MORNING + 90)
    whole = WORLD.option_tape.trades("SPY", MORNING + 30, MORNING + 200)
    for first, second, both in zip(early.parts(), late.parts(), whole.parts(), strict=True):
        assert np.concatenate([first, second]).tobytes() == both.tobytes()


def test_options_trade_in_the_regular_session_and_not_in_a_halt():
    before = WORLD.option_tape.trades("SPY", MORNING - 3600, MORNING - 1800)
    after = WORLD.option_tape.trades("SPY", CLOSE, CLOSE + 3600)
    assert len(before) == len(after) == 0
    expiry, strikes = MONDAY, WORLD.strikes("SPY", MONDAY, MONDAY)
    assert WORLD.option_book.quote("SPY", expiry, float(strikes[0]), "C", CLOSE) is None
    halted = world("halt")
    begins = MORNING + 900  # NVDA, 10:15 to 10:25
    assert len(halted.option_tape.trades("NVDA", begins, begins + 600)) == 0
    assert len(halted.option_tape.trades("NVDA", begins - 600, begins)) > 0


@pytest.mark.parametrize(
    ("expiry", "strike"), [(date(2026, 1, 3), 660.0), (MONDAY, 660.37), (MONDAY, 10_000.0)]
)
def test_a_contract_that_is_not_listed_has_no_quote(expiry, strike):
    assert WORLD.option_book.quote("SPY", expiry, strike, "put", MORNING) is None


def test_a_right_is_call_or_put():
    with pytest.raises(ValueError, match="a call or a put, not 'X'"):
        WORLD.option_book.quote("SPY", MONDAY, 660.0, "X", MORNING)


def test_volatility_rises_as_prices_fall_and_follows_its_index():
    at = np.arange(MORNING, CLOSE, 600.0)
    level = np.array([WORLD.atm_vol("SPY", 1 / 12, MONDAY, float(t)) for t in at])
    spot, index = WORLD.prices_at("SPY", at), WORLD.prices_at("VIX", at)
    assert np.corrcoef(level, spot)[0, 1] < 0 < np.corrcoef(level, index)[0, 1]
    assert 0.6 < level.mean() * 100 / index.mean() < 1.2


@pytest.mark.parametrize("most", [2_000, 300])
def test_a_market_of_bounded_chains_lists_no_more_and_nothing_that_is_not_listed(most):
    whole = World(7, CALENDAR, contracts=None)
    bounded = World(7, CALENDAR, contracts=most)
    for symbol in ("SPX", "AAPL"):
        price = whole.close(symbol, whole.before(MONDAY))
        chain = bounded.chains.chain(symbol, MORNING)
        assert most / 2 < sum(2 * len(each.strikes) for each in chain) <= most
        for each in chain:
            full = whole.strikes(symbol, each.expiry, MONDAY)
            assert set(each.strikes) <= set(full)
            assert np.abs(each.strikes - price).min() == np.abs(full - price).min()
