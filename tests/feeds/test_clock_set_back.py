"""The wall clock of the machine is set while feeds run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.clock.wall import Settable
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.loopback import Bench, answering, serving

HOUR, DAY = 3600.0, 86_400.0


class Moved:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        return NOW + self.passed

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds


@pytest.mark.parametrize("step", [-HOUR, -DAY, 0.0])
def test_what_others_wait_for_stayed_fresh_for_as_long_as_the_clock_was_set_back(
    step: float,
) -> None:
    async def main() -> None:
        inner = Moved()
        clock = Settable(inner)
        async with serving(answering("{}")) as (url, _):
            feeds: dict[str, dict[str, Any]] = {
                "gex": {"path": "/g", "max_age_seconds": 90},
                "flow": {"path": "/f", "depends_on": ["gex"]},
            }
            bench = Bench(url, feeds, clock=clock)
            gex, flow = bench.feeds["gex"], bench.feeds["flow"]
            await bench.run("gex")
            clock.set_by(step)
            await inner.sleep(50.0)
            assert flow.ready(clock.now()) is None
            assert gex.age(clock.now()) == 50.0
            await inner.sleep(50.0)
            assert gex.age(clock.now()) == 100.0
            held = flow.ready(clock.now())
            assert held is not None
            assert "waits for gex, whose value is 100 s old" in held[0]
            await bench.run("gex")
            assert flow.ready(clock.now()) is None
            await bench.vendor.close()

    asyncio.run(main())


def test_a_machine_that_slept_has_old_values() -> None:
    """Its monotonic clock stood still."""

    async def main() -> None:
        clock = Settable(Moved())
        async with serving(answering("{}")) as (url, _):
            bench = Bench(url, {"gex": {"path": "/g"}}, clock=clock)
            await bench.run("gex")
            clock.set_by(HOUR)
            assert bench.feeds["gex"].age(clock.now()) == HOUR
            await bench.vendor.close()

    asyncio.run(main())
