"""What vendors say of the day's quota: it counts at once, until the reset, through reloads."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import pairwise

import pytest

from quanticity.clock import EASTERN, MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.ports import Job, Lane, Word
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
CRITICAL = Priority.CRITICAL
DAY = 86_400.0
RESET = Reset.parse("20:00 America/New_York", monthly=False)
MINUTE = WindowSpec(60.0, 60, 60)
# 1,000 a day of which 950 are used; it is 10:00, and the reset is at 20:00.
SPEC = BudgetSpec((MINUTE, WindowSpec(DAY, 1000, 950, RESET)))
UNTIL_RESET = 10 * 3600.0


def eastern(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


def left_after(*words: Word, spec: BudgetSpec = SPEC) -> list[int]:
    """Calls that the day's window leaves after each word."""

    async def main(clock: VirtualClock) -> list[int]:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.configure({"v": spec})
        found = []
        for word in words:
            scheduler.says("v", word)
            found.append(scheduler.state().budgets["v"].windows[-1].left)
        return found

    return run_virtual(main)


def test_what_others_used_of_the_day_is_counted_and_never_taken_back() -> None:
    used = [Word(day_used=used, day_limit=1000) for used in (100, 900, 300, 949, 2000)]
    assert left_after(*used) == [850, 50, 50, 1, 0]


def test_a_smaller_plan_than_the_config_thinks_counts_at_once() -> None:
    """The buffer is kept of the smaller limit, too; a larger one changes nothing."""
    assert left_after(Word(day_used=0, day_limit=400)) == [350]
    assert left_after(Word(day_used=0, day_limit=9000)) == [950]
    assert left_after(Word(day_used=390, day_limit=400)) == [0]


def test_a_cap_that_the_config_does_not_know_stops_where_it_is_spent() -> None:
    """B28: of when it begins anew nothing is said, so one request is tried each hour."""

    async def main(clock: VirtualClock) -> list[float | None]:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.configure({"v": BudgetSpec((MINUTE,))})
        stops = []
        for used in (999, 1000):
            scheduler.says("v", Word(day_used=used, day_limit=1000))
            until = scheduler.state().budgets["v"].stopped_until
            stops.append(None if until is None else until - clock.now())
        return stops

    assert run_virtual(main) == [None, 3600.0]


@pytest.mark.parametrize(
    "word", [Word(until_day_reset=True), Word(day_used=1000, day_limit=1000)], ids=["said", "count"]
)
@pytest.mark.parametrize("reloaded", [False, True])
def test_a_day_that_is_used_up_stops_all_until_its_reset(word: Word, reloaded: bool) -> None:
    async def main(clock: VirtualClock) -> Vendor:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([feed("a", CRITICAL, 60.0, vendor, log)], {"v": SPEC})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(300.0)
        scheduler.says("v", word)
        if reloaded:
            tighter = BudgetSpec((MINUTE, WindowSpec(DAY, 1000, 900, RESET)))
            scheduler.replace([feed("a", CRITICAL, 60.0, vendor, log)], {"v": tighter})
        await clock.sleep(UNTIL_RESET)
        await scheduler.stop(1.0)
        await running
        return vendor

    vendor = run_virtual(main)
    begin = eastern("2026-01-05T10:00")
    assert vendor.between(begin - 1, begin + 300) >= 5
    # One may have been under way; then nothing, and after 20:00 it goes on.
    assert vendor.between(begin + 301, eastern("2026-01-05T20:00")) == 0
    assert vendor.between(eastern("2026-01-05T20:00"), begin + UNTIL_RESET + 300) >= 3


def test_without_a_known_reset_it_is_tried_again_every_hour() -> None:
    async def main(clock: VirtualClock) -> tuple[list[float], str]:
        vendor, log = Vendor(clock, there=(0, 0), back=(0, 0)), Log()
        scheduler = Scheduler(clock, CALENDAR)

        async def refused(lane: Lane) -> None:
            await vendor.ask(lane)
            scheduler.says("v", Word(until_day_reset=True))

        job = feed("a", CRITICAL, 60.0, vendor, log)
        scheduler.replace(
            [Job(job.id, job.budget, job.group, refused, interval=60.0)],
            {"v": BudgetSpec((MINUTE,))},
        )
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(3 * 3600.0 + 60)
        why = scheduler.state().budgets["v"].why
        await scheduler.stop(1.0)
        await running
        return vendor.arrivals, why

    arrivals, why = run_virtual(main)
    assert len(arrivals) == 4
    assert min(later - one for one, later in pairwise(arrivals)) >= 3600
    assert why == "the day's quota is used up"


def left_of_windows(word: Word, *specs: BudgetSpec) -> list[int]:
    """Calls left in each window once the word was said under the first, and all came in turn."""

    async def main(clock: VirtualClock) -> list[int]:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.configure({"v": specs[0]})
        scheduler.says("v", word)
        for spec in specs[1:]:
            scheduler.configure({"v": spec})
        return [window.left for window in scheduler.state().budgets["v"].windows]

    return run_virtual(main)


def test_a_window_that_an_edit_adds_or_takes_makes_nobody_forget_what_the_vendor_said() -> None:
    second, day = WindowSpec(1.0, 9, 9), SPEC.windows[-1]
    word = Word(day_used=949, day_limit=1000)
    assert left_of_windows(word, SPEC, BudgetSpec((second, MINUTE, day))) == [9, 60, 1]
    assert left_of_windows(word, BudgetSpec((second, MINUTE, day)), SPEC) == [60, 1]


def test_what_was_said_of_the_day_is_never_held_against_the_minute() -> None:
    second, word = WindowSpec(1.0, 9, 9), Word(day_used=949, day_limit=1000)
    assert left_of_windows(word, SPEC, BudgetSpec((second, MINUTE))) == [9, 60]


def test_a_limit_that_is_edited_to_what_the_vendor_said_is_not_short_of_the_difference_twice() -> (
    None
):
    word = Word(day_used=90, day_limit=400)
    smaller, larger = WindowSpec(DAY, 400, 350, RESET), WindowSpec(DAY, 2000, 1950, RESET)
    assert left_of_windows(word, SPEC) == [60, 260]
    assert left_of_windows(word, SPEC, BudgetSpec((MINUTE, smaller))) == [60, 260]
    assert left_of_windows(word, SPEC, BudgetSpec((MINUTE, larger))) == [60, 260]
    assert left_of_windows(Word(day_used=90), SPEC, BudgetSpec((MINUTE, larger))) == [60, 1860]
