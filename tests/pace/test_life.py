"""A value lives until the next poll had its time, whatever session comes."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import EASTERN, MarketCalendar, Session
from quanticity.model import Priority
from quanticity.pace.rules import Rules
from quanticity.pace.staleness import Staleness

CALENDAR = MarketCalendar()
RULES = Rules(
    {
        Session.PRE_MARKET: {"critical": ("reduce_to_5min",)},
        Session.AFTER_HOURS: {"all": ("reduce_frequency_50%",)},
        Session.WEEKEND: {"all": ("minimum_updates_only",)},
    }
)
# A Thursday before a weekend, Eastern midnight.
THURSDAY = datetime(2026, 1, 8, tzinfo=EASTERN).timestamp()


@given(
    at=st.floats(0, 5 * 86_400),
    interval=st.sampled_from([5.0, 60.0, 300.0]),
    spare=st.floats(1, 600),
)
def test_no_key_expires_only_because_nobody_was_due_to_fetch_it(
    at: float, interval: float, spare: float
) -> None:
    now = THURSDAY + at
    life = Staleness(RULES, CALENDAR).life(interval + spare, Priority.CRITICAL, interval, now)
    every = RULES.rule(CALENDAR.session(now), Priority.CRITICAL).interval(interval)
    ends = CALENDAR.next_change(now)
    if now + every >= ends:
        following = RULES.rule(CALENDAR.session(ends), Priority.CRITICAL)
        every = max(every, ends - now + following.interval(interval))
    assert life >= every + spare - 1e-6


def test_in_market_hours_it_is_what_yaml_says() -> None:
    noon = THURSDAY + 12 * 3600
    assert Staleness(RULES, CALENDAR).life(180, Priority.CRITICAL, 60, noon) == 180


def test_a_feed_at_times_of_day_keeps_its_own_life() -> None:
    assert Staleness(RULES, CALENDAR).life(90_000, Priority.BACKGROUND, None, THURSDAY) == 90_000


@pytest.mark.parametrize(
    ("moment", "limit"),
    [
        ("2026-01-09T12:00", 60),  # a Friday
        ("2026-01-09T19:59", 60),
        ("2026-01-09T20:10", 60 + 600),
        ("2026-01-10T20:00", 60 + 24 * 3600),
        ("2026-01-12T03:59", 60 + 56 * 3600 - 60),
        ("2026-01-12T04:00:30", 60 + 56 * 3600 + 30),
        ("2026-01-12T04:01:01", 60),
        ("2026-01-19T12:00", 60 + 64 * 3600),  # Martin Luther King's day
    ],
)
def test_what_is_pushed_is_not_stale_while_nobody_trades(moment: str, limit: float) -> None:
    """Every stream was stale each night, a minute after the last message of the day."""
    now = datetime.fromisoformat(moment).replace(tzinfo=EASTERN).timestamp()
    assert Staleness(RULES, CALENDAR).limit_pushed(60, now) == limit


@pytest.mark.parametrize(
    ("moment", "limit"),
    [
        ("2026-01-09T12:00", 3600 + 19.25 * 3600),  # Friday noon: since Thursday's run
        ("2026-01-11T17:00", 3600 + 48.25 * 3600),  # Sunday: since Friday's
        ("2026-01-11T18:30", 49.75 * 3600),  # Friday's may stay until Sunday's came
        ("2026-01-12T12:00", 3600 + 18 * 3600),  # Monday noon: since Sunday's
    ],
)
def test_what_runs_on_named_days_is_not_stale_before_its_next_time(
    moment: str, limit: float
) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=EASTERN).timestamp()
    found = Staleness(RULES, CALENDAR).limit_at(3600, ("16:45", "sun 18:00"), now)
    assert found == pytest.approx(limit)


class Asked(MarketCalendar):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def session(self, at: float) -> Session:
        self.times += 1
        return super().session(at)

    def next_change(self, at: float) -> float:
        self.times += 1
        return super().next_change(at)


def test_each_row_of_the_table_looked_its_session_up_twice_in_the_calendar() -> None:
    """A twentieth of a second for 1,000 feeds, each second."""
    calendar, noon = Asked(), THURSDAY + 12 * 3600
    stale = Staleness(RULES, calendar)
    stale.limit(180, Priority.CRITICAL, 60, noon)
    before = calendar.times
    for second in range(100):
        stale.limit(180, Priority.CRITICAL, 60, noon + second)
        stale.life(180, Priority.CRITICAL, 60, noon + second)
    assert calendar.times == before
