"""A value lives until the next poll had its time, whatever session comes."""

from __future__ import annotations

from datetime import datetime

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
