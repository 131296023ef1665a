"""The handler over real sockets, ten times as fast as real time, and under faults."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from plugins.ibkr.library import LibraryLine
from quanticity.clock import ScaledClock
from quanticity.sim.faults import FaultPlan
from quanticity.sim.faults.fault import Where
from quanticity.sim.gateway.gateway import Gateway
from tests.conftest import SOAK
from tests.plugins.ibkr.rig import TEN, Desk, market

pytestmark = pytest.mark.timeout(3600 if SOAK else 300)
TINY = {
    "stocks": ("SPY", "AAPL"),
    "indices": (),
    "futures": ("ES",),
    "fx": (),
    "internals": (),
    "crypto": (),
    "options": (),
    "history": (),
}
PACE = 10.0
SEEDS = range(200 if SOAK else 20)
AT_ONCE = 5


class OverTcp(Desk):
    """Connects to a port."""

    port = 0

    def line(self, sink: object) -> LibraryLine:
        async def opened(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_connection(lambda: protocol, "127.0.0.1", self.port)
            return transport

        line = LibraryLine(sink, opened)  # type: ignore[arg-type]
        self.lines.append(line)
        return line


async def over_tcp(faults: FaultPlan | None, test: Callable[[Desk], Awaitable[None]]) -> None:
    clock = ScaledClock(TEN, PACE)
    gateway = Gateway(market(), clock, faults, look=0.1 * PACE)
    port = await gateway.serve()
    try:
        # Silence is of the clock, and the patience with a new line is the library's: real seconds.
        desk = OverTcp(gateway, clock, patience=4.0, silence=20.0, **TINY)
        desk.port = port
        async with desk:
            await test(desk)
    finally:
        await gateway.stop()


def test_prints_books_and_quotes_flow_over_a_socket():
    async def test(desk: Desk) -> None:
        await desk.settled(300)
        await desk.clock.sleep(20)
        assert await desk.prints("SPY")
        assert (await desk.get("market:SPY:book"))["kind"] == "depth"
        assert (await desk.get("raw:ibkr:AAPL"))["bid"] > 0
        assert not +desk.gateway.counters.violations

    asyncio.run(over_tcp(None, test))


async def survives(seed: int) -> None:
    """Random faults for a while, then calm: everything is there again, and no limit was broken."""
    plan = FaultPlan.random(seed, where=(Where.WIRE,), faults=2, seconds=40.0, begins=TEN)

    async def test(desk: Desk) -> None:
        await desk.clock.sleep(45)
        desk.gateway.faults = calm = FaultPlan()
        for session in desk.gateway.sessions:
            session.channel._faults = calm
        await desk.settled(600)
        assert not +desk.gateway.counters.violations
        written = len(await desk.prints("SPY")) + len(await desk.prints("AAPL"))
        assert written == desk.handler.desk.counts["prints"]

    await over_tcp(plan, test)
    assert sum(plan.counters.values()) > 0, f"nothing of seed {seed} struck"


@pytest.mark.parametrize("first", range(0, len(SEEDS), AT_ONCE))
def test_random_faults_over_a_socket(first: int):
    async def several() -> None:
        await asyncio.gather(*(survives(seed) for seed in SEEDS[first : first + AT_ONCE]))

    asyncio.run(several())
