"""The gateway's limits, with TWS's own codes; each refusal and each offence is counted."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ib_async import Stock

from quanticity.sim.gateway.limits import HistoryRate, Limits, MessageRate, TickRate
from tests.sim.gateway.raw import Raw
from tests.sim.gateway.rig import connected, on_virtual_clock
from tests.sim.gateway.test_market_data import SPY, qualified, watch


@given(st.lists(st.floats(0, 0.2), max_size=400))
def test_no_second_ever_holds_more_messages_than_are_taken(gaps: list[float]):
    rate, now, taken = MessageRate(50), 0.0, []
    for gap in gaps:
        now += gap
        if not rate.refuse(now):
            taken.append(now)
    for index, at in enumerate(taken):
        assert sum(at <= other < at + 1 - 1e-9 for other in taken[index:]) <= 50


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 3), st.integers(1, 2)), max_size=200))
def test_history_that_is_taken_keeps_every_rule(asked: list[tuple[float, int, int]]):
    limits = Limits()
    rate, now = HistoryRate(limits), 0.0
    taken: list[tuple[float, int, int]] = []
    for gap, contract, weight in asked:
        now += gap
        if not rate.refuse((contract, weight), contract, weight, now):
            taken.append((now, contract, weight))
    for index, (at, contract, weight) in enumerate(taken):
        later = taken[index:]
        assert sum(each[2] for each in later if each[0] < at + 600) <= 60
        of_one = [each for each in later if each[1] == contract and each[0] < at + 2]
        assert sum(each[2] for each in of_one) < 6
        same = [each for each in later[1:] if each[1:] == (contract, weight)]
        assert all(each[0] - at >= 15 for each in same)


def test_an_instrument_is_asked_for_once_in_fifteen_seconds():
    rate = TickRate(15.0)
    told = [rate.refuse("SPY", at) for at in (0.0, 14.9, 15.0, 29.9, 30.0)]
    assert told == [False, True, False, True, False]
    assert not rate.refuse("QQQ", 30.0)


def storm(ib, count):
    """So many messages at once, around ib_async's own throttle."""
    for _ in range(count):
        ib.client.conn.sendMsg(ib.client._prefix(b"49\x001\x00"))


@on_virtual_clock()
async def test_more_than_fifty_messages_a_second_are_refused_with_100(gateway, clock):
    ib = await connected(gateway)
    await clock.sleep(2)
    storm(ib, 50)
    await clock.sleep(0.5)
    assert ib.codes() == []
    storm(ib, 3)
    await clock.sleep(0.2)
    assert ib.codes() == [100, 100, 100]
    assert gateway.counters.violations == {"messages": 3}
    assert gateway.counters.messages["current time"] == 50
    await clock.sleep(2)
    assert ib.isConnected()


@on_virtual_clock()
async def test_who_goes_on_over_the_rate_is_cut_off(gateway, clock):
    ib = await connected(gateway)
    for _ in range(4):
        await clock.sleep(1.2)
        if ib.isConnected():
            storm(ib, 55)
    assert not ib.isConnected()
    assert gateway.counters.connections["cut off: too many messages"] == 1
    assert (await connected(gateway, 2)).isConnected()


@on_virtual_clock(limits=Limits(lines=5))
async def test_lines_are_limited_for_all_clients_together(gateway, clock):
    first, second = await connected(gateway, 1), await connected(gateway, 2)
    symbols = ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "NVDA")
    held = [watch(first, Stock(symbol, "SMART", "USD")) for symbol in symbols[:4]]
    watch(second, Stock("MSFT", "SMART", "USD"))
    await clock.sleep(1)
    watch(second, Stock("NVDA", "SMART", "USD"))
    second.reqRealTimeBars(await qualified(second, SPY), 5, "TRADES", False)
    await clock.sleep(1)
    assert (first.codes(), second.codes()) == ([], [101, 101])
    assert gateway.counters.violations["lines"] == 2
    first.client.cancelMktData(held[0])
    await clock.sleep(1)
    watch(second, Stock("NVDA", "SMART", "USD"))
    await clock.sleep(1)
    assert second.codes() == [101, 101]


@on_virtual_clock()
async def test_three_books_are_the_most(gateway, clock):
    ib = await connected(gateway)
    for symbol in ("SPY", "QQQ", "IWM", "AAPL"):
        ib.reqMktDepth(await qualified(ib, Stock(symbol, "SMART", "USD")), isSmartDepth=True)
    await clock.sleep(1)
    assert ib.codes() == [309]
    assert "Max number (3)" in ib.errors[-1][2]
    assert gateway.counters.violations["books"] == 1


