"""A machine that slept: what waited for a moment of the wall clock goes by where that is now."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.config.schema.endpoint import Conditions
from quanticity.feeds.conditions import Gate
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.ports import Word
from quanticity.pace.schedule import Scheduler
from tests.clock.wall import Settable
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
HOUR, DAY = 3600.0, 86_400.0
# Monday 2026-01-05, 17:00 Eastern.
EVENING = 1_767_650_400.0
OPEN = Gate(Conditions(market_state="open"), CALENDAR)


def test_a_feed_of_an_open_market_slept_through_the_day_after_the_machine_had_slept_all_night() -> (
    None
):
    """It was to ask again after 15.5 hours of waking, whatever the wall clock said by then."""

    async def main(inner: VirtualClock) -> list[int]:
        clock = Settable(inner)
        vendor, log = Vendor(inner), Log()
        job = replace(
            feed("open", Priority.CRITICAL, 5.0, vendor, log),
            ready=OPEN.holds,
        )
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([job], {"v": BudgetSpec()})
        running = asyncio.create_task(scheduler.run())
        runs = []
        # 17:00, 10:01 of the next day, and 17:02 of the evening before once more.
        for step in (0.0, 17 * HOUR, -17 * HOUR):
            clock.set_by(step)
            await inner.sleep(60.0)
            runs.append(len(vendor.arrivals))
        await scheduler.stop(1.0)
        await running
        return runs

    evening, day, back = run_virtual(main, start=EVENING)
    assert evening == 0
    assert day >= 10
    assert back - day <= 1


@pytest.mark.parametrize(
    "word", [Word(until_day_reset=True), Word(day_used=60_000, day_limit=50_000)]
)
def test_a_days_quota_was_used_up_for_as_long_as_the_machine_had_slept_beyond_its_reset(
    word: Word,
) -> None:
    reset = Reset.parse("00:00 America/New_York", monthly=False)
    spec = BudgetSpec((WindowSpec(1.0, 5, 5), WindowSpec(DAY, 50_000, 50_000, reset)))

    async def main(inner: VirtualClock) -> tuple[int, int]:
        clock = Settable(inner)
        vendor, log = Vendor(inner), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([feed("f", Priority.CRITICAL, 5.0, vendor, log)], {"v": spec})
        running = asyncio.create_task(scheduler.run())
        await inner.sleep(30.0)
        scheduler.says("v", word)
        await inner.sleep(60.0)
        before = len(vendor.arrivals)
        clock.set_by(17 * HOUR)
        await inner.sleep(60.0)
        await scheduler.stop(1.0)
        await running
        return before, len(vendor.arrivals)

    before, after = run_virtual(main, start=EVENING)
    assert before <= 7
    assert after - before >= 10
