"""Whatever limit a schedule does not fit, its plan says so: not only the one of a minute."""

from __future__ import annotations

from typing import Any

import pytest

from quanticity.clock import Session
from quanticity.config.schema.root import Root
from quanticity.pace.ages import TRIP
from quanticity.pace.plan import plan
from quanticity.pace.planned import Plan

CRITICAL, IMPORTANT = 3, 1
# For how long a round trip keeps a slot of a window is looked at in test_plan.
AT_ONCE = 0.0


def planned(
    limits: dict[str, Any], symbols: int = CRITICAL, trip: float = TRIP, **fields: Any
) -> Plan:
    """Quotes of so many symbols, each once a second, and news once a second of all."""
    shared = {"interval_seconds": 1, "ttl_seconds": 60}
    quotes = {
        "path": "/quote/{symbol}",
        "symbols": [f"S{index}" for index in range(symbols)],
        "redis_key": "raw:vendor:quote:{symbol}",
        "priority": "critical",
    }
    news = {"path": "/news", "redis_key": "raw:vendor:news", "priority": "important"}
    source = {
        "base_url": "http://127.0.0.1",
        "rate_limits": limits,
        "endpoints": {"quote": {**shared, **quotes, **fields}, "news": {**shared, **news}},
    }
    return plan(Root.model_validate({"data_sources": {"vendor": source}}), trip=trip, ages=False)


LIMITS: dict[str, dict[str, Any]] = {
    "second": {"requests_per_second": 2, "requests_per_minute": 1000},
    "burst": {"requests_per_minute": 1000, "burst_size": 2},
    "five minutes": {"requests_per_minute": 1000, "windows": [{"limit": 600, "seconds": 300}]},
    "hour": {"requests_per_minute": 1000, "requests_per_hour": 7200},
    "only an hour": {"requests_per_hour": 7200},
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_a_schedule_that_a_limit_beside_the_minute_does_not_hold_was_said_to_fit(
    limits: dict[str, Any],
) -> None:
    """Three critical calls a second where two may go: `fits`, and exit status 0."""
    found = planned(limits, trip=AT_ONCE)
    assert found.verdict == "critical short"
    assert found.exit_status == 1
    (open_hours,) = (one for one in found.sessions if one.session is Session.MARKET_HOURS)
    critical, important, *_ = open_hours.budgets[0].groups
    assert critical.short
    assert critical.can_have == pytest.approx(120)
    assert important.short
    assert important.can_have == pytest.approx(0)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_a_lower_group_that_such_a_limit_leaves_too_little_is_a_warning(
    limits: dict[str, Any],
) -> None:
    found = planned(limits, symbols=2, trip=AT_ONCE)
    assert found.verdict == "short"
    assert found.exit_status == 0
    assert planned(limits, symbols=1, trip=AT_ONCE).verdict == "fits"


def test_what_critical_cannot_get_of_a_minute_is_left_to_others_in_limits_beside_it() -> None:
    limits = {
        "requests_per_second": 2,
        "requests_per_minute": 120,
        "shares": {"critical": 30, "important": 60},
    }
    found = planned(limits, symbols=2, trip=AT_ONCE)
    (open_hours,) = (one for one in found.sessions if one.session is Session.MARKET_HOURS)
    _, important, *_ = open_hours.budgets[0].groups
    assert important.can_have == pytest.approx(60, abs=3)
