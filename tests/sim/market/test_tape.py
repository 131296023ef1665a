"""The tape adds up to the day, to its bars and to its quotes, whatever part of it is asked for."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.sim.market import UNIVERSE, World, listed
from quanticity.sim.market.prints import bars_of
from quanticity.sim.market.venues import CONDITIONS, DARK, VENUES
from tests.sim.market.markets import CALENDAR, CLOSE, MONDAY, MORNING, sure, world

WORLD = world()
TRADED = [each.symbol for each in UNIVERSE if each.traded]
BUSY = st.sampled_from(("SPY", "NVDA", "ES", "VX", "PL", "EUR.USD", "BTC.USD", "XYZ"))
WEEK = st.floats(MORNING - 4 * 86_400, MORNING + 4 * 86_400)


def session(symbol):
    return WORLD.sessions.span(sure(listed(symbol)).hours, MONDAY)


@pytest.mark.parametrize("symbol", ["SPY", "NVDA", "ES", "PL", "EUR.USD", "BTC.USD", "XYZ"])
def test_a_days_prints_add_up_to_its_volume_and_its_minutes(symbol):
    span = session(symbol)
    prints = WORLD.tape.prints(symbol, span.start, span.end)
    total = WORLD.tape.done(symbol, span, span.end)
    assert prints.size.sum() == WORLD.day_volume(symbol, MONDAY) == total
    assert (prints.size > 0).all()
    bars, minutes = bars_of(prints, 60), WORLD.days.minutes(symbol, span)
    at = ((bars.time - span.start) // 60).astype(int)
    assert (bars.volume == minutes.volume[at]).all()
    assert (bars.count == minutes.count[at]).all()
    assert minutes.volume.sum() == bars.volume.sum()
    for name in ("open", "high", "low", "close"):
        ticks = getattr(bars, name) / sure(listed(symbol)).tick
        assert ticks == pytest.approx(getattr(minutes, name)[at], abs=0.01)


@pytest.mark.parametrize(
    "day", [date(2025, 11, 28), date(2026, 3, 8), date(2026, 3, 9), date(2026, 11, 2)]
)
@pytest.mark.parametrize("symbol", ["SPY", "ES", "EUR.USD", "BTC.USD", "DAX", "SPX"])
def test_half_days_and_days_on_which_clocks_change_add_up_too(symbol, day):
    span = WORLD.sessions.span(sure(listed(symbol)).hours, day)
    if span is None:
        assert WORLD.day_volume(symbol, day) == 0
        return
    prints = WORLD.tape.prints(symbol, span.start, span.end)
    assert prints.size.sum() == WORLD.day_volume(symbol, day)
    assert span.start <= prints.time[0] <= prints.time[-1] < span.end
    assert np.abs(np.diff(np.log(prints.price))).max() < 0.02


@settings(max_examples=30, deadline=None)
@given(symbol=BUSY, first=WEEK, length=st.floats(1, 7200))
def test_volume_and_bars_of_any_span_are_those_of_its_prints(symbol, first, length):
    prints = WORLD.tape.prints(symbol, first, first + length)
    assert WORLD.tape.volume(symbol, first, first + length) == prints.size.sum()
    assert (np.diff(prints.time) >= 0).all()
    assert ((prints.time >= first) & (prints.time < first + length)).all()
    span = WORLD.sessions.at(sure(listed(symbol)).hours, first)
    if span is not None and first + length <= span.end:
        before = WORLD.volume(symbol, first)
        assert WORLD.volume(symbol, first + length) - before == prints.size.sum()
        if len(prints):
            price = prints.price
            assert WORLD.bar(symbol, first, first + length) == pytest.approx(
                (price[0], price.max(), price.min(), price[-1]), rel=1e-9
            )


@settings(max_examples=20, deadline=None)
@given(symbol=BUSY, first=WEEK, cuts=st.lists(st.floats(0, 600), max_size=4))
def test_a_span_cut_anywhere_is_the_same_tape_in_a_world_that_was_asked_otherwise(
    symbol, first, cuts
):
    other = World(7, CALENDAR)
    edges = [first, *(first + cut for cut in sorted(cuts)), first + 600]
    parts = [other.tape.prints(symbol, *pair) for pair in pairwise(edges)]
    whole = WORLD.tape.prints(symbol, first, first + 600)
    for name in ("time", "price", "size", "venue", "condition", "side", "bid", "ask"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert joined.tobytes() == getattr(whole, name).tobytes()


@settings(max_examples=20, deadline=None)
@given(symbol=st.sampled_from(TRADED), first=WEEK)
def test_prints_are_at_the_bid_or_the_ask_and_dark_ones_between_around_the_mid(symbol, first):
    prints = WORLD.tape.prints(symbol, first, first + 120)
    tick = sure(listed(symbol)).tick
    assert (prints.bid < prints.ask).all()
    inside = (prints.price >= prints.bid - tick / 50) & (prints.price <= prints.ask + tick / 50)
    assert inside.all()
    lit = (prints.venue != DARK) & (prints.side != 0)
    at = np.where(prints.side > 0, prints.ask, prints.bid)
    assert prints.price[lit] == pytest.approx(at[lit], abs=tick / 50)
    if len(prints):
        mid = WORLD.prices_at(symbol, np.floor(prints.time * 4) / 4)
        off = np.abs(mid - (prints.bid + prints.ask) / 2)
        assert (off <= tick * 0.501 + 1e-9).all()


def test_a_stocks_tape_has_odd_lots_sweeps_dark_blocks_and_both_crosses():
    prints = WORLD.tape.prints("NVDA", *session("NVDA")[1:])
    told = {CONDITIONS[code] for code in np.unique(prints.condition)}
    assert {"", "I", "F", "4", "T", "TI", "O", "6"} <= told
    assert len(np.unique(prints.venue)) == 10
    regular = (prints.time >= MORNING - 1800) & (prints.time < CLOSE)
    odd = (prints.size < 100) & regular
    assert 0.25 < odd.sum() / regular.sum() < 0.6
    dark = prints.size[prints.venue == DARK].sum() / prints.size.sum()
    assert 0.3 < dark < 0.6
    for code, at in (("O", MORNING - 1800), ("6", CLOSE)):
        (cross,) = np.flatnonzero(prints.condition == CONDITIONS.index(code))
        assert prints.time[cross] == pytest.approx(at, abs=0.02)
        assert prints.size[cross] > 0.005 * prints.size.sum()
        assert VENUES[prints.venue[cross]] == "NASDAQ"
    assert prints.price[cross] == WORLD.close("NVDA", MONDAY)


def test_trading_is_heaviest_at_both_ends_of_the_day():
    at = np.arange(MORNING - 1800, CLOSE + 1, 1800.0)
    for symbol in ("SPY", "TSLA", "ES"):
        halves = np.diff(WORLD.volumes_at(symbol, at)).astype(float)
        middle = halves[5:8].mean()
        assert halves[0] > 1.4 * middle
        assert halves[-1] > 1.4 * middle


def test_prints_come_in_clusters_and_bursts_lead_prices():
    prints = WORLD.tape.prints("SPY", MORNING, CLOSE)
    gaps = np.diff(prints.time)
    assert gaps.std() > 1.15 * gaps.mean()  # of a Poisson process they are equal
    burst = np.flatnonzero((prints.condition == CONDITIONS.index("F")) & (prints.time < CLOSE - 60))
    after = WORLD.prices_at("SPY", prints.time[burst] + 15)
    now = WORLD.prices_at("SPY", prints.time[burst])
    assert (np.sign(after - now) == prints.side[burst]).mean() > 0.6


def test_an_index_is_told_once_a_second_and_trades_nothing():
    prints = WORLD.tape.prints("SPX", MORNING, MORNING + 60)
    assert prints.time.tolist() == [MORNING + second for second in range(60)]
    assert prints.size.sum() == WORLD.volume("SPX", CLOSE) == 0
    assert prints.price[5] == pytest.approx(WORLD.price("SPX", MORNING + 5), abs=0.0051)
    assert np.isnan(prints.bid).all()


def test_the_last_trade_of_a_closed_market_is_that_of_its_last_session():
    time, price, size = sure(WORLD.tape.last("AAPL", MORNING - 8 * 3600))
    assert time < MORNING - 2 * 86_400  # on Friday evening
    assert price == pytest.approx(WORLD.price("AAPL", MORNING - 8 * 3600), rel=2e-3)
    assert size > 0
    assert WORLD.tape.prints("AAPL", MORNING - 8 * 3600, MORNING - 7 * 3600).time.tolist() == []


def test_bars_are_whole_and_begin_at_multiples_of_their_length():
    bars = WORLD.tape.bars("SPY", MORNING + 3, MORNING + 62, 5)
    assert bars.time.tolist() == [MORNING + 5 * n for n in range(1, 12)]
    assert (bars.low <= bars.wap).all()
    assert (bars.wap <= bars.high).all()


def test_nothing_trades_under_an_unknown_symbol():
    with pytest.raises(KeyError, match="ZZTOP"):
        WORLD.tape.prints("ZZTOP", MORNING, MORNING + 60)


@pytest.mark.parametrize("symbol", ["AAPL", "ES", "EUR.USD", "BTC.USD", "DAX", "SPX"])
def test_a_day_is_the_bar_of_its_session_with_the_official_close(symbol):
    span = session(symbol)
    start, end = span[1:] if symbol != "AAPL" else (MORNING - 1800, CLOSE)
    price = WORLD.tape.prints(symbol, start, end).price
    opened, high, low, close = WORLD.daily(symbol, MONDAY)
    assert opened == price[0]
    assert close == pytest.approx(price[-1], rel=2e-3)
    assert (high, low) == (max(price.max(), close), min(price.min(), close))
    assert close == WORLD.close(symbol, MONDAY)


def test_there_is_no_day_of_what_does_not_trade_on_it():
    with pytest.raises(ValueError, match="SPY does not trade on 2026-01-03"):
        WORLD.daily("SPY", date(2026, 1, 3))
