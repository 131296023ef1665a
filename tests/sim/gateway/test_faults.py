"""Every fault of the wire and of orders does what its class says, and is counted once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ib_async import LimitOrder, MarketOrder

from quanticity.sim.faults import catalog
from quanticity.sim.faults.plan import FaultPlan
from quanticity.sim.gateway.gateway import Gateway
from tests.sim.gateway.raw import Raw
from tests.sim.gateway.rig import connected, market, on_virtual_clock
from tests.sim.gateway.test_market_data import SPY, qualified
from tests.sim.gateway.test_orders import spread_of


def struck(gateway: Gateway, *faults: Any) -> None:
    """Let these strike next."""
    plan = gateway.faults
    assert isinstance(plan, FaultPlan)
    plan.inject(*faults)


def faulty(**options: Any):
    """A gateway whose faults are injected."""

    def decorate(test):
        @on_virtual_clock(**options)
        async def run(gateway, clock):
            gateway.faults = FaultPlan()
            await test(gateway, clock)

        run.__name__ = test.__name__
        return run

    return decorate


async def watching(gateway: Gateway) -> Raw:
    """A client that follows every trade of SPY."""
    raw = await Raw.started(gateway)
    spy = gateway.directory.plain("SPY")
    assert spy is not None
    raw.send(97, 1, spy.con_id, *[""] * 11, "AllLast", 0, False)
    await raw.frames(2)
    return raw


def assert_whole(told: list[list[str]], began: float) -> None:
    """What was told is the tape since the last look before `began`, in order, without a gap."""
    prints = market().prints("SPY", began - 0.2, began + 60)
    prices = [float(fields[4]) for fields in told]
    starts = [n for n in range(10) if list(prints.price[n : n + len(prices)]) == prices]
    assert len(prices) > 5
    assert starts


@faulty()
async def test_latency_makes_late_what_follows_and_loses_nothing(gateway, clock):
    raw = await watching(gateway)
    began = clock.now()
    struck(gateway, catalog.Latency(seconds=3.0))
    assert await raw.frames(2.5) == []
    assert_whole(await raw.frames(3), began)
    assert gateway.counters.faults == {"latency": 1}


@faulty()
async def test_jitter_keeps_the_order(gateway, clock):
    raw = await watching(gateway)
    began = clock.now()
    struck(gateway, *[catalog.Jitter(seconds=2.0)] * 20)
    assert_whole(await raw.frames(30), began)
    assert gateway.counters.faults == {"jitter": 20}


@faulty()
async def test_silence_loses_what_would_have_been_said_and_keeps_the_connection(gateway, clock):
    raw = await watching(gateway)
    struck(gateway, catalog.Silence(seconds=10.0))
    first = await raw.frames(9.5)
    assert first == []
    assert len(await raw.frames(10)) > 5
    assert not await raw.is_closed()


@faulty()
async def test_half_open_says_nothing_hears_nothing_and_is_reset_at_last(gateway, clock):
    raw = await watching(gateway)
    struck(gateway, catalog.HalfOpen(seconds=20.0))
    await raw.frames(3)
    raw.send(49, 1)
    assert await raw.frames(10) == []
    assert gateway.counters.messages["current time"] == 0
    assert gateway.client(9) is not None
    await clock.sleep(10)
    with pytest.raises(ConnectionResetError):
        await raw.frame()
    assert gateway.client(9) is None


@faulty()
async def test_a_reset_in_mid_frame_leaves_half_of_it(gateway, clock):
    raw = await watching(gateway)
    struck(gateway, catalog.ResetMidFrame())
    found: list[bytes] = []

    async def read() -> None:
        while True:
            found.append(await raw.reader.readexactly(1))

    with pytest.raises(ConnectionResetError):
        await read()
    half = b"".join(found)
    length = int.from_bytes(half[:4], "big")
    assert 4 < len(half) < 4 + length
    assert gateway.sessions == []


@faulty()
async def test_drop_closes_instead_of_the_message(gateway, clock):
    raw = await watching(gateway)
    struck(gateway, catalog.Drop())
    assert await raw.frames(5) == []
    assert await raw.is_closed()


@faulty()
async def test_a_skewed_clock_stamps_wrongly(gateway, clock):
    raw = await Raw.started(gateway)
    struck(gateway, catalog.ClockSkew(seconds=-45.0))
    raw.send(49, 1)
    (first,) = [fields for fields in await raw.frames(0.05) if fields[0] == "49"]
    assert int(first[2]) == int(clock.now()) - 45
    raw.send(49, 1)
    (second,) = [fields for fields in await raw.frames(0.05) if fields[0] == "49"]
    assert int(second[2]) == int(clock.now())


@pytest.mark.parametrize("back", [1101, 1102])
def test_lost_servers_are_told_and_end_with_their_code(back: Any):
    @faulty()
    async def run(gateway, clock):
        ib = await connected(gateway)
        spy = await qualified(ib, SPY)
        ticker = ib.reqMktData(spy)
        book = ib.reqMktDepth(spy, numRows=10, isSmartDepth=True)
        await clock.sleep(2)
        gateway.outages.disconnect(5.0, back)
        trade = ib.placeOrder(spy, MarketOrder("BUY", 1, tif="DAY"))
        seen: list[Any] = []
        ticker.updateEvent += seen.append
        await clock.sleep(4)
        assert ib.codes() == [1100]
        assert seen == []
        assert trade.orderStatus.status == "PendingSubmit"
        await clock.sleep(5)
        assert back in ib.codes()
        assert bool(seen) == (back == 1102)
        assert gateway.open_streams("line") == (1 if back == 1102 else 0)
        assert trade.orderStatus.status == "Filled"
        if back == 1102:
            assert 317 in ib.codes()
            assert len(book.domBids) == 10

    run()


@faulty()
async def test_a_restart_loses_requests_closes_everybody_and_is_away_for_a_while(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    ib.placeOrder(spy, LimitOrder("BUY", 1, 500, tif="GTC", orderRef="stays"))
    await clock.sleep(1)
    gateway.outages.restart(15.0, 60.0)
    await clock.sleep(10)
    asked = asyncio.ensure_future(ib.reqCurrentTimeAsync())
    await clock.sleep(4)
    assert not asked.done()
    assert gateway.counters.refused["lost before a restart"] == 1
    await clock.sleep(2)
    assert not ib.isConnected()
    assert isinstance(asked.exception(), ConnectionError)
    with pytest.raises(ConnectionRefusedError):
        await connected(gateway)
    await clock.sleep(60)
    again = await connected(gateway)
    (trade,) = again.openTrades()
    assert trade.order.orderRef == "stays"


@on_virtual_clock(start=1_767_847_440.0)  # 23:44 Eastern
async def test_it_restarts_every_night(gateway, clock):
    ib = await connected(gateway)
    await clock.sleep(55)
    assert ib.isConnected()
    await clock.sleep(30)
    assert not ib.isConnected()
    await clock.sleep(90)
    assert (await connected(gateway)).isConnected()
    assert gateway.counters.connections["restarts"] == 1


@faulty()
async def test_a_client_id_is_said_to_be_in_use(gateway, clock):
    raw = await Raw.connect(gateway)
    struck(gateway, catalog.DuplicateClient())
    raw.writer.write(b"API\0" + b"\x00\x00\x00\x09v100..157")
    await raw.frame()
    raw.send(71, 2, 1, "")
    assert (await raw.frame())[3] == "326"
    assert await raw.is_closed()
    assert (await connected(gateway, 1)).isConnected()


# Orders


@faulty()
async def test_an_information_makes_a_live_order_look_cancelled(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    struck(gateway, catalog.Info10349())
    trade = ib.placeOrder(spy, LimitOrder("BUY", 1, 500, tif="DAY"))
    await clock.sleep(0.02)
    assert trade.orderStatus.status == "Cancelled"
    await clock.sleep(1)
    assert ib.codes() == [10349]
    assert trade.orderStatus.status == "Submitted"
    assert len(await ib.reqAllOpenOrdersAsync()) == 1


@faulty()
async def test_inactive_comes_at_once_and_its_reason_later(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    struck(gateway, catalog.InactiveLate(seconds=3.0))
    trade = ib.placeOrder(spy, LimitOrder("BUY", 1, 500, tif="DAY"))
    await clock.sleep(1)
    assert (trade.orderStatus.status, ib.codes()) == ("Inactive", [])
    await clock.sleep(3)
    assert ib.codes() == [201]


@pytest.mark.parametrize("kind", ["status", "open order", "execution", "commission"])
def test_a_lost_callback_happened_all_the_same(kind: str):
    @faulty()
    async def run(gateway, clock):
        ib = await connected(gateway)
        spy = await qualified(ib, SPY)
        plan = gateway.faults
        fire = plan.fire

        def only(what: str, where: Any, now: float) -> Any:
            if what.startswith(kind) and not plan.counters:
                plan.inject(catalog.LostCallback())
            return fire(what, where, now)

        plan.fire = only
        plan.active = lambda where: True
        ib.placeOrder(spy, MarketOrder("BUY", 3, tif="DAY"))
        await clock.sleep(3)
        assert gateway.counters.faults == {"lost_callback": 1}
        assert [position.position for position in ib.positions()] == [3]
        fills = await ib.reqExecutionsAsync()
        assert sum(fill.execution.shares for fill in fills) == 3

    run()


@faulty()
async def test_a_fill_is_told_twice_with_one_id(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    struck(gateway, catalog.DuplicateExecution())
    trade = ib.placeOrder(spy, MarketOrder("BUY", 3, tif="DAY"))
    await clock.sleep(3)
    assert gateway.counters.sent["execution"] == 2
    assert sum(fill.execution.shares for fill in trade.fills) == 3


@faulty()
async def test_a_fill_is_told_after_what_followed_it(gateway, clock):
    raw = await Raw.started(gateway, 4)
    ib = await connected(gateway, 5)
    spy = await qualified(ib, SPY)
    struck(gateway, catalog.OutOfOrderExecution())
    ib.client.conn.hasData.clear()
    seen: list[bytes] = []
    ib.client.conn.hasData += seen.append
    ib.placeOrder(spy, MarketOrder("BUY", 3, tif="DAY"))
    await clock.sleep(3)
    told = b"".join(seen).split(b"\0")
    assert gateway.counters.sent["execution"] == 1
    assert gateway.counters.faults == {"out_of_order_execution": 1}
    assert raw is not None
    commission = next(i for i, part in enumerate(told) if part.endswith(b"59"))
    execution = next(i for i, part in enumerate(told) if part.endswith(b"11"))
    assert commission < execution


@faulty()
async def test_of_a_spread_one_leg_only_is_filled(gateway, clock):
    ib = await connected(gateway)
    ib.now = clock.now
    bag, low, high = await spread_of(ib)
    struck(gateway, catalog.OneLegOnly(leg=1))
    trade = ib.placeOrder(bag, LimitOrder("BUY", 2, round(high.strike - low.strike, 2), tif="DAY"))
    await clock.sleep(5)
    legs = [fill.contract.conId for fill in trade.fills if fill.contract.secType == "OPT"]
    assert legs == [high.conId]
    assert [position.contract.conId for position in ib.positions()] == [high.conId]
    assert low.conId not in legs


@faulty()
async def test_a_spread_whose_price_was_changed_escaped_the_fault_that_was_counted(gateway, clock):
    ib = await connected(gateway)
    ib.now = clock.now
    bag, low, high = await spread_of(ib)
    struck(gateway, catalog.OneLegOnly(leg=1))
    order = LimitOrder("BUY", 2, 0.01, tif="DAY")
    ib.placeOrder(bag, order)
    await clock.sleep(2)
    order.lmtPrice = round(high.strike - low.strike, 2)
    trade = ib.placeOrder(bag, order)
    await clock.sleep(5)
    legs = [fill.contract.conId for fill in trade.fills if fill.contract.secType == "OPT"]
    assert (legs, gateway.counters.faults) == ([high.conId], {"one_leg_only": 1})


@faulty()
async def test_a_change_of_an_order_spent_the_fault_of_a_new_one(gateway, clock):
    ib = await connected(gateway)
    spy = await qualified(ib, SPY)
    order = LimitOrder("BUY", 1, 500, tif="DAY")
    ib.placeOrder(spy, order)
    await clock.sleep(1)
    struck(gateway, catalog.InactiveLate(seconds=1.0))
    order.lmtPrice = 501
    changed = ib.placeOrder(spy, order)
    await clock.sleep(1)
    assert (changed.orderStatus.status, dict(gateway.counters.faults)) == ("Submitted", {})
    fresh = ib.placeOrder(spy, LimitOrder("BUY", 1, 500, tif="DAY"))
    await clock.sleep(2)
    assert (fresh.orderStatus.status, ib.codes()) == ("Inactive", [201])


@pytest.mark.parametrize("seed", range(12))
def test_no_random_faults_end_the_gateway(seed: int):
    @on_virtual_clock(faults=FaultPlan.random(seed))
    async def run(gateway, clock):
        for number in range(6):
            try:
                ib = await asyncio.wait_for(connected(gateway, number), 30)
                spy = await asyncio.wait_for(qualified(ib, SPY), 10)
                ib.reqMktData(spy, "233")
                ib.placeOrder(spy, MarketOrder("BUY", 1, tif="DAY"))
            except (ConnectionError, TimeoutError, AssertionError, ValueError):
                await clock.sleep(5)
            await clock.sleep(10)
        await clock.sleep(120)
        gateway.faults = FaultPlan()
        ib = await connected(gateway, 99)
        assert ib.isConnected()
        assert sum(gateway.counters.faults.values()) > 0

    run()
