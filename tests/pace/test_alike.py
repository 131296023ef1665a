"""Feeds that are alike may be counted as one: what a run is told after each edit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.schema.root import Root
from quanticity.model import Priority
from quanticity.pace.plan import plan
from quanticity.pace.planned import PlannedFeed, alike, planned_feeds

GROUPS = ("critical", "important", "nice_to_have", "background")
PACES = [
    {"interval_seconds": 1.0},
    {"interval_seconds": 7.0},
    {"interval_seconds": 300.0},
    {"interval_seconds": 60.0, "conditions": {"time_range": "22:00-02:00"}},
    {"interval_seconds": 5.0, "conditions": {"market_state": "open"}},
    {"interval_seconds": 5.0, "conditions": {"days": ["mon", "sat"]}},
    {"at": ["09:31", "16:05"]},
]
LIMITS = [
    {"requests_per_minute": 60},
    {"requests_per_minute": 120, "buffer": 10, "shares": {"critical": 60, "important": 40}},
    {"requests_per_minute": 600, "requests_per_day": 2000},
    {"requests_per_month": 5000},
]


@st.composite
def roots(draw: st.DrawFn) -> Root:
    sources: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from("abc"), min_size=1, unique=True)):
        endpoints = {}
        for number in range(draw(st.integers(1, 6))):
            endpoints[f"feed_{number}"] = {
                "path": f"/{number}/{{symbol}}",
                "symbols": [f"S{one}" for one in range(draw(st.integers(1, 9)))],
                "redis_key": f"raw:{name}:{number}:{{symbol}}",
                "ttl_seconds": 60,
                "priority": draw(st.sampled_from(GROUPS)),
                "max_calls": draw(st.integers(1, 3)),
                "cost_per_call": draw(st.sampled_from([0.0, 0.01])),
                **draw(st.sampled_from(PACES)),
            }
        sources[name] = {
            "base_url": "http://127.0.0.1",
            "rate_limits": draw(st.sampled_from(LIMITS)),
            "endpoints": endpoints,
        }
    rules = {
        "weekend": {"all": ["reduce_to_15min"]},
        "pre_market": {"background": ["skip_if_busy"]},
    }
    return Root.model_validate({"data_sources": sources, "scheduler_rules": rules})


@given(roots())
def test_a_plan_of_those_alike_has_the_same_shortages(root: Root) -> None:
    feeds = planned_feeds(root)
    few = alike(feeds)
    assert sum(feed.calls for feed in few) == sum(feed.calls for feed in feeds)
    whole, short = (plan(root, each, ages=False) for each in (feeds, few))
    assert len(whole.shortages) == len(short.shortages)
    for one, other in zip(whole.shortages, short.shortages, strict=True):
        assert (one.severity, one.budget, one.group, one.session, one.window) == (
            other.severity,
            other.budget,
            other.group,
            other.session,
            other.window,
        )
        assert (one.demand, one.can_have) == pytest.approx((other.demand, other.can_have))


def test_a_thousand_of_a_kind_are_one() -> None:
    """As many as there were, each edit counted them all: half a second, beside the next edit."""
    feeds = [PlannedFeed(f"v.e#{n}", "v", "v", Priority.CRITICAL, 60.0) for n in range(1000)]
    (one,) = alike(feeds)
    assert one.calls == 1000
