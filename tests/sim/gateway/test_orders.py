"""Orders of unmodified ib_async, from the wire to the exchange and back."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ib_async import (
    Bag,
    ComboLeg,
    ExecutionFilter,
    LimitOrder,
    MarketOrder,
    Order,
    StopOrder,
    TagValue,
)

from tests.sim.gateway.rig import connected, market, on_virtual_clock
from tests.sim.gateway.test_market_data import SPY, near_option, qualified


async def bid_of(ib, clock) -> float:
    return float(market().quote("SPY", clock.now()).bid)


@on_virtual_clock()
async def test_a_resting_limit_is_shown_and_cancelled(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    price = round(await bid_of(ib, clock) * 0.98, 2)
    trade = ib.placeOrder(spy, LimitOrder("BUY", 10, price, orderRef="mine", tif="GTC"))
    await clock.sleep(1)
    assert trade.orderStatus.status == "Submitted"
    assert trade.orderStatus.remaining == 10
    assert trade.order.permId > 0
    (shown,) = await ib.reqAllOpenOrdersAsync()
    assert (shown.order.lmtPrice, shown.order.orderRef, shown.order.tif) == (price, "mine", "GTC")
    assert shown.contract.conId == spy.conId
    ib.cancelOrder(trade.order)
    await clock.sleep(1)
    assert trade.orderStatus.status == "Cancelled"
    assert ib.codes() == [202]
    ib.client.cancelOrder(trade.order.orderId)
    ib.client.cancelOrder(987)
    await clock.sleep(1)
    assert ib.codes() == [202, 10148, 10147]


@on_virtual_clock()
async def test_a_market_order_is_filled_with_executions_commissions_and_a_position(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    trade = ib.placeOrder(spy, MarketOrder("BUY", 7, tif="DAY"))
    await clock.sleep(5)
    assert trade.orderStatus.status == "Filled"
    assert sum(fill.execution.shares for fill in trade.fills) == 7
    assert all(fill.commissionReport.commission > 0 for fill in trade.fills)
    (position,) = ib.positions()
    assert (position.contract.conId, position.position) == (spy.conId, 7)
    assert position.avgCost == pytest.approx(trade.orderStatus.avgFillPrice, rel=0.01)
    (item,) = ib.portfolio()
    assert item.position == 7
    assert item.marketPrice == pytest.approx(market().price("SPY", clock.now()), rel=0.001)
    cash = {v.tag: float(v.value) for v in ib.accountValues() if v.tag == "TotalCashValue"}
    assert cash["TotalCashValue"] == pytest.approx(1_000_000 - 7 * position.avgCost, abs=0.1)
    fills = await ib.reqExecutionsAsync()
    assert {fill.execution.execId for fill in fills} == {
        fill.execution.execId for fill in trade.fills
    }
    assert all(fill.time.timestamp() <= clock.now() for fill in fills)
    assert await ib.reqExecutionsAsync(ExecutionFilter(symbol="QQQ")) == []
    done = await ib.reqCompletedOrdersAsync(False)
    assert [(each.orderStatus.status, each.order.filledQuantity) for each in done] == [
        ("Filled", 7)
    ]
    assert ib.codes() == []


@on_virtual_clock()
async def test_stops_trails_and_adaptive_orders_carry_their_terms_both_ways(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    bid = await bid_of(ib, clock)
    stop = StopOrder("SELL", 1, round(bid * 0.9, 2), tif="GTC")
    trail = Order(
        action="SELL", totalQuantity=1, orderType="TRAIL", trailingPercent=10.0, tif="GTC"
    )
    adaptive = LimitOrder("BUY", 1, round(bid * 0.9, 2), tif="DAY")
    adaptive.algoStrategy = "Adaptive"
    adaptive.algoParams = [TagValue("adaptivePriority", "Patient")]
    for order in (stop, trail, adaptive):
        ib.placeOrder(spy, order)
    await clock.sleep(2)
    other = await connected(gateway, 2)
    shown = {
        each.order.orderType + each.order.algoStrategy: each.order
        for each in (await other.reqAllOpenOrdersAsync())
    }
    assert shown["STP"].auxPrice == round(bid * 0.9, 2)
    assert shown["TRAIL"].trailingPercent == 10.0
    assert 0 < shown["TRAIL"].trailStopPrice < bid
    assert [(p.tag, p.value) for p in shown["LMTAdaptive"].algoParams] == [
        ("adaptivePriority", "Patient")
    ]
    assert {each.order.clientId for each in other.trades()} == {1}
    ib.reqGlobalCancel()
    await clock.sleep(2)
    assert await other.reqAllOpenOrdersAsync() == []


@on_virtual_clock()
async def test_a_bracket_fills_and_its_children_go_to_work(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    entry = round(await bid_of(ib, clock) + 1, 2)
    bracket = ib.bracketOrder("BUY", 3, entry, round(entry * 1.2, 2), round(entry * 0.8, 2))
    for order in bracket:
        order.tif = "GTC"
    trades = [ib.placeOrder(spy, order) for order in bracket]
    await clock.sleep(3)
    parent, profit, loss = (trade.orderStatus for trade in trades)
    assert parent.status == "Filled"
    assert profit.status == "Submitted"
    assert loss.status == "PreSubmitted"
    assert profit.parentId == trades[0].order.orderId


async def spread_of(ib):
    low = await near_option(ib)
    chain = await ib.reqContractDetailsAsync(
        low.__class__("SPY", low.lastTradeDateOrContractMonth, 0.0, "C", "SMART")
    )
    strikes = sorted(each.contract.strike for each in chain)
    above = strikes[strikes.index(low.strike) + 3]
    high = await qualified(
        ib, low.__class__("SPY", low.lastTradeDateOrContractMonth, above, "C", "SMART")
    )
    bag = Bag(symbol="SPY", exchange="SMART", currency="USD")
    bag.comboLegs = [
        ComboLeg(conId=low.conId, ratio=1, action="BUY", exchange="SMART"),
        ComboLeg(conId=high.conId, ratio=1, action="SELL", exchange="SMART"),
    ]
    return bag, low, high


@on_virtual_clock()
async def test_a_spread_fills_leg_by_leg(gateway, clock):
    ib = await connected(gateway)
    ib.now = clock.now
    bag, low, high = await spread_of(ib)
    trade = ib.placeOrder(bag, LimitOrder("BUY", 2, round(high.strike - low.strike, 2), tif="DAY"))
    await clock.sleep(5)
    assert trade.orderStatus.status == "Filled"
    legs = [fill for fill in trade.fills if fill.contract.secType == "OPT"]
    assert {(fill.contract.conId, fill.execution.side) for fill in legs} == {
        (low.conId, "BOT"),
        (high.conId, "SLD"),
    }
    assert {position.position for position in ib.positions()} == {2, -2}
    other = await connected(gateway, 2)
    (done,) = await other.reqCompletedOrdersAsync(False)
    assert [leg.conId for leg in done.contract.comboLegs] == [low.conId, high.conId]


@on_virtual_clock()
async def test_a_what_if_tells_margins_and_places_nothing(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    state = await ib.whatIfOrderAsync(spy, LimitOrder("BUY", 100, 600, tif="DAY"))
    assert float(state.initMarginAfter) > float(state.initMarginBefore) == 0
    assert float(state.equityWithLoanBefore) == 1_000_000
    assert state.commission > 0
    assert await ib.reqAllOpenOrdersAsync() == []


@on_virtual_clock()
async def test_orders_that_cannot_be_are_refused_with_their_codes(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    tries: list[Order] = [
        LimitOrder("BUY", 10, 600.001, tif="DAY"),
        LimitOrder("BUY", 1_000_000, 600, tif="DAY"),
        LimitOrder("BUY", 10, 600, tif="DAY", account="DU9"),
        LimitOrder("BUY", 10, 600, tif="DAY", eTradeOnly=True),
        LimitOrder("BUY", 10, 600, tif="DAY", firmQuoteOnly=True),
    ]
    for order in tries:
        ib.placeOrder(spy, order)
    await clock.sleep(2)
    assert ib.codes() == [110, 201, 321, 10268, 10269]
    assert await ib.reqAllOpenOrdersAsync() == []


@on_virtual_clock()
async def test_an_order_goes_on_while_its_client_is_away(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    quote = market().quote("SPY", clock.now())
    ib.placeOrder(spy, LimitOrder("BUY", 5, quote.ask + 1, tif="DAY", orderRef="away"))
    ib.disconnect()
    await clock.sleep(60)
    again = await connected(gateway)
    (fill,) = again.fills()
    assert (fill.execution.shares, fill.execution.orderRef) == (5, "away")
    assert again.positions()[0].position == 5
    (done,) = await again.reqCompletedOrdersAsync(False)
    assert done.order.orderRef == "away"
    assert again.client.getReqId() > fill.execution.orderId


@on_virtual_clock()
async def test_profits_are_told_as_the_market_moves(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    ib.placeOrder(spy, MarketOrder("BUY", 100, tif="DAY"))
    await clock.sleep(5)
    whole = ib.reqPnL("DU1234567")
    single = ib.reqPnLSingle("DU1234567", "", spy.conId)
    seen: list[Any] = []
    ib.pnlEvent += lambda each: seen.append(each.dailyPnL)
    await clock.sleep(30)
    assert len(seen) > 10
    assert single.position == 100
    assert single.value == pytest.approx(100 * market().price("SPY", clock.now()), rel=0.001)
    assert whole.dailyPnL == pytest.approx(whole.unrealizedPnL + whole.realizedPnL, abs=0.02)
    ib.cancelPnL("DU1234567")
    ib.cancelPnLSingle("DU1234567", "", spy.conId)
    await clock.sleep(1)
    assert gateway.open_streams("profit") == 0


@on_virtual_clock()
async def test_a_summary_holds_the_figures_that_are_asked_for(gateway, clock):
    ib = await connected(gateway)
    summary = await ib.accountSummaryAsync()
    tags = {each.tag: each.value for each in summary}
    assert float(tags["NetLiquidation"]) == 1_000_000
    assert float(tags["BuyingPower"]) == 4_000_000
    assert not math.isnan(float(tags["MaintMarginReq"]))


@on_virtual_clock()
async def test_next_ids_are_above_what_was_used(gateway, clock):
    ib = await connected(gateway, 5)
    spy = await qualified(ib, SPY)
    order = LimitOrder("BUY", 1, 500, tif="GTC")
    order.orderId = 4_000
    ib.placeOrder(spy, order)
    await clock.sleep(1)
    ib.disconnect()
    await clock.sleep(1)
    again = await connected(gateway, 5)
    assert again.client.getReqId() > 4_000
