"""Contracts: who is meant, and what is said of them."""

from __future__ import annotations

import pytest
from ib_async import ContFuture, Contract, Crypto, Forex, Future, Index, Option, Stock

from quanticity.sim.gateway.rules import RULES
from quanticity.sim.market.universe import UNIVERSE
from tests.sim.gateway.rig import TEN, connected, market, on_virtual_clock
from tests.sim.gateway.test_market_data import SPY, qualified


@pytest.mark.parametrize(
    ("asked", "local", "exchange", "trading_class"),
    [
        (Stock("SPY", "SMART", "USD"), "SPY", "SMART", "SPY"),
        (Stock("AAPL", "ISLAND", "USD"), "AAPL", "ISLAND", "NMS"),
        (Index("SPX", "CBOE", "USD"), "SPX", "CBOE", "SPX"),
        (Index("Z", "LIFFE", "GBP"), "Z", "LIFFE", "Z"),
        (Index("TICK-NYSE", "NYSE", "USD"), "TICK-NYSE", "NYSE", "TICK-NYSE"),
        (Forex("EURUSD"), "EUR.USD", "IDEALPRO", "EUR.USD"),
        (Forex("USDJPY"), "USD.JPY", "IDEALPRO", "USD.JPY"),
        (Crypto("BTC", "PAXOS", "USD"), "BTC.USD", "PAXOS", "BTC.USD"),
        (Future("ES", "202603", "CME"), "ESH6", "CME", "ES"),
        (Future("ES", "20260320", "CME"), "ESH6", "CME", "ES"),
        (Future("EUR", "202603", "CME"), "6EH6", "CME", "6E"),
        (Future("VIX", "202602", "CFE"), "VXG6", "CFE", "VX"),
        (Future(localSymbol="ESH6", exchange="CME"), "ESH6", "CME", "ES"),
        (Option("SPX", "20260108", 6700, "C", "SMART"), "SPXW  260108C06700000", "SMART", "SPXW"),
        (Option("SPX", "20260116", 6700, "P", "CBOE"), "SPX   260116P06700000", "CBOE", "SPX"),
    ],
    ids=lambda each: repr(each)[:40],
)
def test_a_contract_is_found_by_what_is_known_of_it(asked, local, exchange, trading_class):
    @on_virtual_clock()
    async def run(gateway, clock):
        ib = await connected(gateway)
        (detail,) = await ib.reqContractDetailsAsync(asked)
        found = detail.contract
        assert (found.localSymbol, found.exchange, found.tradingClass) == (
            local,
            exchange,
            trading_class,
        )
        assert found.conId > 1000
        assert detail.minTick > 0
        assert exchange in detail.validExchanges.split(",")
        assert len(detail.marketRuleIds.split(",")) == len(detail.validExchanges.split(","))
        assert all(int(rule) in RULES for rule in detail.marketRuleIds.split(","))
        (again,) = await ib.reqContractDetailsAsync(Contract(conId=found.conId))
        assert again.contract.localSymbol == local
        assert again.contract.conId == found.conId
        assert ib.codes() == []

    run()


@on_virtual_clock()
async def test_the_whole_universe_can_be_found_by_its_own_names(gateway, clock):
    ib = await connected(gateway)
    ids = set()
    for listed in UNIVERSE:
        await clock.sleep(0.05)
        kinds = {"fx": "CASH", "crypto": "CRYPTO", "future": "CONTFUT", "stock": "STK"}
        sec_type = {"etf": "STK", "index": "IND", "internal": "IND", **kinds}[listed.kind]
        wanted = Contract(
            symbol=listed.broker_symbol,
            secType=sec_type,
            exchange=listed.exchange,
            currency=listed.currency,
            tradingClass=listed.symbol if sec_type == "CONTFUT" else "",
        )
        (detail,) = await ib.reqContractDetailsAsync(wanted)
        ids.add(detail.contract.conId)
        assert detail.longName == listed.name
        assert detail.minTick == listed.tick
    assert len(ids) == len(UNIVERSE)


@on_virtual_clock()
async def test_the_front_month_is_the_one_that_trades(gateway, clock):
    ib = await connected(gateway)
    (detail,) = await ib.reqContractDetailsAsync(ContFuture("ES", "CME"))
    assert detail.contract.localSymbol == "ESH6"
    front = await qualified(ib, Future("ES", "202603", "CME"))
    back = await qualified(ib, Future("ES", "202606", "CME"))
    one, other = ib.reqMktData(front), ib.reqMktData(back)
    await clock.sleep(2)
    assert one.volume > 5 * other.volume
    assert one.volume == pytest.approx(market().world.volume("ES", clock.now()), rel=0.01)


