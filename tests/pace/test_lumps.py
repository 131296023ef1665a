"""Feeds that run at a time of day come all at once: a plan says how late the last starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.config.schema.root import Root
from quanticity.errors import Severity
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.lumps import lumps_of
from quanticity.pace.plan import plan
from quanticity.pace.planned import Plan, PlannedFeed, alike
from quanticity.pace.rules import Rules
from quanticity.pace.schedule import Scheduler
from tests.pace.test_schedule import eastern
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
TRIP = 0.4
FIVE_PAST = ("16:05",)
# What is new is fetched at once: that is over by then.
HALF_AN_HOUR = 1800.0


def planned(limits: dict[str, Any], symbols: int, group: str, rule: str = "run_always") -> Plan:
    """Closing prices of so many symbols, all at 16:05."""
    closes = {
        "path": "/close/{symbol}",
        "symbols": [f"S{index}" for index in range(symbols)],
        "at": list(FIVE_PAST),
        "redis_key": "raw:vendor:close:{symbol}",
        "ttl_seconds": 60,
        "priority": group,
    }
    source = {
        "base_url": "http://127.0.0.1",
        "rate_limits": limits,
        "endpoints": {"close": closes},
    }
    rules = {"after_hours": {"all": [rule]}}
    tree = {"data_sources": {"vendor": source}, "scheduler_rules": rules}
    return plan(Root.model_validate(tree), ages=False)


def test_fifty_feeds_at_one_time_and_one_a_minute_were_said_to_fit() -> None:
    found = planned({"requests_per_minute": 1}, 50, "critical")
    assert found.verdict == "critical short"
    assert found.exit_status == 1
    (short,) = found.shortages
    assert short.most == "vendor.close"
    assert str(short) == (
        "vendor: critical wants 50 calls at 16:05 in after_hours and can have 1 "
        "in the first minute: the last starts 49 min late (most by vendor.close)"
    )


def test_a_lump_of_a_lower_group_is_told_and_is_not_short() -> None:
    found = planned({"requests_per_minute": 1}, 50, "background")
    assert found.verdict == "fits"
    (session,) = (one for one in found.sessions if one.session is Session.AFTER_HOURS)
    (lump,) = session.budgets[0].lumps
    assert (lump.at, lump.feeds, lump.calls) == ("16:05", 50, 50)
    assert lump.late == pytest.approx(49 * 60.4)
    assert {one.late for one in session.budgets[0].feeds} == {lump.late}


def test_runs_that_may_not_wait_are_lost_and_so_short() -> None:
    found = planned({"requests_per_minute": 1}, 50, "background", "skip_if_busy")
    (short,) = found.shortages
    assert short.severity is Severity.WARNING
    assert "can have 1 at once: the others are skipped" in str(short)
    assert planned({"requests_per_minute": 60}, 50, "background", "skip_if_busy").verdict == "fits"


def timed(group: Priority, at: tuple[str, ...], count: int, calls: int = 1) -> list[PlannedFeed]:
    return [
        PlannedFeed(f"{group.value}{at}{index}", "v", "v", group, at=at, calls=calls)
        for index in range(count)
    ]


def test_feeds_made_one_for_a_quick_verdict_are_not_one_long_run() -> None:
    """50 and 60 at once where 110 may: as one run of 60 requests they would not fit together."""
    feeds = [
        *timed(Priority.CRITICAL, FIVE_PAST, 60),
        *timed(Priority.CRITICAL, ("16:05", "09:00"), 50),
    ]
    spec = BudgetSpec((WindowSpec(60.0, 110, 110),))
    for members in (feeds, alike(feeds)):
        (lump,) = lumps_of(spec, members, Session.AFTER_HOURS, [0.0] * 4, TRIP)
        assert (lump.calls, lump.late) == (110, 0.0)


def test_a_lump_waits_for_what_the_one_before_it_left() -> None:
    spec = BudgetSpec((WindowSpec(60.0, 5, 5),))
    feeds = [*timed(Priority.CRITICAL, ("17:00",), 20), *timed(Priority.CRITICAL, ("17:01",), 5)]
    first, second = lumps_of(spec, feeds, Session.AFTER_HOURS, [0.0] * 4, TRIP)
    assert first.late == pytest.approx(3 * 60.4)
    assert second.late == pytest.approx(4 * 60.4 - 60)


WORLDS = {
    "one a minute": (BudgetSpec((WindowSpec(60.0, 1, 1),)), ((Priority.CRITICAL, 20, 1),), 0.0),
    "two groups": (
        BudgetSpec((WindowSpec(60.0, 10, 10),), reserve=1),
        ((Priority.IMPORTANT, 30, 2), (Priority.BACKGROUND, 30, 1)),
        0.0,
    ),
    "beside polled": (
        BudgetSpec((WindowSpec(10.0, 20, 20),)),
        ((Priority.IMPORTANT, 200, 1),),
        2.0,
    ),
    "one in flight": (
        BudgetSpec((WindowSpec(1.0, 50, 50),), max_in_flight=1),
        ((Priority.CRITICAL, 200, 1),),
        0.0,
    ),
    "a burst": (
        BudgetSpec((WindowSpec(60.0, 600, 600),), burst=2),
        ((Priority.CRITICAL, 100, 1),),
        0.0,
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_the_last_of_a_lump_starts_as_late_as_was_planned(name: str) -> None:
    spec, members, polled = WORLDS[name]
    feeds = [
        one for group, count, calls in members for one in timed(group, FIVE_PAST, count, calls)
    ]
    rates = [1 / polled if polled else 0.0, 0.0, 0.0, 0.0]
    lumps = lumps_of(spec, feeds, Session.AFTER_HOURS, rates, TRIP)
    longest = max(one.late or 0.0 for one in lumps)

    async def main(clock: VirtualClock) -> tuple[Log, list[float]]:
        vendor, log = Vendor(clock, 1), Log()
        jobs = [
            replace(
                feed(one.id, one.group, 1.0, vendor, log, calls=one.calls), interval=None, at=one.at
            )
            for one in feeds
        ]
        if polled:
            jobs.append(feed("polled", Priority.CRITICAL, polled, vendor, log))
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace(jobs, {"v": spec}, Rules())
        await run_for(scheduler, clock, HALF_AN_HOUR + longest * 1.5)
        return log, vendor.arrivals

    due = eastern("2026-01-05 16:05")
    log, arrivals = run_virtual(main, start=due - HALF_AN_HOUR)
    for lump in lumps:
        assert lump.late is not None
        starts = [began for one in feeds for _, began in log.runs[one.id] if began >= due]
        if lump.group is feeds[-1].group and not polled:
            starts = [one for one in arrivals if one >= due]
        shown = max(starts) - due
        assert shown <= lump.late + TRIP
        if lump.group is feeds[-1].group:
            assert lump.late <= 1.2 * shown + TRIP
