"""What runs at times of day delays what is polled: the ages that a plan states hold that, too."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.config.schema.root import Root
from quanticity.model import Priority
from quanticity.pace.limits import budgets_of
from quanticity.pace.plan import plan
from quanticity.pace.planned import FeedPlan, PlannedFeed
from quanticity.pace.ports import Job, Lane
from quanticity.pace.rules import rules_of
from quanticity.pace.schedule import Scheduler
from tests.pace.random_configs import oldest
from tests.pace.test_schedule import eastern
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
DUE = eastern("2026-01-05 16:30")
# What is new is fetched at once: that is over by then.
BEFORE = 1500.0
CRITICAL, IMPORTANT, BACKGROUND = Priority.CRITICAL, Priority.IMPORTANT, Priority.BACKGROUND

Wanted = tuple[Priority, float | None, int, int]
# The limits; and of group, interval (None: at 16:30) and calls a run: how many feeds there are.
WORLDS: dict[str, tuple[dict[str, Any], tuple[Wanted, ...]]] = {
    "of its own group": (
        {"requests_per_minute": 20},
        ((BACKGROUND, None, 1, 50), (BACKGROUND, 60.0, 1, 5)),
    ),
    "of a higher group": (
        {"requests_per_minute": 30},
        ((IMPORTANT, None, 2, 40), (CRITICAL, 60.0, 1, 5), (BACKGROUND, 60.0, 1, 8)),
    ),
    "of a lower group": (
        {"requests_per_minute": 20},
        ((BACKGROUND, None, 1, 50), (CRITICAL, 60.0, 1, 5), (IMPORTANT, 120.0, 2, 3)),
    ),
    "in short windows": (
        {"requests_per_second": 4},
        ((IMPORTANT, None, 1, 200), (IMPORTANT, 10.0, 1, 5), (BACKGROUND, 30.0, 3, 5)),
    ),
    "of one in flight": (
        {"requests_per_minute": 6000, "max_in_flight": 1},
        ((CRITICAL, None, 1, 300), (CRITICAL, 10.0, 1, 3), (BACKGROUND, 20.0, 2, 4)),
    ),
}


def root_of(limits: dict[str, Any], rule: str = "run_always") -> Root:
    quote = {
        "path": "/quote",
        "interval_seconds": 60,
        "redis_key": "raw:vendor:quote",
        "ttl_seconds": 60,
    }
    source = {
        "base_url": "http://127.0.0.1",
        "rate_limits": limits,
        "endpoints": {"quote": quote},
    }
    rules = {"after_hours": {"all": [rule]}}
    return Root.model_validate({"data_sources": {"vendor": source}, "scheduler_rules": rules})


def feeds_of(wanted: tuple[Wanted, ...]) -> list[PlannedFeed]:
    return [
        PlannedFeed(
            f"{group.value}:{every}:{index}",
            "vendor",
            "vendor",
            group,
            every,
            () if every else ("16:30",),
            calls,
        )
        for group, every, calls, count in wanted
        for index in range(count)
    ]


def planned(root: Root, feeds: list[PlannedFeed]) -> dict[str, FeedPlan]:
    (session,) = plan(root, feeds, sessions=(Session.AFTER_HOURS,)).sessions
    return {one.id: one for one in session.budgets[0].feeds}


def shown(root: Root, feeds: list[PlannedFeed], seed: int) -> dict[str, float]:
    """The oldest that the values of each polled feed got around the lump."""

    async def main(clock: VirtualClock) -> dict[str, float]:
        vendor, log, ends = Vendor(clock, seed), Log(), dict[str, list[tuple[float, float]]]()

        def job(one: PlannedFeed) -> Job:
            made = feed(one.id, one.group, 1.0, vendor, log, budget="vendor", calls=one.calls)

            async def run(lane: Lane) -> None:
                asked = clock.now()
                await made.run(lane)
                ends.setdefault(one.id, []).append((asked, clock.now()))

            return replace(made, run=run, interval=one.interval, at=one.at)

        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([job(one) for one in feeds], budgets_of(root), rules_of(root))
        await run_for(scheduler, clock, BEFORE + 1800.0)
        polled = [one for one in feeds if one.interval is not None]
        # One at a time: each is told for itself.
        return {
            one.id: max(oldest([one], ends, DUE - BEFORE / 3, clock.now()).values())
            for one in polled
        }

    return run_virtual(main, start=DUE - BEFORE - 13.7 * seed)


@pytest.mark.parametrize("name", WORLDS)
def test_the_ages_of_polled_feeds_left_out_what_a_lump_delays_them(name: str) -> None:
    limits, wanted = WORLDS[name]
    root, feeds = root_of(limits), feeds_of(wanted)
    plans = planned(root, feeds)
    runs = [shown(root, feeds, seed) for seed in range(6)]
    for group, every, calls, _ in wanted:
        mark = (group, every, calls)
        alike = [one.id for one in feeds if (one.group, one.interval, one.calls) == mark]
        if every is None:
            assert all(plans[one].delayed is None for one in alike)
            continue
        seen = max(run[one] for run in runs for one in alike)
        age, delayed = plans[alike[0]].worst_age, plans[alike[0]].delayed
        assert age is not None
        assert delayed is not None
        assert seen <= age, (group, every, age, delayed, seen)
        if group is wanted[0][0] or not delayed:
            # Of those below some have a turn before the last of the lump: that is not counted on.
            assert age <= 1.2 * seen, (group, every, age, delayed, seen)


def test_what_does_not_wait_is_passed_over_while_a_lump_goes_first() -> None:
    limits, wanted = WORLDS["of its own group"]
    feeds = feeds_of(wanted)
    waits, skips = planned(root_of(limits), feeds), planned(root_of(limits, "skip_if_busy"), feeds)
    polled = next(one.id for one in feeds if one.interval == 60.0)
    delayed = waits[polled].delayed
    assert delayed is not None
    assert skips[polled].delayed == pytest.approx(math.ceil(delayed / 60.0) * 60.0)


def test_a_feed_above_a_lump_is_not_delayed() -> None:
    limits, wanted = WORLDS["of a lower group"]
    feeds = feeds_of(wanted)
    plans = planned(root_of(limits), feeds)
    assert all(plans[one.id].delayed == 0.0 for one in feeds if one.interval is not None)
