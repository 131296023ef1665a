"""Two combinations of data side by side: what differs, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from quanticity.clock import Session
from quanticity.config.schema import Root
from quanticity.pace.comparison import Comparison, Pair, compare
from quanticity.pace.plan import plan
from quanticity.pace.planned import Plan, planned_feeds

FEW = (Session.MARKET_HOURS,)


def planned(symbols: list[str], every: float = 30, **more: float) -> tuple[Plan, list[str]]:
    quote: dict[str, Any] = {
        "path": "/quote/{symbol}",
        "symbols": symbols,
        "interval_seconds": every,
        "redis_key": "raw:v:quote:{symbol}",
        "ttl_seconds": 60,
        "priority": "critical",
        "cost_per_call": 0.01,
    }
    vendor = {"base_url": "https://x", "rate_limits": {"requests_per_minute": 60, "buffer": 0}}
    sources = {name: {**vendor, "endpoints": {"quote": quote}} for name in ("vendor", *more)}
    root = Root.model_validate({"data_sources": sources})
    feeds = planned_feeds(root)
    return plan(root, feeds, sessions=FEW), [feed.id for feed in feeds]


def compared(one: tuple[Plan, list[str]], other: tuple[Plan, list[str]]) -> Comparison:
    return compare(one[0], other[0], one[1], other[1])


def test_a_config_beside_itself_differs_in_nothing() -> None:
    made = compared(planned(["A", "B"]), planned(["A", "B"]))
    assert (made.added, made.removed, made.ages) == ((), (), ())
    assert [one.differs for one in made.sources] == [False]
    assert made.verdict == Pair("fits", "fits")
    assert not made.cost_per_month.differs


def test_twice_the_symbols_are_twice_the_calls_and_the_cost() -> None:
    made = compared(planned(["A", "B"]), planned(["A", "B", "C", "D"]))
    (source,) = made.sources
    assert (source.source, source.session) == ("vendor", Session.MARKET_HOURS)
    assert source.feeds == Pair(2, 4)
    assert source.calls_per_minute == Pair(4.0, 8.0)
    assert source.calls_per_day.there == 2 * source.calls_per_day.here == pytest.approx(3120)
    assert source.cost_per_day.there == pytest.approx(31.2)
    assert made.cost_per_trading_day.there == pytest.approx(2 * made.cost_per_trading_day.here)
    assert made.added == ("vendor.quote#2", "vendor.quote#3")
    assert compared(planned(["A", "B", "C", "D"]), planned(["A", "B"])).removed == made.added


def test_a_source_of_only_one_of_them_has_nothing_in_the_other() -> None:
    made = compared(planned(["A", "B"]), planned(["A", "B"], another=1))
    assert [one.source for one in made.sources] == ["vendor", "another"]
    assert (made.sources[1].feeds, made.sources[1].calls_per_minute) == (Pair(0, 2), Pair(0.0, 4.0))
    back = compared(planned(["A", "B"], another=1), planned(["A", "B"]))
    assert back.sources[1].cost_per_day.there == 0


def test_feeds_of_both_whose_worst_age_changes_are_named_and_both_verdicts_stand() -> None:
    made = compared(planned(["A", "B"]), planned(["A", "B"], every=1.5))
    assert [one.feed for one in made.ages] == ["vendor.quote#0", "vendor.quote#1"]
    first = made.ages[0].worst_age
    assert first.here is not None
    assert made.verdict == Pair("fits", "critical short")
    assert made.shortages.here == ()
    assert made.shortages.there[0].startswith("vendor: critical wants 80 calls a minute")
