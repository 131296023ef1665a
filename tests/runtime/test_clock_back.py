"""The clock goes back, as the demo's does at each start; and days that are not like others."""

from __future__ import annotations

from datetime import datetime

import orjson
import pytest

from quanticity.clock import EASTERN, MarketCalendar
from quanticity.component import Around, At, Every
from quanticity.runtime.due import Due
from quanticity.runtime.job import Skip
from tests.runtime.plain import MONDAY, Double, bound, text
from tests.runtime.test_engine import Bench

CALENDAR = MarketCalendar()
HOUR = 3600.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


def shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, EASTERN).strftime("%Y-%m-%d %H:%M")


def test_a_time_of_day_that_came_before_the_clock_went_back_was_left_out_until_tomorrow() -> None:
    due = Due("one", (At("10:30"),), CALENDAR)
    assert due.first(MONDAY, MONDAY + HOUR) == MONDAY + HOUR / 2
    assert due.first(MONDAY, None) == MONDAY + HOUR / 2
    # And what has run a moment ago does not run twice.
    assert shown(due.first(MONDAY + HOUR / 2 + 5, MONDAY + HOUR / 2 + 1)) == "2026-01-06 10:30"


def test_a_value_from_before_the_clock_went_back_passed_for_fresh() -> None:
    bench = Bench(bound(Double))
    later = MONDAY + HOUR
    bench.engine.arrived(
        "raw:price:SPY", text("raw:price:SPY", orjson.dumps({"p": 1}), 1, at=later), MONDAY
    )
    [name] = bench.engine.ready(MONDAY)
    skip = bench.engine.job(name, MONDAY)
    assert isinstance(skip, Skip)
    assert str(skip) == (
        "price (raw:price:SPY) came 3,600 s later than it is now: from before the clock went back"
    )
    bench.number = 1
    bench.put("raw:price:SPY", {"p": 2})
    assert bench.run() == ["double:SPY"]


@pytest.mark.parametrize(
    ("trigger", "now", "expected"),
    [
        # The day after Thanksgiving ends at 13:00, and so does its after-hours.
        (Around("close", -600), "2026-11-27T09:00", "2026-11-27 12:50"),
        (Around("close", 600), "2026-11-27T12:55", "2026-11-27 13:10"),
        # Thanksgiving itself, and weekends, are no days at all.
        (Around("open", 60), "2026-11-25T16:00", "2026-11-27 09:31"),
        (At("09:45"), "2026-11-27T10:00", "2026-11-30 09:45"),
        (At("09:45"), "2026-11-28T09:00", "2026-11-30 09:45"),
        (At("00:00"), "2026-11-27T23:59", "2026-11-30 00:00"),
        # Long before an event, and long after: on another day than the event's own.
        (Around("open", -30 * HOUR), "2026-11-28T00:00", "2026-11-29 03:30"),
        (Around("after_hours_end", 5 * HOUR), "2026-11-25T21:00", "2026-11-26 01:00"),
        # The hour that is twice, and the one that never is.
        (At("01:30", "02:30"), "2026-10-30T12:00", "2026-11-02 01:30"),
    ],
)
def test_times_of_day_on_half_days_holidays_and_weekends(
    trigger: At | Around, now: str, expected: str
) -> None:
    assert shown(Due("one", (trigger,), CALENDAR).next(at(now))) == expected


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.3, 86_400.0, 1e7])
def test_every_few_seconds_always_comes_later(seconds: float) -> None:
    due = Due("one", (Every(seconds),), CALENDAR)
    now = MONDAY
    for _ in range(1000):
        later = due.next(now)
        assert now < later <= now + seconds + 0.001
        now = later
