"""Requests that were given up, all places at once, while something that the vendor said stands."""

from __future__ import annotations

import asyncio

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.ports import Word
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed

DAY = WindowSpec(86_400.0, 90_000, 90_000, Reset.parse("20:00 America/New_York", monthly=False))
SPEC = BudgetSpec((WindowSpec(5.0, 10, 10), DAY), None, 2, grace=1.0)


@pytest.mark.parametrize("ledger", [False, True])
@pytest.mark.parametrize("group", [Priority.CRITICAL, Priority.BACKGROUND])
@pytest.mark.parametrize(
    "word", [Word(day_used=900, day_limit=90_000), Word(limit=9), Word(in_flight=True)]
)
def test_a_vendor_that_hung_for_a_while_was_asked_no_more_until_its_last_word_had_run_out(
    ledger: bool, group: Priority, word: Word
) -> None:
    """Nobody looked when the places were free again: those who waited had been told the reset."""

    async def main(clock: VirtualClock) -> int:
        vendor, log = Vendor(clock, 1, (0.0, 0.1), (0.0, 0.1), lingers=0.9), Log()
        scheduler = Scheduler(clock, MarketCalendar(), MemoryLedger(clock) if ledger else None)
        jobs = [feed(f"f{index}", group, 5.0, vendor, log) for index in range(5)]
        scheduler.replace(jobs, {"v": SPEC})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(22.0)
        scheduler.says("v", word)
        vendor.vanishes = 1.0
        await clock.sleep(2 * vendor.patience)
        vendor.vanishes = 0.0
        await clock.sleep(vendor.patience + 2.0)
        before = len(vendor.arrivals)
        await clock.sleep(30.0)
        await scheduler.stop(1.0)
        await running
        assert vendor.deepest <= 2
        return len(vendor.arrivals) - before

    assert run_virtual(main) >= 0.9 * 30
