"""A day's quota is spread over the day, whatever happens in the meantime."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.ports import Lane, Word
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
DAY = WindowSpec(86_400.0, 100, 100, Reset.parse("20:00 America/New_York", monthly=False))
SPEC = BudgetSpec((WindowSpec(60.0, 60, 60), DAY))


def asked(what: str, hours: float = 2.0) -> int:
    """Calls of some hours of a feed that wants sixty an hour, of ten hours with a hundred."""

    async def main(clock: VirtualClock) -> int:
        vendor, log = Vendor(clock, vanishes=1.0 if what == "lost" else 0.0), Log()
        scheduler = Scheduler(clock, CALENDAR)
        job = feed("a", Priority.CRITICAL, 60.0, vendor, log)
        run = job.run

        async def heard(lane: Lane) -> None:
            await run(lane)
            if what == "headers":
                scheduler.says("v", Word(remaining=59, reset_in=5.0))

        job = replace(job, run=heard)
        scheduler.replace([job], {"v": SPEC})
        running = asyncio.create_task(scheduler.run())
        for number in range(round(hours * 60)):
            await clock.sleep(60.0)
            if what == "edits":
                minute = WindowSpec(60.0, 60 + number % 2, 60)
                scheduler.replace([job], {"v": BudgetSpec((minute, DAY))})
        await scheduler.stop(60.0)
        await running
        return len(vendor.arrivals)

    return run_virtual(main)


@pytest.mark.parametrize("what", ["nothing", "headers", "lost", "edits"])
def test_each_word_of_the_vendor_made_it_forget_that_the_day_is_long(what: str) -> None:
    """With limit headers each answer is such a word: the day's quota was gone in no time."""
    assert 15 <= asked(what) <= 25
