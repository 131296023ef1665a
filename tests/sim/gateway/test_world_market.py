"""What the gateway prepares ahead is what the market says when it is asked."""

from __future__ import annotations

import functools
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_async import MarketOrder, Stock

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from quanticity.sim.gateway.reels import Reels
from quanticity.sim.gateway.world_market import WorldMarket
from quanticity.sim.market.world import World
from tests.sim.gateway.rig import TEN, connected
from tests.sim.gateway.test_market_data import qualified

SYMBOLS = ("SPY", "AAPL", "ES", "EUR.USD", "BTC.USD", "SPX", "DAX", "TICK", "ESH6")
moments = st.floats(-3600, 8 * 3600).map(lambda seconds: TEN + seconds)


@functools.cache
def whole() -> WorldMarket:
    return WorldMarket(World(7, MarketCalendar(), contracts=None))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SYMBOLS), moments)
def test_quotes_are_the_best_of_the_book(symbol: str, at: float):
    assert whole().quote(symbol, at) == whole().world.books.quote(symbol, at)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(SYMBOLS), moments, st.floats(0, 200))
def test_reels_hold_every_print_once(symbol: str, since: float, seconds: float):
    market = whole()
    cuts = Reels(market).between(symbol, since, since + seconds)
    prints = market.world.tape.prints(symbol, since, since + seconds)
    told = [
        (reel.time[index], reel.price[index], reel.size[index], reel.venue[index])
        for reel, start, end in cuts
        for index in range(start, end)
    ]
    assert told == [
        (at, price, size, market.venues[venue])
        for at, price, size, venue in zip(
            prints.time, prints.price, prints.size, prints.venue, strict=True
        )
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(("SPY", "SPX", "NVDA")),
    st.integers(0, 6),
    st.floats(0.93, 1.07),
    st.sampled_from("CP"),
    moments,
)
def test_options_are_those_of_the_option_book(
    symbol: str, number: int, moneyness: float, right: str, at: float
):
    market = whole()
    expiry = market.expiries(symbol, at)[number]
    wanted = market.price(symbol, at) * moneyness
    strike = min(market.strikes(symbol, expiry, at), key=lambda each: abs(each - wanted))
    found = market.option(symbol, expiry, strike, right, at)
    true = market.world.option_book.quote(symbol, expiry, strike, right, at)
    assert (found is None) == (true is None)
    if found is not None and true is not None:
        # A contract that has not traded today has no last price.
        assert found.last == true.last
        mine, exact = (each._replace(time=0, last=0) for each in (found, true))
        assert mine == pytest.approx(exact, rel=1e-9)


def test_an_option_that_has_not_traded_has_no_last_price():
    market = whole()
    at, expiry = 1767796575.0, date(2026, 1, 12)
    found = market.option("SPX", expiry, 6400.0, "C", at)
    assert found is not None
    assert (found.last, found.last_size, found.volume) == (None, 0, 0)
    assert found == market.world.option_book.quote("SPX", expiry, 6400.0, "C", at)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(SYMBOLS), moments, st.floats(0, 9000), st.sampled_from([60, 120, 300, 3600]))
def test_bars_of_minutes_are_those_of_the_tape(
    symbol: str, since: float, length: float, seconds: int
):
    found = whole().bars(symbol, since, since + length, seconds)
    true = whole().world.tape.bars(symbol, since, since + length, seconds)
    for name in ("time", "open", "high", "low", "close", "volume", "count"):
        assert getattr(found, name).tolist() == getattr(true, name).tolist(), name
    # An internal may be near 0, or below: its average is compared with how far it moved.
    for mine, exact, high, low in zip(found.wap, true.wap, found.high, found.low, strict=True):
        assert abs(mine - exact) <= (high - low) + 1e-9


def test_an_option_that_is_not_listed_has_no_quote():
    market = whole()
    expiry = market.expiries("SPY", TEN)[0]
    assert market.option("SPY", expiry, 123.456, "C", TEN) is None
    assert market.option("EUR.USD", expiry, 1.0, "C", TEN) is None
    assert market.expiries("DAX", TEN) == ()


def test_a_halt_is_told_and_its_end_too():
    """In the market's own halt: no quote, no book, halted; then both are back."""
    halting = WorldMarket(World(7, MarketCalendar(), "halt"))
    symbol, (begins, ends) = next(
        (symbol, halts[0])
        for symbol in ("TSLA", "NVDA", "AAPL", "SPY", "META", "AMZN", "MSFT", "GOOGL", "QQQ")
        if (halts := halting.world.scenario.halts(symbol, halting.world.day(TEN).day))
    )

    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(halting, clock)
        ib = await connected(gateway)
        stock = await qualified(ib, Stock(symbol, "SMART", "USD"))
        ticker, book = ib.reqMktData(stock), ib.reqMktDepth(stock, isSmartDepth=True)
        await clock.sleep(15)
        assert (ticker.bid > 0, len(book.domBids)) == (True, 5)
        await clock.sleep(30)
        assert (ticker.halted, ticker.bid, len(book.domBids)) == (1.0, -1, 0)
        trade = ib.placeOrder(stock, MarketOrder("BUY", 1, tif="DAY"))
        await clock.sleep(ends - begins - 60)
        assert not trade.isDone()
        await clock.sleep(60)
        assert ticker.halted <= 0
        assert (ticker.bid > 0, len(book.domBids)) == (True, 5)
        assert trade.orderStatus.status == "Filled"
        await gateway.stop()

    run_virtual(main, start=begins - 30)
