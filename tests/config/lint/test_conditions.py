"""Conditions that never hold together: the feed waited for ever, and `check` found all good."""

import pytest

FEED = "a: {path: /a, redis_key: 'raw:a', interval_seconds: 5, ttl_seconds: 9, X}"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            "params: {x: market_hours}, conditions: {market_state: closed}",
            "market_hours in params and market_state: closed never hold together",
        ),
        (
            "params: {x: [market_hours]}, conditions: {market_state: after_hours}",
            "market_hours in params and market_state: after_hours never hold together",
        ),
        (
            "params: {x: market_hours}, conditions: {days: [sat]}",
            "market_hours in params and days: [sat] never hold together",
        ),
        (
            "conditions: {market_state: open, time_range: '16:00-18:00'}",
            "market_state: open and time_range: 16:00-18:00 never hold together",
        ),
        (
            "conditions: {market_state: extended, time_range: '20:00-04:00'}",
            "market_state: extended and time_range: 20:00-04:00 never hold together",
        ),
    ],
)
def test_a_feed_that_never_runs_is_told(project, fields, told):
    project.endpoint(FEED.replace("X", fields))
    (said,) = project.told()
    assert f"warning: {told}; it will never run" in said


def test_a_time_range_without_length_held_all_day_and_nothing_was_said(project):
    project.endpoint(FEED.replace("X", "conditions: {time_range: '16:00-16:00'}"))
    (said,) = project.told()
    assert said.endswith(
        "warning: time_range: 16:00-16:00 ends where it begins: it holds all day; to run at that "
        "time only, write 'at: [\"16:00\"]' in place of interval_seconds"
    )


@pytest.mark.parametrize(
    "fields",
    [
        "conditions: {market_state: closed, days: [sat, sun]}",
        "conditions: {market_state: closed, time_range: '10:00-11:00'}",
        "conditions: {market_state: pre_market, time_range: '09:00-10:00'}",
        "conditions: {market_state: open, time_range: '15:59-02:00'}",
        "conditions: {market_state: extended, days: [fri, sat]}",
        "params: {x: market_hours}, conditions: {market_state: open}",
    ],
)
def test_a_feed_that_runs_now_and_then_is_let_through(project, fields):
    project.endpoint(FEED.replace("X", fields))
    assert project.told() == []
