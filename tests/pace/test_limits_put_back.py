"""Limits that an edit takes out and another puts back: the vendor has counted all the while."""

from __future__ import annotations

import asyncio
from datetime import time

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.schedule import Scheduler
from quanticity.pace.tally import Tally
from tests.pace.vendor import Log, Vendor, feed

HOUR = 3600.0
MINUTE = WindowSpec(60.0, 60, 60)
ROLLING = WindowSpec(24 * HOUR, 100, 100)
# It begins at 10:00 Eastern.
COUNTED = WindowSpec(24 * HOUR, 100, 100, Reset(time(23, 59), "America/New_York"))


EDITS: dict[str, list[tuple[WindowSpec, ...]]] = {
    "the day's": [(MINUTE,)],
    "all": [()],
    "one after the other": [(MINUTE,), ()],
    "for another of them": [(WindowSpec(HOUR, 60, 60),)],
}


def asked(day: WindowSpec, edits: list[tuple[WindowSpec, ...]], *, durable: bool) -> int:
    """Requests within a day, of which ten hours are over when the edits come, a second apart."""

    async def main(clock: VirtualClock) -> int:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, MarketCalendar(), MemoryLedger(clock) if durable else None)
        jobs = [feed("a", Priority.IMPORTANT, 10.0, vendor, log)]
        running = asyncio.create_task(scheduler.run())
        scheduler.replace(jobs, {"v": BudgetSpec((MINUTE, day))})
        await clock.sleep(10 * HOUR)
        for windows in edits:
            scheduler.replace(jobs, {"v": BudgetSpec(windows)})
            await clock.sleep(1.0)
        scheduler.replace(jobs, {"v": BudgetSpec((MINUTE, day))})
        await clock.sleep(3.9 * HOUR)
        await scheduler.stop(1.0)
        await running
        return len(vendor.arrivals)

    return run_virtual(main)


@pytest.mark.parametrize("durable", [False, True], ids=["alone", "with a ledger"])
@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS.keys())
def test_a_days_quota_that_was_taken_out_and_put_back_was_there_in_full_again(
    edits: list[tuple[WindowSpec, ...]], durable: bool
) -> None:
    assert asked(COUNTED, edits, durable=durable) <= COUNTED.limit


def test_a_window_that_nobody_puts_back_is_forgotten_once_it_has_run_off() -> None:
    def tally(*windows: WindowSpec) -> Tally:
        return Tally(BudgetSpec(windows), lambda at: at)

    before, during, after, later = (
        tally(MINUTE, ROLLING),
        tally(MINUTE),
        tally(MINUTE),
        tally(MINUTE, ROLLING),
    )
    before.windows[1].add(1000.0)
    during.adopt(before, 2000.0)
    assert [window.held(2000.0) for window in during.retired] == [1]
    later.adopt(during, 3000.0)
    assert (later.windows[1].held(3000.0), later.retired) == (1, [])
    after.adopt(during, 1000.0 + 25 * HOUR)
    assert after.retired == []
