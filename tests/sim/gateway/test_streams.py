"""Depth, tick-by-tick, bars of five seconds: what is told is what the market did."""

from __future__ import annotations

import pytest
from ib_async import Forex, Future, Index, Stock

from tests.sim.gateway.rig import connected, market, on_virtual_clock
from tests.sim.gateway.test_market_data import SPY, near_option, qualified


@pytest.mark.parametrize("rows", [1, 5, 10, 20])
def test_a_book_is_the_markets_at_every_moment(rows):
    @on_virtual_clock()
    async def run(gateway, clock):
        ib = await connected(gateway)
        spy = await qualified(ib, SPY)
        ticker = ib.reqMktDepth(spy, numRows=rows, isSmartDepth=True)
        for _ in range(20):
            await clock.sleep(0.95)
            book = market().book("SPY", clock.now() - 0.1)
            if int(clock.now()) != int(clock.now() - 0.1):
                continue
            for told, true in ((ticker.domBids, book.bids), (ticker.domAsks, book.asks)):
                assert [(r.price, r.size, r.marketMaker) for r in told] == [
                    (r.price, r.size, r.venue) for r in true[:rows]
                ]
        ib.cancelMktDepth(spy, isSmartDepth=True)
        await clock.sleep(1)
        assert gateway.open_streams("book") == 0
        assert ib.codes() == []

    run()


@on_virtual_clock()
async def test_the_book_of_one_exchange_has_its_rows_alone(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktDepth(await qualified(ib, Stock("SPY", "ARCA", "USD")), numRows=10)
    await clock.sleep(0.5)
    assert {row.marketMaker for row in ticker.domBids} == {"ARCA"}


@on_virtual_clock()
async def test_a_book_without_makers_is_told_by_position_alone(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktDepth(await qualified(ib, Future("ES", "202603", "CME")), numRows=10)
    await clock.sleep(0.5)
    assert len(ticker.domBids) == 10
    assert ticker.domBids[0].marketMaker == ""
    assert ticker.domBids[0].price < ticker.domAsks[0].price


@pytest.mark.parametrize("which", ["Last", "AllLast"])
def test_every_trade_is_told_once_with_venue_and_condition(which):
    @on_virtual_clock()
    async def run(gateway, clock):
        ib = await connected(gateway)
        spy = await qualified(ib, SPY)
        began = clock.now()
        ticker = ib.reqTickByTickData(spy, which)
        told = []
        ticker.updateEvent += lambda each: told.extend(each.tickByTicks)
        await clock.sleep(120.05)
        prints = market().prints("SPY", began, began + 120)
        regular = market().regular(prints)
        expected = [
            (price, max(1, size), market().venues[venue], market().conditions[condition], not made)
            for price, size, venue, condition, made in zip(
                prints.price, prints.size, prints.venue, prints.condition, regular, strict=True
            )
            if which == "AllLast" or made
        ]
        assert [
            (t.price, t.size, t.exchange, t.specialConditions, t.tickAttribLast.unreported)
            for t in told[: len(expected)]
        ] == expected
        assert len(told) - len(expected) < 5
        assert len(expected) > 100

    run()


@on_virtual_clock()
async def test_quotes_tick_by_tick_follow_the_best_of_the_book(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqTickByTickData(await qualified(ib, SPY), "BidAsk")
    middle = ib.reqTickByTickData(await qualified(ib, Stock("AAPL", "SMART", "USD")), "MidPoint")
    told, mids = [], []
    ticker.updateEvent += lambda each: told.extend(each.tickByTicks)
    middle.updateEvent += lambda each: mids.extend(each.tickByTicks)
    await clock.sleep(10.5)
    assert len(told) == 10  # the first came before anybody listened
    quote = market().quote("SPY", clock.now())
    last = told[-1]
    assert (last.bidPrice, last.askPrice) == (quote.bid, quote.ask)
    assert (last.bidSize, last.askSize) == (quote.bid_size, quote.ask_size)
    best = market().quote("AAPL", clock.now())
    assert mids[-1].midPoint == pytest.approx((best.bid + best.ask) / 2)


@on_virtual_clock()
async def test_what_has_no_tick_by_tick_data_is_refused(gateway, clock):
    ib = await connected(gateway)
    ib.now = clock.now
    ib.reqTickByTickData(await near_option(ib), "Last")
    ib.reqTickByTickData(await qualified(ib, Index("SPX", "CBOE", "USD")), "Last")
    ib.reqTickByTickData(await qualified(ib, Forex("EURUSD")), "Last")
    ib.reqTickByTickData(await qualified(ib, Forex("GBPUSD")), "BidAsk")
    ib.reqMktDepth(await qualified(ib, Index("SPX", "CBOE", "USD")))
    await clock.sleep(1)
    assert ib.codes() == [10189, 10189, 10189, 10092]


@on_virtual_clock()
async def test_bars_of_five_seconds_are_those_of_the_tape(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    began = clock.now()
    bars = ib.reqRealTimeBars(spy, 5, "TRADES", useRTH=False)
    await clock.sleep(60.2)
    true = market().bars("SPY", began, began + 60, 5)
    by_time = {int(bar.time.timestamp()): bar for bar in bars}
    assert sorted(by_time) == [int(began) + 5 * number for number in range(12)]
    for index, at in enumerate(true.time):
        bar = by_time[int(at)]
        assert (bar.open_, bar.high, bar.low, bar.close, bar.volume, bar.count) == (
            true.open[index],
            true.high[index],
            true.low[index],
            true.close[index],
            true.volume[index],
            true.count[index],
        )
    ib.cancelRealTimeBars(bars)
    await clock.sleep(1)
    assert gateway.open_streams("bars") == 0
    assert ib.codes() == []


@on_virtual_clock()
async def test_a_stream_ends_with_its_connection(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    ib.reqMktData(spy)
    ib.reqMktDepth(spy, isSmartDepth=True)
    ib.reqTickByTickData(spy, "AllLast")
    await clock.sleep(1)
    assert gateway.open_lines() == 1
    ib.disconnect()
    await clock.sleep(1)
    assert gateway.open_lines() == gateway.open_streams("book") == 0
    assert gateway.open_streams("ticks") == 0
