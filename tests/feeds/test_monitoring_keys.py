"""How each vendor fares, under keys of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from quanticity.feeds.report import FeedRow
from quanticity.feeds.status import by_source
from quanticity.model import Priority

GOOD = FeedRow(
    feed="alpha_vantage.options:SPY",
    source="alpha_vantage",
    endpoint="options",
    group=Priority.CRITICAL,
    key="raw:av:options:SPY",
    status="ok",
    latency=0.2,
    calls_left=40,
    fetches=7,
)
BAD = replace(
    GOOD,
    feed="alpha_vantage.options:QQQ",
    key="raw:av:options:QQQ",
    status="error",
    reason="HTTP 401 of https://example.com/query?apikey=SECRET123456",
    latency=0.4,
    calls_left=38,
    failures=2,
)
OTHER = replace(GOOD, feed="fred.rates", source="fred", key="macro:rates", latency=None)


def told(*rows: FeedRow) -> dict[str, Any]:
    return {key: orjson.loads(text) for key, text in by_source(rows, 1000.0)}


def test_a_vendor_has_its_figures_and_its_errors_under_its_short_name():
    found = told(GOOD, OTHER, BAD)
    assert sorted(found) == [
        f"monitoring:api:{short}:{what}"
        for short in ("av", "fred")
        for what in ("errors", "metrics")
    ]
    assert found["monitoring:api:av:metrics"] == {
        "at": 1000.0,
        "feeds": 2,
        "failing": 1,
        "stale": 0,
        "fetches": 14,
        "failures": 2,
        "skipped": 0,
        "messages": 0,
        "latency": 0.30000000000000004,
        "calls_left": 38,
    }
    assert found["monitoring:api:fred:metrics"]["latency"] is None
    assert found["monitoring:api:fred:errors"] == {"at": 1000.0, "count": 0, "errors": []}
    (error,) = found["monitoring:api:av:errors"]["errors"]
    assert error["feed"] == "alpha_vantage.options:QQQ"
    assert error["reason"].startswith("HTTP 401")
    assert "SECRET123456" not in error["reason"]


def test_where_nothing_runs_nothing_is_told():
    assert told() == {}
