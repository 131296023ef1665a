"""A wall clock that is corrected backwards while the handler runs."""

from __future__ import annotations

from quanticity.clock import Clock, VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.rig import TEN, Desk, market

FEW = {
    **dict.fromkeys(("futures", "fx", "crypto", "internals", "indices", "options", "history"), ()),
    **dict.fromkeys(("stocks", "depth", "bars", "ticks"), ("SPY",)),
}


class Wall:
    """A clock that somebody sets."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ahead = 0.0

    def now(self) -> float:
        return self.clock.now() + self.ahead

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


def test_after_a_clock_was_set_back_by_an_hour_nothing_was_written_for_an_hour():
    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock)
        wall = Wall(clock)
        try:
            async with Desk(gateway, wall, **FEW) as desk:
                await desk.settled()
                await clock.sleep(3)
                for back in (3600.0, 60.0):
                    wall.ahead -= back
                    await clock.sleep(21)
                    for key in ("raw:ibkr:SPY", "raw:ibkr:depth:SPY"):
                        stamp = await desk.stamp(key)
                        assert stamp is not None
                        assert 0 <= wall.now() - stamp < 5
                        assert (await desk.get(key))["state"] == "live"
                    await desk.settled()
                assert gateway.counters.connections["opened"] == 3
                assert dict(gateway.counters.violations) == {}
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)
