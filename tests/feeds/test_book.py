"""Feeds that wait for others."""

from __future__ import annotations

from collections.abc import Mapping

from quanticity.feeds.book import Book


class Other:
    endpoint_id = "v.gex"

    def __init__(self, age: float | None, **values: str) -> None:
        self.values: Mapping[str, str] = values
        self._age = age

    def age(self, now: float) -> float | None:
        return self._age

    def limit(self, now: float) -> float:
        return 60.0


def book(*feeds: Other) -> Book:
    made = Book()
    for feed in feeds:
        made.enter(feed)
    return made


def test_the_feed_of_the_same_symbol_counts() -> None:
    made = book(Other(10, symbol="SPY"), Other(100, symbol="QQQ"))
    assert made.lacking("v.gex", {"symbol": "SPY"}, 0) is None
    assert made.lacking("v.gex", {"symbol": "QQQ"}, 0) == "waits for gex, whose value is 100 s old"


def test_a_feed_without_a_symbol_serves_all() -> None:
    assert book(Other(10)).lacking("v.gex", {"symbol": "SPY"}, 0) is None


def test_for_a_feed_without_a_symbol_all_must_be_fresh() -> None:
    made = book(Other(10, symbol="SPY"), Other(None, symbol="QQQ"))
    assert made.lacking("v.gex", {}, 0) == "waits for the first value of gex"


def test_a_feed_that_does_not_run_is_said_to() -> None:
    told = "waits for gex, which does not run for IWM"
    assert book(Other(1, symbol="SPY")).lacking("v.gex", {"symbol": "IWM"}, 0) == told


def test_who_leaves_is_not_waited_for_any_more() -> None:
    feed = Other(10)
    made = book(feed)
    made.leave(feed)
    made.leave(feed)
    assert made.lacking("v.gex", {}, 0) is not None
