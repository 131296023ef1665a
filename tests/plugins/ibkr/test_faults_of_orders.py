"""Faults of orders, alone and with others, while somebody else trades on the handler's account."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from ib_async import LimitOrder, MarketOrder

from quanticity.clock import Clock, VirtualClock, run_virtual
from quanticity.sim.exchange.events import Opened
from quanticity.sim.faults import CATALOG, FaultPlan
from quanticity.sim.faults.fault import Where
from quanticity.sim.gateway.gateway import Gateway
from tests.conftest import SOAK
from tests.plugins.ibkr.observer import Watched
from tests.plugins.ibkr.rig import TEN, market
from tests.plugins.ibkr.test_faults import PATIENCE, TINY, has_the_rest, is_calm, latest, strikes
from tests.sim.gateway.rig import client_of
from tests.sim.gateway.test_market_data import SPY, qualified
from tests.sim.gateway.test_orders import spread_of

pytestmark = pytest.mark.timeout(3600 if SOAK else 300)
ACCOUNT = "DU1234567"
OF_ORDERS = tuple(name for name, kind in CATALOG.items() if Where.ORDERS in kind.strikes)
PAIRS = [
    seed
    for seed in range(400 if SOAK else 40)
    if any(
        rule.fault.name in OF_ORDERS
        for rule in FaultPlan.random(seed, where=(Where.WIRE, Where.ORDERS), faults=2).rules
    )
]


class Trader:
    """Another client of the account, that buys, rests, cancels and spreads while there are faults.

    What strikes its own line it takes as it comes: it connects again, and goes on.
    """

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock

    async def run(self) -> None:
        """Until nothing can strike any more."""
        while self._gateway.faults.active(Where.ORDERS) or self._gateway.faults.active(Where.WIRE):
            ib: Any = client_of(self._gateway)
            ib.now = self._clock.now
            try:
                async with asyncio.timeout(30):
                    await ib.connectAsync("memory", 0, clientId=12, timeout=5)
                    await self._trade(ib)
            except (OSError, TimeoutError, AssertionError, StopIteration, ValueError):
                await self._clock.sleep(1)  # its line broke, or an answer was lost on it
            finally:
                ib.disconnect()

    async def _trade(self, ib: Any) -> None:
        spy = await qualified(ib, SPY)
        bag, low, high = await spread_of(ib)
        wide = round(high.strike - low.strike, 2)
        for _ in range(4):
            ib.placeOrder(spy, MarketOrder("BUY", 3, tif="DAY"))
            resting = ib.placeOrder(spy, LimitOrder("BUY", 1, 500, tif="DAY"))
            ib.placeOrder(bag, LimitOrder("BUY", 1, wide, tif="DAY"))
            await self._clock.sleep(3)
            ib.cancelOrder(resting.order)
            await self._clock.sleep(1)
            if not ib.isConnected():
                return


def shown(desk: Watched, key: str) -> Any:
    """What was written there last."""
    return next(orjson.loads(write.data) for write in reversed(desk.writes) if write.key == key)


def account_is_the_brokers(desk: Watched) -> None:
    """What the handler shows of positions and orders is what the broker has, each once."""
    broker = desk.gateway.desk.exchange
    held = shown(desk, "raw:ibkr:account:positions")
    assert held["state"] == "live"
    told = sorted((row["con_id"], row["quantity"]) for row in held["positions"] if row["quantity"])
    assert told == sorted((one.contract.con_id, one.quantity) for one in broker.positions(ACCOUNT))
    orders = shown(desk, "raw:ibkr:account:orders")
    assert orders["state"] == "live"
    at_work = {one.perm_id for one in broker.open_orders() if isinstance(one, Opened)}
    assert {row["perm_id"] for row in orders["orders"]} == at_work
    over = {one.perm_id for one in broker.completed()}
    assert {row["perm_id"] for row in orders["ended"]} == over


def goes_through(plan: FaultPlan) -> None:
    """The handler works and somebody trades, first with faults and then without."""

    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock, plan)
        desk = Watched(gateway, clock, **TINY)
        try:
            async with desk:
                trading = asyncio.create_task(Trader(gateway, clock).run())
                await clock.sleep(40)
                fired = strikes(plan)
                fired = await has_the_rest(gateway, clock, plan, PATIENCE) + strikes(plan)
                await is_calm(gateway, clock)
                await trading
                await desk.settled(PATIENCE)
                await clock.sleep(30)
                await desk.settled(PATIENCE)
                names = {rule.fault.name for rule in plan.rules}
                assert set(fired) == names
                desk.all_rules(latest(plan), 2 * fired.total(), skewed="clock_skew" in names)
                account_is_the_brokers(desk)
                assert gateway.desk.exchange.executions(), "and somebody did trade"
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


@pytest.mark.parametrize("name", OF_ORDERS)
def test_each_fault_of_orders_alone(name: str):
    goes_through(FaultPlan.named(name, seed=3, begins=TEN))


@pytest.mark.parametrize("seed", PAIRS[: 200 if SOAK else 4])
def test_faults_of_orders_with_others_at_random(seed: int):
    where = (Where.WIRE, Where.ORDERS)
    goes_through(FaultPlan.random(seed, where=where, faults=2, seconds=30.0, begins=TEN))
