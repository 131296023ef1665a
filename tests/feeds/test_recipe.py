"""What YAML says of an endpoint, made ready."""

from __future__ import annotations

from typing import Any

import pytest

from quanticity.feeds.recipe import Recipe
from quanticity.model import Priority
from quanticity.store.names import short_name
from tests.feeds.loopback import MONDAY_10_EASTERN as NOW
from tests.feeds.loopback import Bench


def recipe(source: dict[str, Any] | None = None, **endpoint: Any) -> Recipe:
    bench = Bench("http://127.0.0.1:1", {"quote": {"path": "/q", **endpoint}}, **(source or {}))
    return next(iter(bench.feeds.values())).recipe


@pytest.mark.parametrize(
    ("key", "source", "short"),
    [
        ("raw:uw:spot_gex:{symbol}", "unusual_whales", "uw"),
        ("raw:{symbol}:quote", "cboe", "cboe"),
        ("raw:quote", "cboe", "cboe"),
        ("mine:uw:quote", "cboe", "cboe"),
    ],
)
def test_keys_give_a_source_its_short_name(key: str, source: str, short: str) -> None:
    assert short_name(key, source) == short


def test_the_endpoints_own_figures_stand_before_the_sources() -> None:
    source = {"timeout_seconds": 20, "max_body_bytes": 1000, "retry_policy": {"attempts": 5}}
    made = recipe(source, retry_policy=None)
    assert (made.timeout, made.bounds.most, made.policy.attempts) == (20, 1000, 5)
    made = recipe(source, timeout_seconds=3, max_body_bytes=10, retry_policy={"attempts": 1})
    assert (made.timeout, made.bounds.most, made.policy.attempts) == (3, 10, 1)


def test_effort_depends_on_the_priority_where_nobody_says_otherwise() -> None:
    tries = [recipe(priority=group.value, retry_policy=None).policy.attempts for group in Priority]
    assert tries == sorted(tries, reverse=True)
    assert tries[0] > tries[-1]


def test_a_body_that_nobody_looks_into_is_not_decoded() -> None:
    assert not recipe(contract="none").decodes
    assert recipe().decodes
    assert recipe(contract="none", transform="rows").decodes
    assert recipe(contract="none", kind="events").decodes
    assert recipe(contract="none", timestamp={"path": "t"}).decodes
    assert recipe({"errors": [{"path": "error"}]}, contract="none").decodes


def test_max_calls_bounds_the_pages() -> None:
    paging = {"type": "page", "param": "page", "max_pages": 10}
    assert recipe(paging=paging).pages == 10
    assert recipe(paging=paging, max_calls=4).pages == 4
    assert recipe().pages == 1


def test_a_run_leaves_the_rest_to_the_next_one() -> None:
    assert recipe(interval_seconds=60).deadline(NOW, None) == NOW + 60
    assert recipe(interval_seconds=60).deadline(NOW, 300.0) == NOW + 300
    daily = recipe(interval_seconds=None, at=["06:00"])
    assert daily.deadline(NOW, None) > NOW + 60


def test_general_options_alone_make_a_transform() -> None:
    made = recipe(transform_config={"flatten_nested": True})
    assert made.transforms
    assert made.output_pattern == "feed:v:quote"
    assert not recipe(transform_config={"flatten_nested": False}).transforms


@pytest.mark.parametrize(
    ("fields", "life"),
    [
        ({"interval_seconds": 10, "ttl_seconds": 30}, 60),
        ({"interval_seconds": 60, "ttl_seconds": 90}, 180),
        ({"interval_seconds": None, "at": ["06:00"], "ttl_seconds": 345_600}, 345_600),
    ],
)
def test_a_heartbeat_outlives_the_pause_between_two_polls(
    fields: dict[str, Any], life: float
) -> None:
    """That of a feed that runs twice a day was gone three minutes after each."""
    assert recipe(**fields).beat_life(NOW) == life


@pytest.mark.parametrize(
    ("hours", "old", "max_age", "behind"),
    [
        (0, 200, 180, True),  # 10:00
        (0, 100, 180, False),
        (0, 200, 3600, False),
        (0, 86_400, 432_000, False),  # days: not a matter of one session
        (-0.49, 3600, 180, False),  # 09:30:36, the first figures are on their way
        (-0.4, 3600, 180, True),
        (-2, 50_000, 180, False),  # before the open
        (6.5, 3600, 180, False),  # after the close
        (5 * 24, 86_400, 180, False),  # Saturday
    ],
)
def test_a_vendors_time_is_looked_at_in_market_hours(
    hours: float, old: float, max_age: float, behind: bool
) -> None:
    made = recipe(timestamp={"path": "t"}, max_age_seconds=max_age)
    now = NOW + hours * 3600
    assert made.behind(now - old, now) == (old if behind else None)


def test_without_a_time_of_the_vendors_nothing_can_be_behind() -> None:
    assert recipe().behind(0.0, NOW) is None
