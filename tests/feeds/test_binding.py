"""From the config in force to feeds."""

from __future__ import annotations

import pytest

from quanticity.errors import ConfigError
from tests.feeds.loopback import Bench


def test_ten_thousand_feeds_share_what_they_can() -> None:
    import tracemalloc

    symbols = [f"S{number}" for number in range(10_000)]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        bench = Bench(
            "http://v.invalid",
            {"quote": {"path": "/{symbol}", "symbols": symbols, "redis_key": "raw:v:{symbol}"}},
        )
        each = (tracemalloc.get_traced_memory()[0] - before) / len(symbols)
    finally:
        tracemalloc.stop()
    assert len(bench.feeds) == 10_000
    assert len({id(feed.recipe) for feed in bench.feeds.values()}) == 1
    # 300 MB for 10,000 feeds are 30 KB each, schedule, limits and connections included.
    assert each < 4_000


def test_a_feed_is_named_after_its_values() -> None:
    bench = Bench(
        "http://v.invalid",
        {
            "skew": {
                "path": "/{symbol}",
                "symbols": ["SPY"],
                "expand": {"delta": [10, 25]},
                "params": {"delta": "{delta}"},
                "redis_key": "raw:v:{symbol}:{delta}",
            },
            "news": {"path": "/news"},
        },
    )
    assert sorted(bench.feeds) == ["news", "skew:SPY:10", "skew:SPY:25"]
    assert bench.feeds["skew:SPY:25"].key == "raw:v:SPY:25"
    assert bench.feeds["skew:SPY:25"].endpoint_id == "v.skew"


def test_a_placeholder_without_a_value_is_told() -> None:
    with pytest.raises(ConfigError, match=r"v\.quote: nothing gives a value for \{expiry\}"):
        Bench("http://v.invalid", {"quote": {"path": "/{expiry}"}})


def test_dependencies_are_named_in_full() -> None:
    bench = Bench(
        "http://v.invalid",
        {"a": {"path": "/a"}, "b": {"path": "/b", "depends_on": ["a", "other.c"]}},
    )
    assert bench.feeds["b"].recipe.depends_on == ("v.a", "other.c")
