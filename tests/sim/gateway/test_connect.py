"""Unmodified ib_async connects, in memory and over TCP."""

from __future__ import annotations

import asyncio

import pytest
from ib_async import IB

from quanticity.clock import LiveClock
from quanticity.sim.gateway.gateway import Gateway
from tests.sim.gateway.rig import TEN, client_of, connected, market, on_virtual_clock


@on_virtual_clock()
async def test_a_client_connects_with_all_that_a_start_asks_for(gateway, clock):
    ib = await connected(gateway)
    assert ib.isConnected()
    assert ib.client.serverVersion() == 157
    assert ib.managedAccounts() == ["DU1234567"]
    values = {value.tag: value.value for value in ib.accountValues() if value.currency != "BASE"}
    assert float(values["NetLiquidation"]) == 1_000_000
    assert [code for _, code, _ in ib.errors] == [2104, 2106, 2158]
    asked = {"start": 1, "positions": 1, "open orders": 1, "completed orders": 1}
    asked |= {"account updates": 1, "account figures": 1, "executions": 1}
    assert gateway.counters.messages == asked
    ib.disconnect()
    await asyncio.sleep(1)
    assert gateway.sessions == []


@on_virtual_clock()
async def test_an_id_that_is_taken_is_refused_and_the_first_stays(gateway, clock):
    first = await connected(gateway, 7)
    second = client_of(gateway)
    with pytest.raises((TimeoutError, ConnectionError)):
        await second.connectAsync("memory", 0, clientId=7, timeout=2)
    assert [code for _, code, _ in second.errors] == [326]
    assert first.isConnected()
    first.disconnect()
    await asyncio.sleep(1)
    assert (await connected(gateway, 7)).isConnected()


@on_virtual_clock()
async def test_the_time_is_the_gateways(gateway, clock):
    ib = await connected(gateway)
    await clock.sleep(90)
    assert (await ib.reqCurrentTimeAsync()).timestamp() == int(clock.now())


def test_a_client_connects_and_disconnects_over_tcp():
    async def main() -> None:
        gateway = Gateway(market(), LiveClock(TEN))
        port = await gateway.serve()
        ib = IB()
        await ib.connectAsync("127.0.0.1", port, clientId=3, timeout=20, raiseSyncErrors=True)
        assert ib.isConnected()
        assert ib.accountValues()
        ib.disconnect()
        await asyncio.sleep(0.2)
        again = IB()
        await again.connectAsync("127.0.0.1", port, clientId=3, timeout=20)
        again.disconnect()
        await gateway.stop()
        assert gateway.counters.connections == {"opened": 2, "closed": 2}

    asyncio.run(main())
