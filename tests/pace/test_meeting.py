"""Few may start at once: those that meet wait for each other, however little all of them want."""

from __future__ import annotations

import pytest

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.ages import worst_ages
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.meeting import Flock, longest_waits
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.rules import Rules
from tests.pace.test_few_slots import feeds_of
from tests.pace.test_plan import LONGEST_TRIP, RUNS, worst_shown

CRITICAL, IMPORTANT = Priority.CRITICAL, Priority.IMPORTANT


def held(spec: BudgetSpec, feeds: list[PlannedFeed]) -> dict[str, tuple[float, float]]:
    """What is planned for each feed, and the most that a few runs show; the first is the more."""
    stretch = dict.fromkeys(Priority, 1.0)
    planned = worst_ages(spec, feeds, Rules(), Session.MARKET_HOURS, stretch, LONGEST_TRIP)
    runs = [worst_shown(spec, feeds, seed) for seed in RUNS[:3]]
    found = {}
    for feed in feeds:
        age = planned[feed.id]
        shown = max(run[feed.group, feed.interval, feed.calls] for run in runs)
        assert age is not None
        assert shown <= age, (feed, age, shown)
        found[feed.id] = age, shown
    return found


def test_a_plan_said_of_feeds_that_start_one_a_second_that_none_waits() -> None:
    """`burst_size: 1`, 0.45 of it wanted: 8.8 s old, where 5.6 were planned."""
    spec = BudgetSpec((WindowSpec(10.0, 16, 16),), burst=1)
    wanted = ((CRITICAL, 10.0, 1), (CRITICAL, 40.0, 5), (IMPORTANT, 5.0, 1), (IMPORTANT, 80.0, 2))
    for age, shown in held(spec, feeds_of(*wanted)).values():
        assert age <= 1.2 * shown


def test_a_plan_said_of_feeds_that_meet_in_a_window_of_a_second_that_none_waits() -> None:
    """Two a second, 0.2 of it wanted: 8.1 s old, where 6.6 were planned."""
    spec = BudgetSpec((WindowSpec(1.0, 2, 2),))
    wanted = ((CRITICAL, 8.3, 1), (IMPORTANT, 55.0, 5), (Priority.NICE_TO_HAVE, 6.0, 1))
    held(spec, feeds_of(*wanted))


def test_a_plan_said_of_feeds_of_several_requests_with_one_in_flight_that_none_waits() -> None:
    """A third of it wanted: 5.2 s old, where 4.5 were planned."""
    spec = BudgetSpec((WindowSpec(10.0, 40, 40),), max_in_flight=1)
    lower = ((Priority.NICE_TO_HAVE, 4.0, 1), (Priority.BACKGROUND, 7.0, 3))
    for age, shown in held(
        spec, feeds_of((CRITICAL, 5.5, 1), (IMPORTANT, 9.0, 3), *lower)
    ).values():
        assert age <= 1.2 * shown


def test_the_requests_of_one_run_that_start_one_a_second_were_planned_to_start_together() -> None:
    """Three a run and nobody beside: 2 s between the first and the last."""
    spec = BudgetSpec((WindowSpec(10.0, 40, 40),), burst=1)
    ((age, shown),) = held(spec, feeds_of((CRITICAL, 30.0, 3))).values()
    assert shown > 32
    assert age <= 1.2 * shown


def test_feeds_of_one_interval_are_spread_and_those_of_several_meet() -> None:
    spec = BudgetSpec((WindowSpec(1.0, 2, 2),))
    spread = [Flock(0, 60.0, 1, 6)]
    assert longest_waits(spread, spec, 0.4) == {CRITICAL: 0.0}
    several = [Flock(0, 60.0, 1, 6), Flock(0, 45.0, 2, 1)]
    assert longest_waits(several, spec, 0.4) == {CRITICAL: pytest.approx(1.4)}


def test_of_those_below_as_many_may_be_in_the_way_as_there_are_places() -> None:
    flocks = [Flock(0, 60.0, 1, 1), Flock(3, 45.0, 9, 1)]
    waits = longest_waits(flocks, BudgetSpec(burst=2), 0.4)
    # One place is kept idle for the critical one until it comes.
    assert waits == {CRITICAL: 1.0, Priority.BACKGROUND: 5.0}