@on_virtual_clock(start=TEN + 68 * 86_400 - 3600)  # Monday 2026-03-16
async def test_after_the_roll_the_next_month_is_the_front_one(gateway, clock):
    ib = await connected(gateway)
    (detail,) = await ib.reqContractDetailsAsync(ContFuture("ES", "CME"))
    assert detail.contract.localSymbol == "ESM6"
    months = await ib.reqContractDetailsAsync(Future("ES", exchange="CME"))
    assert months[0].contract.localSymbol == "ESH6"


@on_virtual_clock()
async def test_option_parameters_name_what_is_listed(gateway, clock):
    ib = await connected(gateway)
    spx = await qualified(ib, Index("SPX", "CBOE", "USD"))
    chains = await ib.reqSecDefOptParamsAsync("SPX", "", "IND", spx.conId)
    assert {chain.tradingClass for chain in chains} == {"SPX", "SPXW"}
    assert {chain.exchange for chain in chains} == {"SMART", "CBOE"}
    days = {expiry for chain in chains for expiry in chain.expirations}
    assert days == {f"{day:%Y%m%d}" for day in market().expiries("SPX", TEN)}
    for chain in chains:
        assert chain.strikes == sorted(set(chain.strikes))
        assert int(chain.underlyingConId) == spx.conId
    assert await ib.reqSecDefOptParamsAsync("EUR", "", "CASH", 12345) == []
    assert ib.codes() == [200]


@on_virtual_clock()
async def test_hours_are_those_in_which_it_trades(gateway, clock):
    ib = await connected(gateway)
    (spy,) = await ib.reqContractDetailsAsync(SPY)
    assert spy.timeZoneId == "US/Eastern"
    assert spy.tradingHours.split(";")[0] == "20260107:0400-20260107:2000"
    assert spy.liquidHours.split(";")[0] == "20260107:0930-20260107:1600"
    assert "20260110:CLOSED" in spy.tradingHours.split(";")
    (es,) = await ib.reqContractDetailsAsync(Future("ES", "202603", "CME"))
    assert es.tradingHours.split(";")[0] == "20260106:1800-20260107:1700"


@on_virtual_clock()
async def test_a_whole_expiry_is_told(gateway, clock):
    ib = await connected(gateway)
    details = await ib.reqContractDetailsAsync(Option("SPY", "20260109", 0, "", "SMART"))
    day = market().expiries("SPY", TEN)[2]
    assert len(details) == 2 * len(market().strikes("SPY", day, TEN))
    assert {d.underSymbol for d in details} == {"SPY"}
    assert {d.contract.right for d in details} == {"C", "P"}
    assert len({d.contract.conId for d in details}) == len(details)


@on_virtual_clock()
async def test_symbols_rules_exchanges_and_letters(gateway, clock):
    ib = await connected(gateway)
    found = await ib.reqMatchingSymbolsAsync("SP")
    assert {"SPY", "SPX"} <= {each.contract.symbol for each in found}
    assert next(f for f in found if f.contract.symbol == "SPY").derivativeSecTypes == ["OPT"]
    steps = await ib.reqMarketRuleAsync(109)
    assert [(step.lowEdge, step.increment) for step in steps] == [(0.0, 0.01), (3.0, 0.05)]
    exchanges = await ib.reqMktDepthExchangesAsync()
    assert {"ARCA", "CME", "IDEALPRO"} <= {each.exchange for each in exchanges}
    letters = await ib.reqSmartComponentsAsync("9c0001")
    assert {each.exchange: each.exchangeLetter for each in letters}["ARCA"] == "P"


@on_virtual_clock()
async def test_ids_are_the_same_in_every_run(gateway, clock):
    other = type(gateway)(market(), clock)
    ib, again = await connected(gateway), await connected(other)
    call = await qualified(ib, Option("SPY", "20260109", 660, "C", "SMART"))
    assert other.directory.by_id(call.conId) is None
    assert (await qualified(again, call)).conId == call.conId
    assert other.directory.by_id(call.conId) is not None
    kept = gateway.directory.issued()
    third = type(gateway)(market(), clock)
    third.directory.restore(kept)
    found = third.directory.by_id(call.conId)
    assert found is not None
    assert found.contract.strike == 660
    await other.stop()


@on_virtual_clock()
async def test_what_is_not_offered_is_said(gateway, clock):
    ib = await connected(gateway)
    ib.client.reqNewsProviders()
    ib.client.reqScannerParameters()
    ib.client.reqFundamentalData(77, await qualified(ib, SPY), "ReportSnapshot", [])
    await clock.sleep(1)
    assert ib.codes() == [321, 321, 321]
    assert ib.errors[-1][0] == 77
