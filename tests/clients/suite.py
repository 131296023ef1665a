"""What ib_async and ib_insync, unmodified, see of the simulated gateway: they share one API."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from gateway import PATIENCE, Told

_ids = itertools.count(101)


@asynccontextmanager
async def connected(lib: Any, port: int, client: int | None = None) -> AsyncIterator[Any]:
    """A connection under an id of its own."""
    ib = lib.IB()
    await ib.connectAsync("127.0.0.1", port, clientId=client or next(_ids), timeout=PATIENCE)
    try:
        yield ib
    finally:
        ib.disconnect()
        await asyncio.sleep(0)


async def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until something holds."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE
    while not (found := true()):
        assert loop.time() < ends, f"in {PATIENCE:g} s there was not {what}"
        await asyncio.sleep(0.02)
    return found


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one test on a loop of its own."""
    asyncio.run(work)


async def qualified(ib: Any, contract: Any) -> Any:
    """The contract with all that the gateway knows of it."""
    (found,) = await ib.qualifyContractsAsync(contract)
    assert found.conId > 0
    return found


async def near_spy_calls(lib: Any, ib: Any, count: int) -> list[Any]:
    """Calls of the nearest expiry, next to the money."""
    spy = await qualified(ib, lib.Stock("SPY", "SMART", "USD"))
    chains = await ib.reqSecDefOptParamsAsync("SPY", "", "STK", spy.conId)
    chain = next(one for one in chains if one.exchange == "SMART")
    (ticker,) = await ib.reqTickersAsync(spy)
    strikes = sorted(chain.strikes, key=lambda one: abs(one - ticker.marketPrice()))[:count]
    expiry = sorted(chain.expirations)[1]
    options = [lib.Option("SPY", expiry, strike, "C", "SMART") for strike in sorted(strikes)]
    return [await qualified(ib, option) for option in options]


