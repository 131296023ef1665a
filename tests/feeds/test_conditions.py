"""When a feed may run, and how long it waits otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from quanticity.config.schema.endpoint import Conditions
from quanticity.feeds.conditions import Gate
from tests.feeds.loopback import CALENDAR
from tests.feeds.test_dates import at


def gate(market_hours: bool = False, **conditions: Any) -> Gate:
    return Gate(Conditions.model_validate(conditions), CALENDAR, market_hours=market_hours)


@pytest.mark.parametrize(
    ("conditions", "moment", "until"),
    [
        ({"market_state": "open"}, "2026-01-05 10:00", None),
        ({"market_state": "open"}, "2026-01-05 09:00", "2026-01-05 09:30"),
        ({"market_state": "closed"}, "2026-01-05 10:00", "2026-01-05 16:00"),
        ({"market_state": "closed"}, "2026-01-03 10:00", None),
        ({"market_state": "extended"}, "2026-01-05 05:00", None),
        ({"market_state": "pre_market"}, "2026-01-05 05:00", None),
        ({"market_state": "after_hours"}, "2026-01-05 15:00", "2026-01-05 16:00"),
        ({"time_range": "09:30-16:00"}, "2026-01-05 09:30", None),
        ({"time_range": "09:30-16:00"}, "2026-01-05 09:29", "2026-01-05 09:30"),
        ({"time_range": "09:30-16:00"}, "2026-01-05 16:00", "2026-01-06 09:30"),
        ({"time_range": "20:00-04:00"}, "2026-01-05 23:00", None),
        ({"time_range": "20:00-04:00"}, "2026-01-05 03:59", None),
        ({"time_range": "20:00-04:00"}, "2026-01-05 12:00", "2026-01-05 20:00"),
        ({"time_range": "18:00-24:00"}, "2026-01-05 23:59", None),
        ({"days": ["mon", "tue"]}, "2026-01-05 12:00", None),
        ({"days": ["tue"]}, "2026-01-05 12:00", "2026-01-06 00:00"),
        # The night on which clocks go forward has one hour less.
        ({"time_range": "09:30-16:00"}, "2026-03-07 17:00", "2026-03-08 09:30"),
    ],
)
def test_a_run_waits_until_its_condition_can_hold(
    conditions: dict[str, Any], moment: str, until: str | None
) -> None:
    held = gate(**conditions).holds(at(moment))
    if until is None:
        assert held is None
    else:
        assert held is not None
        assert held[1] == pytest.approx(at(until) - at(moment))


def test_in_the_hour_that_comes_twice_a_run_was_held_for_no_time_at_all() -> None:
    # 01:15 for the second time: the range has begun once, an hour ago less a quarter.
    again = at("2026-11-01 00:15") + 2 * 3600
    held = gate(time_range="01:30-04:00").holds(again)
    assert held is not None
    assert held[1] == 15 * 60


@pytest.mark.parametrize(
    ("hours", "moment", "held"),
    [
        # In spring 02:00 is 03:00, and 02:30 is never.
        ("02:30-01:30", "2026-03-08 01:40", 20),
        ("02:30-04:00", "2026-03-08 01:59", 1),
        ("02:30-04:00", "2026-03-07 04:30", 21.5 * 60),
        # In autumn 02:00 is 01:00 once more.
        ("01:00-01:30", "2026-11-01 00:30", 30),
        ("01:00-01:30", "2026-11-01 01:40", 20),
        ("02:30-01:30", "2026-11-01 01:40", 20),
    ],
)
def test_a_time_range_was_slept_through_in_the_night_of_a_clock_change(
    hours: str, moment: str, held: float
) -> None:
    found = gate(time_range=hours).holds(at(moment))
    assert found is not None
    assert found[1] == held * 60


def test_the_reason_is_told() -> None:
    held = gate(market_state="open").holds(at("2026-01-04 12:00"))
    assert held is not None
    assert held[0] == "waits until the market is open (it is weekend)"


def test_market_hours_narrows_what_the_conditions_allow() -> None:
    narrowed = gate(market_hours=True, market_state="extended")
    assert narrowed.holds(at("2026-01-05 05:00")) is not None
    assert narrowed.holds(at("2026-01-05 10:00")) is None


def test_without_conditions_it_is_always_open() -> None:
    assert gate().always_open
    assert not gate(days=["mon"]).always_open
