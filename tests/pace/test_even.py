"""A group that wants more than it can have: its runs wait alike, and no slot is left idle."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
CRITICAL, IMPORTANT, NICE = Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE_TO_HAVE
SPEC = BudgetSpec((WindowSpec(60.0, 110, 110),), None, None, (55, 27, 13, 0), 3)


def starts_of(
    wanted: dict[Priority, int], seconds: float, *, declared: int = 1
) -> dict[str, list[float]]:
    """Starts of feeds that are due once a minute; critical ones declare `declared` calls."""

    async def main(clock: VirtualClock) -> dict[str, list[float]]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [
            feed(
                f"{group.value}{index}",
                group,
                60.0,
                vendor,
                log,
                max_calls=declared if group is CRITICAL else 1,
            )
            for group, count in wanted.items()
            for index in range(count)
        ]
        scheduler.replace(jobs, {"v": SPEC})
        began = clock.now()
        await run_for(scheduler, clock, seconds)
        return {name: [start - began for _, start in runs] for name, runs in log.runs.items()}

    return run_virtual(main)


def group_of(starts: dict[str, list[float]], group: Priority) -> list[float]:
    return sorted(at for name, runs in starts.items() if group.value in name for at in runs)


def test_a_short_group_whose_slots_had_come_back_in_a_bunch_waited_a_window_for_the_next() -> None:
    # 45 for critical, 13 for nice_to_have: 49 of 55 are left.
    starts = starts_of({CRITICAL: 45, IMPORTANT: 55, NICE: 40}, 1800.0)
    worst = max(
        after - before
        for name, runs in starts.items()
        if IMPORTANT.value in name
        for before, after in pairwise(at for at in runs if at > 360)
    )
    # Every feed of it runs each 67 s on an average; some waited for 120.
    assert worst < 80
    runs = [at for at in group_of(starts, IMPORTANT) if at > 360]
    busiest = max(bisect_left(runs, at + 6) - place for place, at in enumerate(runs))
    assert busiest <= 9


def test_at_the_start_a_short_group_takes_what_is_free_at_once() -> None:
    starts = starts_of({CRITICAL: 10, IMPORTANT: 95}, 10.0)
    assert len(group_of(starts, IMPORTANT)) >= 80


def test_what_a_higher_group_plans_and_does_not_use_is_no_reason_to_wait() -> None:
    # Critical declares three calls a run and makes one.
    starts = starts_of({CRITICAL: 15, IMPORTANT: 85}, 900.0, declared=3)
    runs = [at for at in group_of(starts, IMPORTANT) if at > 300]
    assert len(runs) >= 0.98 * 85 * 10