@on_virtual_clock()
async def test_tick_by_tick_is_one_request_in_fifteen_seconds_and_few_streams(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    ib.reqTickByTickData(spy, "AllLast")
    await clock.sleep(5)
    ib.cancelTickByTickData(spy, "AllLast")
    ib.reqTickByTickData(spy, "AllLast")
    await clock.sleep(1)
    assert ib.codes() == [10189]
    assert "15 seconds" in ib.errors[-1][2]
    await clock.sleep(10)
    for symbol in ("SPY", "QQQ", "IWM", "AAPL"):
        ib.reqTickByTickData(await qualified(ib, Stock(symbol, "SMART", "USD")), "Last")
    await clock.sleep(1)
    assert ib.codes() == [10189, 10190]
    assert gateway.counters.violations == {"tick-by-tick": 1, "tick streams": 1}


@on_virtual_clock()
async def test_history_of_small_bars_is_paced(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)

    async def ask(duration: str, size: str = "5 secs", what: str = "TRADES") -> None:
        rid = ib.client.getReqId()
        ib.client.reqHistoricalData(rid, spy, "", duration, size, what, 0, 2, False, [])
        await clock.sleep(0.01)

    await ask("60 S")
    await ask("60 S")
    await clock.sleep(3)
    assert ib.codes() == [162]
    assert "pacing violation" in ib.errors[-1][2]
    for seconds in range(61, 67):
        await ask(f"{seconds} S")
    await clock.sleep(1)
    assert ib.codes() == [162] * 2
    await clock.sleep(5)
    for seconds in range(70, 73):
        await ask(f"{seconds} S", what="BID_ASK")
    await clock.sleep(1)
    assert ib.codes() == [162] * 3
    for seconds in range(100, 120):
        await ask(f"{seconds} S", "1 min")
    await clock.sleep(2)
    assert ib.codes() == [162] * 3
    assert gateway.counters.violations == {"identical history": 1, "history of one contract": 2}


@on_virtual_clock(limits=Limits(open_history=4))
async def test_only_so_many_queries_are_open_at_once(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    asked = [
        ib.reqHistoricalDataAsync(spy, "", f"{60 + n} S", "1 min", "TRADES", False, 2)
        for n in range(6)
    ]
    found = await asyncio.gather(*asked)
    assert [bool(bars) for bars in found] == [True] * 4 + [False] * 2
    assert ib.codes() == [322, 322]
    assert gateway.counters.violations["open history"] == 2


@on_virtual_clock()
async def test_an_id_in_use_is_refused(gateway, clock):
    raw = await Raw.started(gateway)
    spy = gateway.directory.plain("SPY")
    contract = (spy.con_id, *[""] * 11)
    for _ in range(2):
        raw.send(1, 11, 7, *contract, False, "", False, False, "")
        raw.send(10, 5, 7, *contract, 5, True, "")
        raw.send(50, 3, 7, *contract, 5, "TRADES", False, "")
        raw.send(97, 7, *contract, "Last", 0, False)
    told = [fields[2:4] for fields in await raw.frames() if fields[0] == "4"]
    assert told == [["7", "322"]] * 4


@pytest.mark.parametrize("goes_over", [True, False])
def test_counters_tell_whoever_was_over_a_limit(goes_over):
    @on_virtual_clock()
    async def run(gateway, clock):
        ib = await connected(gateway)
        await clock.sleep(2)
        storm(ib, 51 if goes_over else 50)
        await clock.sleep(2)
        assert bool(gateway.counters.as_dict()["violations"]) == goes_over

    run()


@on_virtual_clock()
async def test_a_competing_session_takes_the_market_data_away(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    ticker = ib.reqMktData(spy)
    ib.reqMktDepth(spy, isSmartDepth=True)
    await clock.sleep(1)
    gateway.outages.lose_data()
    await clock.sleep(0.2)
    seen: list[object] = []
    ticker.updateEvent += seen.append
    await clock.sleep(5)
    assert ib.codes() == [10197, 10197]
    assert seen == []
    again = watch(ib, spy)
    await clock.sleep(1)
    assert ib.errors[-1][:2] == (again, 10197)
    gateway.outages.regain_data()
    ib.reqMktData(spy)
    await clock.sleep(1)
    assert seen


@on_virtual_clock(limits=Limits(unread_bytes=20_000))
async def test_a_client_that_reads_nothing_is_cut_off_and_the_others_are_served(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktData(await qualified(ib, SPY))
    raw = await Raw.started(gateway)
    for number, symbol in enumerate(("SPY", "QQQ", "IWM", "NVDA")):
        security = gateway.directory.plain(symbol)
        raw.send(1, 11, number, security.con_id, *[""] * 11, False, "233", False, False, "")
    for _ in range(600):
        await clock.sleep(1)
        if gateway.client(9) is None:
            break
    assert gateway.client(9) is None
    assert gateway.counters.connections["cut off: too slow"] == 1
    assert gateway.open_lines() == 1
    last = ticker.volume
    await clock.sleep(5)
    assert ticker.volume > last