def test_it_connects_with_all_that_a_start_asks_for(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            assert ib.isConnected()
            assert ib.client.serverVersion() >= 157
            (account,) = ib.managedAccounts()
            assert account.startswith("DU")
            values = {one.tag: one.value for one in ib.accountValues(account)}
            assert float(values["NetLiquidation"]) > 0
            assert abs((await ib.reqCurrentTimeAsync()).timestamp()) > 1e9

    run(main())


def test_an_id_that_is_taken_is_refused_and_the_first_stays(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port, client=77) as ib:
            other = lib.IB()
            said: list[int] = []
            other.errorEvent += lambda _id, code, *_: said.append(code)
            with pytest.raises((TimeoutError, asyncio.TimeoutError, ConnectionError, OSError)):
                await other.connectAsync("127.0.0.1", port, clientId=77, timeout=4)
            other.disconnect()
            assert 326 in said
            assert ib.isConnected()
            await ib.reqCurrentTimeAsync()

    run(main())


def test_contracts_of_each_kind_are_known(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            wanted = [
                lib.Stock("AAPL", "SMART", "USD"),
                lib.Index("SPX", "CBOE", "USD"),
                lib.Forex("EURUSD"),
                lib.Crypto("BTC", "PAXOS", "USD"),
            ]
            for contract in wanted:
                (detail,) = await ib.reqContractDetailsAsync(contract)
                assert detail.contract.conId > 0
                assert detail.minTick > 0
                assert detail.tradingHours
            months = await ib.reqContractDetailsAsync(lib.Future("ES", exchange="CME"))
            assert len(months) >= 2
            assert {one.contract.multiplier for one in months} == {"50"}

    run(main())


def test_what_nobody_lists_is_error_200(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            said: list[int] = []
            ib.errorEvent += lambda _id, code, *_: said.append(code)
            assert not await ib.reqContractDetailsAsync(lib.Stock("ZZZNOT", "SMART", "USD"))
            assert said == [200]

    run(main())


def test_market_data_come_in(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            spy = await qualified(ib, lib.Stock("SPY", "SMART", "USD"))
            ticker = ib.reqMktData(spy, "233")
            await until(lambda: ticker.bid > 0 and ticker.ask > ticker.bid, "a quote")
            await until(lambda: ticker.rtTime is not None and ticker.rtVolume > 0, "an RTVolume")
            ib.cancelMktData(spy)

    run(main())


def test_an_option_has_greeks(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            (call,) = await near_spy_calls(lib, ib, 1)
            ticker = ib.reqMktData(call)
            await until(lambda: ticker.modelGreeks is not None, "Greeks")
            assert 0.0 <= ticker.modelGreeks.delta <= 1.0
            assert ticker.modelGreeks.impliedVol > 0
            ib.cancelMktData(call)

    run(main())


def test_prints_carry_their_venues(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            spy = await qualified(ib, lib.Stock("SPY", "SMART", "USD"))
            ticker = ib.reqTickByTickData(spy, "AllLast")
            found: list[Any] = []
            ticker.updateEvent += lambda one: found.extend(one.tickByTicks)
            await until(lambda: len(found) >= 3, "three prints")
            assert all(one.price > 0 and one.size > 0 and one.exchange for one in found)
            ib.cancelTickByTickData(spy, "AllLast")

    run(main())


def test_a_book_has_two_sides_that_do_not_cross(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            aapl = await qualified(ib, lib.Stock("AAPL", "SMART", "USD"))
            ticker = ib.reqMktDepth(aapl, numRows=10, isSmartDepth=True)
            await until(lambda: len(ticker.domBids) >= 5 and len(ticker.domAsks) >= 5, "a book")
            await asyncio.sleep(1.0)
            assert ticker.domBids[0].price < ticker.domAsks[0].price
            assert all(level.marketMaker for level in ticker.domBids)
            ib.cancelMktDepth(aapl, isSmartDepth=True)

    run(main())


def test_bars_of_five_seconds_and_of_the_past(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            spy = await qualified(ib, lib.Stock("SPY", "SMART", "USD"))
            live = ib.reqRealTimeBars(spy, 5, "TRADES", useRTH=False)
            past = await ib.reqHistoricalDataAsync(
                spy, "", "1800 S", "1 min", "TRADES", useRTH=False, formatDate=2
            )
            assert len(past) >= 20
            assert all(one.low <= min(one.open, one.close) for one in past)
            assert all(one.high >= max(one.open, one.close) for one in past)
            await until(lambda: len(live) >= 1, "a bar of five seconds")
            ib.cancelRealTimeBars(live)

    run(main())


def test_a_resting_limit_is_cancelled(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            spy = await qualified(ib, lib.Stock("SPY", "SMART", "USD"))
            (ticker,) = await ib.reqTickersAsync(spy)
            price = round(ticker.bid * 0.9, 2)
            trade = ib.placeOrder(spy, lib.LimitOrder("BUY", 10, price, orderRef="mine"))
            await until(lambda: trade.orderStatus.status == "Submitted", "the order at work")
            assert trade.orderStatus.permId > 0
            ib.cancelOrder(trade.order)
            await until(lambda: trade.orderStatus.status == "Cancelled", "its end")
            assert trade.orderStatus.filled == 0

    run(main())


def test_a_market_order_is_filled_and_held(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            spy = await qualified(ib, lib.Stock("SPY", "SMART", "USD"))
            before = sum(one.position for one in ib.positions() if one.contract.symbol == "SPY")
            trade = ib.placeOrder(spy, lib.MarketOrder("BUY", 7))
            await until(lambda: trade.orderStatus.status == "Filled", "a fill")
            assert trade.filled() == 7
            assert sum(fill.execution.shares for fill in trade.fills) == 7
            await until(
                lambda: all(fill.commissionReport.commission > 0 for fill in trade.fills),
                "its commission",
            )

            def held() -> bool:
                now = sum(one.position for one in ib.positions() if one.contract.symbol == "SPY")
                return bool(now == before + 7)

            await until(held, "the position")
            assert trade.fills[0].execution.execId in {
                fill.execution.execId for fill in await ib.reqExecutionsAsync()
            }

    run(main())


def test_stops_and_trailing_stops_rest(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            spy = await qualified(ib, lib.Stock("SPY", "SMART", "USD"))
            (ticker,) = await ib.reqTickersAsync(spy)
            stop = lib.StopOrder("SELL", 1, round(ticker.bid * 0.9, 2))
            trailing = lib.Order(
                action="SELL", totalQuantity=1, orderType="TRAIL", trailingPercent=10.0
            )
            adaptive = lib.LimitOrder("BUY", 1, round(ticker.bid * 0.9, 2))
            adaptive.algoStrategy = "Adaptive"
            adaptive.algoParams = [lib.TagValue("adaptivePriority", "Normal")]
            for order in (stop, trailing, adaptive):
                trade = ib.placeOrder(spy, order)
                await until(
                    lambda trade=trade: trade.orderStatus.status in ("PreSubmitted", "Submitted"),
                    f"{order.orderType} at work",
                )
                ib.cancelOrder(trade.order)
                await until(lambda trade=trade: trade.isDone(), f"the end of {order.orderType}")

    run(main())


def test_a_bracket_protects_what_it_bought(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            aapl = await qualified(ib, lib.Stock("AAPL", "SMART", "USD"))
            (ticker,) = await ib.reqTickersAsync(aapl)
            entry = round(ticker.ask * 1.01, 2)
            bracket = ib.bracketOrder(
                *("BUY", 3, entry, round(entry * 1.2, 2), round(entry * 0.8, 2)),
                tif="DAY",  # without one, 10349 comes, and the client takes that for an end
            )
            trades = [ib.placeOrder(aapl, order) for order in bracket]
            await until(lambda: trades[0].orderStatus.status == "Filled", "the entry's fill")
            for child in trades[1:]:
                await until(
                    lambda child=child: child.orderStatus.status in ("PreSubmitted", "Submitted"),
                    "its protection at work",
                )
            # A stop that protects stays until somebody ends it, too.
            for child in trades[1:]:
                ib.cancelOrder(child.order)
            await until(lambda: all(one.isDone() for one in trades), "the end of both")

    run(main())


def test_a_spread_is_filled_leg_by_leg(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            low, high = await near_spy_calls(lib, ib, 2)
            legs = [
                lib.ComboLeg(conId=low.conId, ratio=1, action="BUY", exchange="SMART"),
                lib.ComboLeg(conId=high.conId, ratio=1, action="SELL", exchange="SMART"),
            ]
            spread = lib.Contract(
                secType="BAG", symbol="SPY", exchange="SMART", currency="USD", comboLegs=legs
            )
            width = high.strike - low.strike
            trade = ib.placeOrder(spread, lib.LimitOrder("BUY", 1, round(width, 2)))
            await until(lambda: trade.orderStatus.status == "Filled", "the spread")
            of_legs = [fill for fill in trade.fills if fill.contract.secType == "OPT"]
            assert {fill.contract.conId for fill in of_legs} == {low.conId, high.conId}

    run(main())


def test_profit_and_loss_are_told(lib: Any, port: int) -> None:
    async def main() -> None:
        async with connected(lib, port) as ib:
            (account,) = ib.managedAccounts()
            found = ib.reqPnL(account)
            await until(lambda: found.dailyPnL == found.dailyPnL, "a figure")
            ib.cancelPnL(account)

    run(main())


def test_nobody_was_over_a_limit(running: tuple[int, Told]) -> None:
    counted = running[1].read()
    assert sum(counted.get("messages", {}).values()) > 100
    # Messages of a second are the client's to count: what was held up arrives together.
    rules = {name: count for name, count in counted["violations"].items() if name != "messages"}
    assert not any(rules.values()), rules
