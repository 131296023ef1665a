"""The hours that a plan counts are those at which the conditions let a feed run."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from quanticity.clock import EASTERN, MarketCalendar, Session
from quanticity.config.schema.endpoint import Endpoint
from quanticity.config.schema.root import Root
from quanticity.config.times import WEEK
from quanticity.feeds.conditions import Gate
from quanticity.feeds.params import Params
from quanticity.pace.hours import HOURS, hours_of
from quanticity.pace.plan import plan

CALENDAR = MarketCalendar()
QUARTER = timedelta(minutes=15)
STATES = ("open", "closed", "pre_market", "market_hours", "after_hours", "extended")
# A week without a holiday, Monday to Sunday, and one whose Friday is one.
WEEKS = (datetime(2026, 3, 2, tzinfo=EASTERN), datetime(2026, 3, 30, tzinfo=EASTERN))


def clock(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


def random_endpoint(seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    conditions: dict[str, Any] = {}
    if rng.random() < 0.6:
        first, last = rng.sample(range(96), 2)
        conditions["time_range"] = f"{clock(first)}-{clock(last)}"
    if rng.random() < 0.5:
        conditions["market_state"] = rng.choice(STATES)
    if rng.random() < 0.5:
        conditions["days"] = rng.sample(WEEK, rng.randint(1, 4))
    params = {"when": "market_hours"} if rng.random() < 0.2 else {}
    return {
        "path": "/quote",
        "interval_seconds": 900,
        "redis_key": "raw:vendor:quote",
        "ttl_seconds": 3600,
        "cost_per_call": 1.0,
        "conditions": conditions,
        "params": params,
    }


def hours_shown(endpoint: Endpoint) -> dict[Session, float]:
    """The most hours of each session on which the feed may run on one day."""
    params = Params(endpoint.params, CALENDAR)
    gate = Gate(endpoint.conditions, CALENDAR, market_hours=params.market_hours)
    found: dict[Session, float] = defaultdict(float)
    for week in WEEKS:
        for day in range(7):
            hours: dict[Session, float] = defaultdict(float)
            for quarter in range(96):
                at = (week + timedelta(days=day) + quarter * QUARTER + QUARTER / 2).timestamp()
                if gate.holds(at) is None:
                    hours[CALENDAR.session(at)] += 0.25
            for session, shown in hours.items():
                found[session] = max(found[session], shown)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_counts_the_hours_at_which_conditions_let_a_feed_run(seed: int) -> None:
    tree = random_endpoint(seed)
    endpoint = Endpoint.model_validate(tree)
    shown, hours = hours_shown(endpoint), hours_of(endpoint)
    for session in set(Session) - {Session.HOLIDAY}:
        assert hours.inside(session) == pytest.approx(shown[session]), session
    # The holiday of these weeks is a Friday: other days have theirs elsewhere.
    assert hours.inside(Session.HOLIDAY) >= shown[Session.HOLIDAY]
    source = {"base_url": "http://127.0.0.1", "endpoints": {"quote": tree}}
    made = plan(Root.model_validate({"data_sources": {"vendor": source}}))
    for one in made.sessions:
        calls = 4 * hours.inside(one.session)
        assert one.sources[0].calls_per_day == pytest.approx(calls)
        assert one.budgets[0].feeds[0].every == (900 if calls else None)
        assert one.budgets[0].feeds[0].worst_age is None or calls
    assert one.hours == HOURS[one.session]


def test_a_month_has_five_mondays_at_most() -> None:
    tree = random_endpoint(0)
    tree["params"], tree["conditions"] = {}, {"days": ["mon"], "time_range": "10:00-11:00"}
    source = {"base_url": "http://127.0.0.1", "endpoints": {"quote": tree}}
    made = plan(Root.model_validate({"data_sources": {"vendor": source}}))
    assert made.cost_per_trading_day == pytest.approx(4)
    assert made.cost_per_month == pytest.approx(20)


def test_a_time_of_day_that_conditions_never_let_through_is_not_counted() -> None:
    tree = random_endpoint(0)
    del tree["interval_seconds"]
    tree["params"], tree["at"] = {}, ["08:00", "10:30", "10:45"]
    tree["conditions"] = {"market_state": "open", "time_range": "10:00-10:40"}
    source = {"base_url": "http://127.0.0.1", "endpoints": {"quote": tree}}
    made = plan(Root.model_validate({"data_sources": {"vendor": source}}))
    assert made.calls_per_trading_day["vendor"] == 1


@pytest.mark.parametrize(
    ("times", "conditions", "a_day", "weekend", "a_month"),
    [
        (["16:45"], {}, 1, 0, 23),
        (["16:45", "sun 18:00"], {}, 1, 1, 28),
        (["mon-fri 16:45", "sat,sun 10:00"], {}, 1, 1, 31),
        # Of one day, as each has only one.
        (["mon 09:45", "tue 17:00"], {}, 1, 0, 10),
        (["sun 18:00"], {"days": ["sat"]}, 0, 0, 0),
        (["mon-fri 16:45", "sun 18:00"], {"market_state": "after_hours"}, 1, 0, 23),
    ],
)
def test_a_plan_counts_times_on_the_days_that_they_name(
    times: list[str], conditions: dict[str, Any], a_day: int, weekend: int, a_month: int
) -> None:
    tree = random_endpoint(0)
    del tree["interval_seconds"]
    tree["params"], tree["at"], tree["conditions"] = {}, times, conditions
    source = {"base_url": "http://127.0.0.1", "endpoints": {"quote": tree}}
    made = plan(Root.model_validate({"data_sources": {"vendor": source}}))
    assert made.calls_per_trading_day["vendor"] == a_day
    days_off = next(one for one in made.sessions if one.session is Session.WEEKEND)
    assert days_off.budgets[0].calls_per_day == weekend
    assert made.cost_per_month == a_month
