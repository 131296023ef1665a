"""A run at a time of day that failed is tried again before its next time."""

from __future__ import annotations

import asyncio

import pytest

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.feeds.stats import TRIED_AGAIN, FeedStats
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Job, Lane
from quanticity.pace.rules import Rules
from quanticity.pace.schedule import Scheduler
from tests.clock.wall import Settable

SPEC = BudgetSpec((WindowSpec(60.0, 60, 60),), reserve=1, grace=1.0)
DAY = 86_400.0


class Daily:
    """A feed of 18:30 whose first runs fail, so many of them."""

    def __init__(self, clock: VirtualClock, fails: int) -> None:
        self.clock, self.fails = clock, fails
        self.stats = FeedStats()
        self.started: list[float] = []

    async def run(self, lane: Lane) -> None:
        self.started.append(self.clock.now())
        slot = await lane.slot()
        await self.clock.sleep(0.1)
        slot.headers()
        slot.done()
        if len(self.started) <= self.fails:
            self.stats.failed("the network is away")
        else:
            self.stats.succeeded()

    @property
    def job(self) -> Job:
        group, again = Priority.BACKGROUND, self.stats.again_after
        return Job("daily", "v", group, self.run, at=("18:30",), again_after=again)


def started(fails: int, seconds: float, step: float = 0.0) -> list[float]:
    """Seconds between the starts of a daily feed, whose wall clock is once set by `step`."""

    async def main(clock: VirtualClock) -> list[float]:
        wall = Settable(clock)
        daily, scheduler = Daily(clock, fails), Scheduler(wall, MarketCalendar())
        scheduler.replace([daily.job], {"v": SPEC})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(60)
        if step:
            wall.set_by(step)
        await clock.sleep(seconds)
        await scheduler.stop(1.0)
        await running
        return [
            after - before for before, after in zip(daily.started, daily.started[1:], strict=False)
        ]

    return run_virtual(main)


@pytest.mark.parametrize("step", [0.0, 3.0, -3.0])
def test_a_network_that_was_away_for_minutes_cost_the_value_of_a_day(step: float) -> None:
    gaps = started(2, 0.2 * DAY, step)
    assert gaps == pytest.approx(list(TRIED_AGAIN[:2]), abs=1)


def test_what_fails_again_and_again_waits_for_its_next_time() -> None:
    gaps = started(100, 4 * DAY)
    assert gaps[: len(TRIED_AGAIN)] == pytest.approx(list(TRIED_AGAIN), abs=1)
    # Once a day from then on, and never sooner.
    assert len(gaps) > len(TRIED_AGAIN) + 1
    assert all(gap == pytest.approx(DAY, abs=2) for gap in gaps[len(TRIED_AGAIN) + 1 :])


def test_a_run_that_does_not_fail_is_due_at_its_next_time() -> None:
    gaps = started(0, 2 * DAY)
    assert min(gaps[1:]) == pytest.approx(DAY, abs=2)


def test_a_good_run_begins_the_pauses_anew() -> None:
    stats = FeedStats()
    assert stats.again_after() is None
    stats.failed("away")
    stats.failed("away")
    assert stats.again_after() == TRIED_AGAIN[1]
    assert stats.succeeded()
    assert not stats.succeeded()
    assert stats.again_after() is None


def test_one_that_runs_now_or_not_at_all_asked_again_and_again_once_it_was_passed_over() -> None:
    async def main(clock: VirtualClock) -> int:
        daily, busy = Daily(clock, 100), Daily(clock, 0)
        rules = Rules({session: {"background": ("skip_if_busy",)} for session in Session})
        scheduler = Scheduler(clock, MarketCalendar())
        spec = BudgetSpec((WindowSpec(100.0, 1, 1),), reserve=0, grace=1.0)
        scheduler.replace([daily.job], {"v": spec}, rules)
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(60)
        # It failed. From now on a critical one takes all that there is.
        critical = Job("busy", "v", Priority.CRITICAL, busy.run, interval=100.0)
        scheduler.replace([daily.job, critical], {"v": spec}, rules)
        await clock.sleep(3000)
        (turn,) = (one for one in scheduler.budgets["v"].turns.values() if one.job.id == "daily")
        skipped = turn.skipped
        await scheduler.stop(1.0)
        await running
        return skipped

    assert 1 <= run_virtual(main) <= len(TRIED_AGAIN)
