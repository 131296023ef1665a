"""The end of a run: what is under way may end, and nobody waits for what never comes."""

from __future__ import annotations

import asyncio

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Job, Lane
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
FEW = {"v": BudgetSpec((WindowSpec(60.0, 3, 3),))}


def seconds_to_stop(job: Job, after: float = 5.0) -> float:
    """How long a stop takes that gives runs under way three seconds."""

    async def main(clock: VirtualClock) -> float:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([job], FEW)
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(after)
        began = clock.now()
        await scheduler.stop(3.0)
        await running
        assert scheduler.state().budgets["v"].in_flight == 0
        return clock.now() - began

    return run_virtual(main)


def test_a_run_that_waited_for_its_next_page_made_every_stop_take_the_whole_grace() -> None:
    """Nothing hands out slots any more: Ctrl-C took three seconds in the demo's first minutes."""

    async def pages(lane: Lane) -> None:
        for _ in range(10):
            slot = await lane.slot()
            slot.headers()
            slot.done()

    assert seconds_to_stop(Job("pages", "v", Priority.CRITICAL, pages, interval=60.0)) < 0.1


def test_a_run_that_comes_to_wait_for_a_slot_while_all_stops_is_not_waited_for() -> None:
    async def slow(lane: Lane) -> None:
        for _ in range(10):
            slot = await lane.slot()
            await asyncio.sleep(0.9)
            slot.headers()
            slot.done()

    # The second request is under way; there will be no third.
    job = Job("slow", "v", Priority.CRITICAL, slow, interval=60.0)
    assert 0.5 < seconds_to_stop(job, after=1.2) < 0.8


def test_what_was_sent_may_end_and_what_takes_too_long_is_given_up() -> None:
    ended: list[str] = []

    def takes(seconds: float) -> Job:
        async def run(lane: Lane) -> None:
            slot = await lane.slot()
            await asyncio.sleep(seconds)
            slot.headers()
            slot.done()
            ended.append("ended")

        return Job("a", "v", Priority.CRITICAL, run, interval=60.0)

    assert 1.9 < seconds_to_stop(takes(3.0), after=1.0) < 2.1
    assert ended == ["ended"]
    assert 2.9 < seconds_to_stop(takes(20.0), after=1.0) < 3.1
    assert ended == ["ended"]


def test_a_stop_with_nothing_under_way_is_over_at_once() -> None:
    async def main(clock: VirtualClock) -> Job:
        return feed("a", Priority.CRITICAL, 60.0, Vendor(clock), Log())

    async def stopped(clock: VirtualClock) -> float:
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([await main(clock)], FEW)
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(5.0)
        began = clock.now()
        await scheduler.stop(3.0)
        await running
        return clock.now() - began

    assert run_virtual(stopped) < 0.01
