"""The simulated gateway: what it costs to serve a client that watches all that limits allow.

The client takes bytes and does nothing with them: what its library costs is elsewhere.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from benchmarks.measure import Row
from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.sim.exchange.model import Contract
from quanticity.sim.gateway import wire
from quanticity.sim.gateway.gateway import Gateway
from quanticity.sim.gateway.names import SEC_TYPES
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.world_market import WorldMarket
from quanticity.sim.market import UNIVERSE, World

_BOOKS = ("SPY", "QQQ", "AAPL")
_LINES = 97  # with three streams of five-second bars, the hundred of a login
_TIMED = 600.0


def measure() -> list[Row]:
    """Ten minutes of a morning, with looks of a second and, as it runs live, of a tenth."""
    rows = []
    for look, name in ((1.0, "a look a second"), (0.1, "ten looks a second, as live")):
        seconds, sent = run_virtual(partial(_serve, look=look))
        rows += [
            Row(f"{name}: share of a core at real time", seconds / _TIMED * 100, "%"),
            Row(f"{name}: messages a second of one core", sent / seconds, "/s", higher=True),
        ]
    return rows


class _Sink(asyncio.Protocol):
    """Takes bytes."""


async def _serve(clock: VirtualClock, look: float) -> tuple[float, int]:
    market = WorldMarket(World(7, MarketCalendar()))
    gateway = Gateway(market, clock, look=look)
    client = gateway.attach(_Sink())
    client.write(b"API\0" + wire.framed("v100..157") + wire.frame(71, 2, 1, ""))
    await clock.sleep(1)
    number = 0
    for security in _watched(gateway, clock.now()):
        number += 1
        client.write(wire.frame(1, 11, number, *_twelve(security), False, "233", False, False, ""))
        await clock.sleep(0.05)
    for symbol in _BOOKS:
        found = gateway.directory.plain(symbol)
        assert found is not None
        contract = _twelve(found)
        number += 1
        client.write(wire.frame(10, 5, number, *contract, 10, True, ""))
        client.write(wire.frame(97, number, *contract, "AllLast", 0, False))
        client.write(wire.frame(50, 3, number, *contract, 5, "TRADES", False, ""))
        await clock.sleep(0.5)
    before, begun = sum(gateway.counters.sent.values()), time.process_time()
    await clock.sleep(_TIMED)
    seconds = time.process_time() - begun
    sent = sum(gateway.counters.sent.values()) - before
    assert not gateway.counters.violations
    await gateway.stop()
    return seconds, sent


def _watched(gateway: Gateway, now: float) -> list[Security]:
    """The universe, and options of SPY next to the money."""
    found: list[Security] = []
    for listed in UNIVERSE:
        sec_type = "CONTFUT" if listed.kind == "future" else SEC_TYPES[listed.kind]
        wanted = Contract(
            symbol=listed.broker_symbol,
            sec_type=sec_type,
            exchange=listed.exchange,
            currency=listed.currency,
            trading_class=listed.continuous,
        )
        found += gateway.directory.find(wanted, now)
    price = gateway.market.price("SPY", now)
    expiry = gateway.market.expiries("SPY", now)[1]
    wanted = Contract(symbol="SPY", sec_type="OPT", expiry=f"{expiry:%Y%m%d}")
    chain = gateway.directory.find(wanted, now)
    chain.sort(key=lambda option: abs(option.contract.strike - price))
    return (found + chain)[:_LINES]


def _twelve(security: Security) -> tuple[Any, ...]:
    return (security.con_id, *[""] * 11)
