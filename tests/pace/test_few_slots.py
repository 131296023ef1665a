"""Where a window has few slots, feeds that meet wait, however little is wanted on an average."""

from __future__ import annotations

import pytest

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.ages import worst_ages
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.rules import Rules
from tests.pace.test_plan import LONGEST_TRIP, RUNS, Mark, worst_shown


def feeds_of(*wanted: tuple[Priority, float, int]) -> list[PlannedFeed]:
    return [
        PlannedFeed(f"f{index}", "v", "v", group, interval, calls=calls)
        for index, (group, interval, calls) in enumerate(wanted)
    ]


def test_a_plan_said_of_feeds_that_meet_in_a_few_slots_that_none_waits() -> None:
    """Two a minute, a third of it wanted: 342 s old, where 302.4 were planned; none rehearsed."""
    spec = BudgetSpec((WindowSpec(60.0, 2, 2),), shares=(2, 0, 0, 0))
    feeds = feeds_of(
        (Priority.CRITICAL, 301.0, 1),
        (Priority.CRITICAL, 430.0, 2),
        (Priority.BACKGROUND, 501.7, 1),
    )
    all_groups = dict.fromkeys(Priority, 1.0)
    planned = worst_ages(spec, feeds, Rules(), Session.MARKET_HOURS, all_groups, LONGEST_TRIP)
    shown: dict[Mark, float] = {}
    for seed in RUNS[:6]:
        for mark, seen in worst_shown(spec, feeds, seed).items():
            shown[mark] = max(shown.get(mark, 0.0), seen)
    for feed in feeds:
        age = planned[feed.id]
        assert age is not None
        assert shown[feed.group, feed.interval, feed.calls] <= age


def test_a_feed_alone_in_a_few_slots_waits_for_nobody() -> None:
    spec = BudgetSpec((WindowSpec(60.0, 2, 2),))
    feeds = feeds_of((Priority.CRITICAL, 120.0, 1))
    planned = worst_ages(
        spec, feeds, Rules(), Session.MARKET_HOURS, dict.fromkeys(Priority, 1.0), LONGEST_TRIP
    )
    assert planned["f0"] == pytest.approx(121.4)
