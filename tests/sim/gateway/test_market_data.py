"""What a quote screen shows, as ib_async understands it."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from ib_async import Bag, ComboLeg, Crypto, Forex, Future, Index, Option, Stock

from quanticity.sim.gateway.ports import Market
from tests.sim.gateway.rig import TEN, connected, market, on_virtual_clock

SPY = Stock("SPY", "SMART", "USD")


async def qualified(ib, contract):
    (found,) = await ib.qualifyContractsAsync(contract)
    assert found is not None
    return found


def watch(ib, contract, generic=""):
    """Ask for a line as the wire has it: ib_async itself wants to know the contract first."""
    rid = ib.client.getReqId()
    ib.client.reqMktData(rid, contract, generic, False, False, [])
    return rid


async def near_option(ib, symbol="SPY", right="C"):
    """An option near the money that expires within days."""
    stock = await qualified(ib, Stock(symbol, "SMART", "USD"))
    chains = await ib.reqSecDefOptParamsAsync(symbol, "", "STK", stock.conId)
    chain = next(each for each in chains if each.exchange == "SMART")
    price = market().price(symbol, ib.wrapper.ib.now())
    strike = min(chain.strikes, key=lambda each: abs(each - price))
    expiry = sorted(chain.expirations)[1]
    return await qualified(ib, Option(symbol, expiry, strike, right, "SMART"))


@on_virtual_clock()
async def test_a_stock_shows_its_quote_its_trades_and_its_day(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktData(await qualified(ib, SPY), "233,293")
    await clock.sleep(5)
    source: Market = market()
    assert ticker.marketDataType == 1
    assert ticker.minTick == 0.01
    assert 0 < ticker.bid < ticker.ask < ticker.bid * 1.001
    assert ticker.bidSize > 0
    assert ticker.askSize > 0
    assert ticker.low <= ticker.last <= ticker.high
    assert ticker.low <= ticker.open <= ticker.high
    assert ticker.close == source.close("SPY", clock.now())
    assert abs(ticker.time.timestamp()) > 0
    assert ticker.lastExchange
    assert ticker.tradeCount > 0
    assert ib.codes() == []


@on_virtual_clock()
async def test_rt_volume_tells_every_regular_trade_once_with_the_days_volume(gateway, clock):
    ib = await connected(gateway)
    contract = await qualified(ib, SPY)
    began = clock.now()
    ticker = ib.reqMktData(contract, "233")
    told: list[Any] = []
    ticker.updateEvent += lambda each: told.extend(t for t in each.ticks if t.tickType == 48)
    await clock.sleep(60)
    ib.cancelMktData(contract)
    prints = market().prints("SPY", began, math.floor(clock.now() * 10) / 10)
    regular = market().regular(prints)
    expected = list(zip(prints.price[regular], prints.size[regular], strict=True))
    assert [(t.price, t.size) for t in told] == expected
    start, _ = market().session("SPY", began)
    whole = market().prints("SPY", start, began + 60)
    assert ticker.rtVolume == whole.size[: len(whole.time) - int((~regular[::-1]).argmin())].sum()
    assert ticker.vwap == pytest.approx(
        (whole.price * whole.size).sum() / whole.size.sum(), rel=1e-4
    )


@on_virtual_clock()
async def test_an_index_has_values_and_no_quote(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktData(await qualified(ib, Index("SPX", "CBOE", "USD")))
    await clock.sleep(5)
    assert ticker.last == pytest.approx(market().price("SPX", clock.now()), rel=1e-3)
    assert math.isnan(ticker.bid)


@pytest.mark.parametrize(
    "contract",
    [
        Forex("EURUSD"),
        Crypto("BTC", "PAXOS", "USD"),
        Future("ES", "202603", "CME"),
        Future("EUR", "202603", "CME"),
        Future("VIX", "202601", "CFE"),
        Index("DAX", "EUREX", "EUR"),
        Index("TICK-NYSE", "NYSE", "USD"),
    ],
    ids=lambda contract: f"{contract.secType} {contract.symbol}",
)
def test_what_is_no_stock_shows_its_prices_too(contract):
    @on_virtual_clock()
    async def run(gateway, clock):
        ib = await connected(gateway)
        ticker = ib.reqMktData(await qualified(ib, contract))
        await clock.sleep(5)
        shown = ticker.last if contract.secType == "IND" else ticker.bid
        assert not math.isnan(shown)
        assert ib.codes() == []

    run()


@on_virtual_clock()
async def test_an_option_shows_greeks_that_fit_its_quote(gateway, clock):
    ib = await connected(gateway)
    ib.now = clock.now
    call = await near_option(ib)
    ticker = ib.reqMktData(call, "100,101")
    await clock.sleep(2)
    model = ticker.modelGreeks
    assert ticker.bid < model.optPrice < ticker.ask
    assert 0.3 < model.delta < 0.7
    assert model.gamma > 0
    assert model.vega > 0
    assert model.theta < 0
    assert model.impliedVol > 0
    assert model.undPrice == pytest.approx(market().price("SPY", clock.now()), rel=0.01)
    assert ticker.bidGreeks.optPrice == ticker.bid
    assert ticker.callOpenInterest > 0
    assert ib.codes() == []


@on_virtual_clock()
async def test_a_spread_shows_what_its_legs_cost_together(gateway, clock):
    ib = await connected(gateway)
    ib.now = clock.now
    call, put = await near_option(ib), await near_option(ib, right="P")
    bag = Bag(symbol="SPY", exchange="SMART", currency="USD")
    bag.comboLegs = [
        ComboLeg(conId=call.conId, ratio=1, action="BUY", exchange="SMART"),
        ComboLeg(conId=put.conId, ratio=1, action="SELL", exchange="SMART"),
    ]
    net, one, two = ib.reqMktData(bag), ib.reqMktData(call), ib.reqMktData(put)
    await clock.sleep(1)
    assert net.bid == pytest.approx(one.bid - two.ask)
    assert net.ask == pytest.approx(one.ask - two.bid)


@on_virtual_clock()
async def test_a_snapshot_ends_and_takes_no_line(gateway, clock):
    ib = await connected(gateway)
    (ticker,) = await ib.reqTickersAsync(SPY)
    assert 0 < ticker.bid < ticker.ask
    assert gateway.open_lines() == 0


@on_virtual_clock(unsubscribed=("AAPL",))
async def test_without_a_subscription_there_are_delayed_data_for_those_who_ask(gateway, clock):
    ib = await connected(gateway)
    aapl = await qualified(ib, Stock("AAPL", "SMART", "USD"))
    ib.reqMktData(aapl)
    await clock.sleep(1)
    assert ib.codes() == [10168]
    ib.cancelMktData(aapl)
    ib.reqMarketDataType(3)
    ticker = ib.reqMktData(aapl)
    await clock.sleep(5)
    assert ib.codes()[-1] == 10167
    assert ticker.marketDataType == 3
    book = market().quote("AAPL", clock.now() - 900.1)
    assert ticker.bid == pytest.approx(book.bid, abs=0.05)
    assert ticker.volume < market().world.volume("AAPL", clock.now())
    assert ticker.volume == pytest.approx(
        market().world.volume("AAPL", clock.now() - 900), rel=0.01
    )


@on_virtual_clock()
async def test_what_is_asked_wrongly_is_told_with_its_code(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    for contract in (
        Stock("ZZZNOT", "SMART", "USD"),
        Stock("SPX", "SMART", "USD"),
        Stock("SPY", "LSE", "USD"),
        Stock("SPY", "SMART", "EUR"),
        Future("ES", "199001", "CME"),
        Option("SPY", "20260107", 123.45, "C", "SMART"),
    ):
        watch(ib, contract)
    watch(ib, Future("ES", exchange="CME"))
    watch(ib, spy, "999")
    ib.client.cancelMktData(4711)
    ib.client.cancelMktDepth(4711, False)
    ib.client.cancelHistoricalData(4711)
    ib.client.cancelTickByTickData(4711)
    ib.client.cancelRealTimeBars(4711)
    await clock.sleep(2)
    assert ib.codes() == [200] * 7 + [321, 300, 310, 366, 300, 300]
    assert "ambiguous" in ib.errors[9][2]
    assert "Legal ones for (STK)" in ib.errors[10][2]


@on_virtual_clock(start=1_767_837_600.0)  # 21:00 Eastern
async def test_after_hours_there_is_a_close_and_no_quote(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktData(await qualified(ib, SPY))
    await clock.sleep(2)
    assert math.isnan(ticker.bid)
    assert ticker.close > 0
    assert ticker.last == market().world.tape.last("SPY", clock.now())[1]
    (snapshot,) = await ib.reqTickersAsync(SPY)
    assert snapshot.close > 0


@on_virtual_clock(start=TEN + 6 * 3600 - 300)
async def test_before_the_close_its_auction_is_told(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktData(await qualified(ib, SPY), "225")
    await clock.sleep(10.55)
    told = market().imbalance("SPY", clock.now())
    assert ticker.auctionVolume == told.paired
    assert ticker.auctionPrice == told.near
    assert ticker.auctionImbalance == told.side * told.size
    assert ticker.auctionImbalance != 0


@on_virtual_clock(start=TEN + 10 * 3600 - 30)
async def test_a_line_goes_from_one_session_into_the_next(gateway, clock):
    ib = await connected(gateway)
    ticker = ib.reqMktData(await qualified(ib, SPY), "233")
    await clock.sleep(10)
    evening = ticker.volume
    assert ticker.bid > 0
    await clock.sleep(60)
    assert ticker.bid == -1
    assert ticker.volume >= evening
    await clock.sleep(8 * 3600 + 600)
    assert not ib.isConnected()  # the gateway restarted in the night
    ib = await connected(gateway)
    morning = ib.reqMktData(await qualified(ib, SPY), "233")
    await clock.sleep(10)
    assert morning.bid > 0
    assert 0 < morning.volume < evening / 10
    assert morning.close == market().world.close("SPY", dt.date(2026, 1, 7))


@on_virtual_clock(start=TEN + 7 * 3600 - 30)  # 16:59:30 Eastern
async def test_a_new_session_counts_its_day_anew(gateway, clock):
    ib = await connected(gateway)
    es = ib.reqMktData(await qualified(ib, Future("ES", "202603", "CME")))
    await clock.sleep(10)
    day = es.volume
    assert es.bid > 0
    await clock.sleep(600)
    assert es.bid == -1
    await clock.sleep(3600)
    assert es.bid > 0
    assert 0 < es.volume < day / 10
    assert es.low <= es.open <= es.high
