"""Where the demo's clock begins: ten in the morning of a whole trading day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.cli.standin import demo_start
from quanticity.clock import EASTERN, MarketCalendar
from quanticity.errors import QuanticityError

CALENDAR = MarketCalendar()


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-01-05 03:00", "2026-01-05 10:00"),  # a Monday, before it opens
        ("2026-01-05 23:59", "2026-01-05 10:00"),
        ("2026-01-11 12:00", "2026-01-09 10:00"),  # a Sunday
    ],
)
def test_it_is_today_or_the_last_day_there_was(now: str, start: str) -> None:
    assert demo_start(CALENDAR, at(now)) == at(start)


@pytest.mark.parametrize("now", ["2026-11-26 12:00", "2026-11-27 12:00", "2026-11-29 12:00"])
def test_the_demo_ran_on_a_half_day_where_nothing_predicts_the_close(now: str) -> None:
    """Thanksgiving is closed, the Friday after it a half day: Wednesday is the latest whole one."""
    assert demo_start(CALENDAR, at(now)) == at("2026-11-25 10:00")


@given(st.datetimes(datetime(2016, 1, 20), datetime(2026, 11, 30)))
def test_it_is_always_a_whole_day_of_the_last_ten(now: datetime) -> None:
    moment = now.replace(tzinfo=EASTERN)
    start = datetime.fromtimestamp(demo_start(CALENDAR, moment.timestamp()), EASTERN)
    assert (start.hour, start.minute) == (10, 0)
    assert timedelta(0) <= moment.date() - start.date() <= timedelta(days=10)
    (day,) = CALENDAR.trading_days(start.date(), start.date())
    assert not day.is_half_day


def test_a_demo_after_the_markets_last_day_ended_in_tracebacks() -> None:
    assert demo_start(CALENDAR, at("2033-01-01 12:00")) == at("2032-12-31 10:00")
    with pytest.raises(QuanticityError, match="it is 2033-01-03, and the simulated market ends on"):
        demo_start(CALENDAR, at("2033-01-03 12:00"))
