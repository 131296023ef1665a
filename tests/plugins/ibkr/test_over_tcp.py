"""The handler over real sockets, ten times as fast as real time, and under faults."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

import pytest

from quanticity.clock import ScaledClock
from quanticity.sim.faults import FaultPlan
from quanticity.sim.faults.fault import Where
from quanticity.sim.gateway.gateway import Gateway
from tests.conftest import SOAK
from tests.plugins.ibkr.observer import Watched
from tests.plugins.ibkr.rig import TEN, market
from tests.plugins.ibkr.test_faults import TINY, survives

pytestmark = pytest.mark.timeout(3600 if SOAK else 300)
PACE = 10.0
SEEDS = range(200 if SOAK else 20)
AT_ONCE = 10


async def over_tcp(faults: FaultPlan | None, test: Callable[[Watched], Awaitable[None]]) -> None:
    clock = ScaledClock(TEN, PACE)
    gateway = Gateway(market(), clock, faults, look=0.1 * PACE)
    port = await gateway.serve()
    try:
        # Silence is of the clock, and the patience with a new line is the library's: real seconds.
        desk = Watched(gateway, clock, patience=4.0, silence=20.0, **TINY)
        desk.port = port
        await test(desk)
    finally:
        await gateway.stop()


def test_prints_books_and_quotes_flow_over_a_socket():
    async def test(desk: Watched) -> None:
        async with desk:
            await desk.settled(300)
            await desk.clock.sleep(20)
            assert await desk.prints("SPY")
            assert (await desk.get("market:SPY:book"))["kind"] == "depth"
            assert (await desk.get("raw:ibkr:AAPL"))["bid"] > 0
            assert not +desk.gateway.counters.violations

    asyncio.run(over_tcp(None, test))


async def of_seed(seed: int) -> None:
    """Two random faults for a while, then calm. How late all may be is the machine's to say."""
    plan = FaultPlan.random(seed, where=(Where.WIRE,), faults=2, seconds=40.0, begins=TEN)

    async def test(desk: Watched) -> None:
        await survives(desk, plan, 45.0, patience=600.0, late=math.inf)

    await over_tcp(plan, test)


@pytest.mark.parametrize("first", range(0, len(SEEDS), AT_ONCE))
def test_random_faults_over_a_socket(first: int):
    async def several() -> None:
        await asyncio.gather(*(of_seed(seed) for seed in SEEDS[first : first + AT_ONCE]))

    asyncio.run(several())
