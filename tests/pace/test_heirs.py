"""A source that is renamed while it runs: to the vendor it is the same one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.heirs import hand_down
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.ports import Word
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
GROUPS = [Priority.CRITICAL, Priority.NICE_TO_HAVE]
DAY = WindowSpec(86_400.0, 100, 90, Reset.parse("20:00 America/New_York", monthly=False))
SPEC = BudgetSpec((WindowSpec(1.0, 3, 3), WindowSpec(60.0, 12, 12)), max_in_flight=2)


def renamed(names: Sequence[str], seed: int, *, durable: bool, moves: bool = True) -> Vendor:
    """A vendor that is asked for more than it allows, by budgets of these names in turn."""

    async def main(clock: VirtualClock) -> Vendor:
        vendor, log = Vendor(clock, seed, vanishes=0.05), Log()
        scheduler = Scheduler(clock, CALENDAR, MemoryLedger(clock) if durable else None)
        running: asyncio.Task[None] | None = None
        for name, before in zip(names, [None, *names], strict=False):
            jobs = [
                feed(f"{name}.{at}", GROUPS[at % 2], 5.0, vendor, log, budget=name)
                for at in range(6)
            ]
            scheduler.replace(jobs, {name: SPEC})
            if before is not None and moves:
                owner, now = scheduler.budgets[before], scheduler.steady.now()
                hand_down(scheduler.budgets[name], owner, now, goes_on=False)
            running = running or asyncio.create_task(scheduler.run())
            await clock.sleep(23.0)
        await clock.sleep(90.0)
        await scheduler.stop(30.0)
        assert running is not None
        await running
        return vendor

    return run_virtual(main)


@pytest.mark.parametrize("durable", [False, True], ids=["alone", "with a ledger"])
@pytest.mark.parametrize("seed", range(8))
def test_a_source_under_another_name_asked_for_its_whole_limit_once_more(
    seed: int, durable: bool
) -> None:
    vendor = renamed(["uw", "unusual", "uw", "whales"], seed, durable=durable)
    assert vendor.most_in(60.0) <= 12
    assert vendor.most_in(1.0) <= 3
    assert vendor.deepest <= 2
    assert len(vendor.arrivals) >= 20  # of some three minutes: it goes on under each name


def test_without_that_it_is_over_its_limit() -> None:
    assert renamed(["uw", "unusual"], 0, durable=False, moves=False).most_in(60.0) > 12


def left(*words: Word, goes_on: bool, back: bool = False) -> list[int | None]:
    """Calls left of the day under the old name and the new one, after ten under the old."""

    async def main(clock: VirtualClock) -> list[int | None]:
        scheduler = Scheduler(clock, CALENDAR)
        spec = BudgetSpec((WindowSpec(60.0, 60, 60), DAY))
        scheduler.configure({"old": spec, "new": spec})
        running = asyncio.create_task(scheduler.run())
        await asyncio.sleep(0)
        for _ in range(10):
            slot = await scheduler.extra("old", Priority.CRITICAL)
            slot.headers()
            slot.done()
        for word in words:
            scheduler.says("old", word)
        old, new = scheduler.budgets["old"], scheduler.budgets["new"]
        hand_down(new, old, scheduler.steady.now(), goes_on=goes_on)
        if back:
            hand_down(old, new, scheduler.steady.now(), goes_on=False)
        told = scheduler.state().budgets
        await scheduler.stop(0)
        await running
        return [told[name].windows[-1].left for name in ("old", "new")]

    return run_virtual(main)


def test_what_was_used_of_the_day_goes_along_and_back_and_never_counts_twice() -> None:
    assert left(goes_on=False) == [90, 80]
    assert left(goes_on=False, back=True) == [80, 90]
    assert left(goes_on=True) == [80, 80]


def test_what_the_vendor_said_of_the_day_goes_along() -> None:
    assert left(Word(day_used=60), goes_on=True) == [30, 30]
