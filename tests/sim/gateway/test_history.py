"""Bars and ticks of the past."""

from __future__ import annotations

import datetime as dt

import pytest
from ib_async import Forex, Index, Stock

from tests.sim.gateway.rig import TEN, connected, market, on_virtual_clock
from tests.sim.gateway.test_market_data import SPY, near_option, qualified


async def history(ib, contract, duration, size, what="TRADES", **more):
    more.setdefault("useRTH", False)
    return await ib.reqHistoricalDataAsync(
        contract, more.pop("end", ""), duration, size, what, formatDate=2, **more
    )


@on_virtual_clock()
async def test_bars_of_the_past_are_those_of_the_tape(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    bars = await history(ib, spy, "1800 S", "1 min")
    true = market().world.tape.bars("SPY", TEN - 1800, TEN, 60)
    assert [int(bar.date.timestamp()) for bar in bars] == [int(at) for at in true.time]
    assert [(b.open, b.high, b.low, b.close, b.volume, b.barCount) for b in bars] == list(
        zip(true.open, true.high, true.low, true.close, true.volume, true.count, strict=True)
    )
    assert [bar.average for bar in bars] == pytest.approx(list(true.wap), rel=1e-3)


@pytest.mark.parametrize("what", ["MIDPOINT", "BID", "ASK", "BID_ASK"])
def test_bars_of_quotes_lie_about_the_trades(what):
    @on_virtual_clock()
    async def run(gateway, clock):
        ib = await connected(gateway)
        bars = await history(ib, await qualified(ib, SPY), "600 S", "1 min", what)
        true = market().bars("SPY", TEN - 600, TEN, 60)
        assert len(bars) == 10
        for bar, high, low in zip(bars, true.high, true.low, strict=True):
            assert low - 0.05 <= bar.low <= bar.high <= high + 0.05
            assert bar.volume == -1

    run()


@on_virtual_clock()
async def test_days_follow_the_calendar(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    bars = await history(ib, spy, "10 D", "1 day", useRTH=True)
    assert len(bars) == 10
    days = [bar.date for bar in bars]
    assert days == sorted(set(days))
    assert days[-1] == dt.date(2026, 1, 7)
    assert dt.date(2026, 1, 1) not in days
    assert bars[-2].close == market().world.close("SPY", dt.date(2026, 1, 6))
    weeks = await history(ib, spy, "1 M", "1 week", useRTH=True)
    assert 4 <= len(weeks) <= 6


@on_virtual_clock()
async def test_regular_hours_and_earlier_ends(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    regular = await history(ib, spy, "2 D", "30 mins", useRTH=True)
    hours = {bar.date.astimezone(dt.timezone(dt.timedelta(hours=-5))).hour for bar in regular}
    assert hours <= set(range(9, 16))
    assert len(regular) == 13 + 1
    whole = await history(ib, spy, "1 D", "30 mins", end="20260106 23:00:00 US/Eastern")
    assert len(whole) == 32
    utc = await history(ib, spy, "1 D", "30 mins", end="20260107-04:00:00")
    assert [bar.date for bar in utc] == [bar.date for bar in whole]


@on_virtual_clock()
async def test_other_contracts_have_a_past_too(gateway, clock):
    ib = await connected(gateway)
    ib.now = clock.now
    index = await history(ib, await qualified(ib, Index("SPX", "CBOE", "USD")), "600 S", "1 min")
    pair = await history(ib, await qualified(ib, Forex("EURUSD")), "600 S", "1 min", "MIDPOINT")
    option = await history(ib, await near_option(ib), "1500 S", "1 min", "MIDPOINT")
    assert len(index) == len(pair) == 10
    assert len(option) == 25
    for bars in (index, pair, option):
        assert all(0 < bar.low <= bar.open <= bar.high for bar in bars)


@on_virtual_clock()
async def test_bars_are_kept_up_to_date(gateway, clock):
    ib = await connected(gateway)
    bars = await history(ib, await qualified(ib, SPY), "600 S", "1 min", keepUpToDate=True)
    count = len(bars)
    await clock.sleep(180)
    assert len(bars) == count + 3
    true = market().bars("SPY", TEN, TEN + 180, 60)
    assert [bar.close for bar in bars[count : count + 2]] == list(true.close[:2])
    ib.cancelHistoricalData(bars)
    await clock.sleep(1)
    assert gateway.open_streams("history") == 0


@on_virtual_clock()
async def test_wrong_questions_are_told(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    for duration, size, what, end in (
        ("1 X", "1 min", "TRADES", ""),
        ("1 D", "7 mins", "TRADES", ""),
        ("1 D", "1 min", "TRADES", "yesterday"),
        ("1 D", "1 min", "NONSENSE", ""),
        ("5 Y", "1 secs", "TRADES", ""),
    ):
        # ib_async takes 321 for a warning, and would wait for an answer.
        rid = ib.client.getReqId()
        ib.client.reqHistoricalData(rid, spy, end, duration, size, what, 0, 2, False, [])
    await clock.sleep(2)
    assert sorted(ib.codes()) == [162, 162, 321, 321, 321]


@on_virtual_clock()
async def test_a_query_that_is_cancelled_is_never_answered(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    rid = ib.client.getReqId()
    ib.client.reqHistoricalData(rid, spy, "", "1 D", "1 min", "TRADES", 1, 2, False, [])
    ib.client.cancelHistoricalData(rid)
    await clock.sleep(2)
    assert ib.codes() == [162]
    assert "cancelled" in ib.errors[-1][2]
    assert gateway.counters.sent["history"] == 0


@on_virtual_clock()
async def test_ticks_of_the_past(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    ticks = await ib.reqHistoricalTicksAsync(spy, "", "20260107 10:00:00", 200, "TRADES", False)
    prints = market().prints("SPY", TEN - 600, TEN)
    assert [t.price for t in ticks] == list(prints.price[-200:])
    assert [t.exchange for t in ticks] == [market().venues[v] for v in prints.venue[-200:]]
    quotes = await ib.reqHistoricalTicksAsync(spy, "20260107 09:35:00", "", 50, "BID_ASK", False)
    assert len(quotes) == 50
    assert all(t.priceBid <= t.priceAsk for t in quotes)
    mids = await ib.reqHistoricalTicksAsync(spy, "20260107 09:35:00", "", 50, "MIDPOINT", False)
    assert len(mids) == 50


@on_virtual_clock()
async def test_where_the_past_begins(gateway, clock):
    ib = await connected(gateway)
    stock = await qualified(ib, Stock("AAPL", "SMART", "USD"))
    assert (await ib.reqHeadTimeStampAsync(stock, "TRADES", True, 2)).year == 2018
    assert (await ib.reqHeadTimeStampAsync(stock, "TRADES", True, 1)).year == 2018
