"""Last price, quote, spread and imbalance: of good tapes and books, and of bad ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.market_quote import MarketQuote
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.markets import books, tapes

SPY = {"symbol": "SPY"}
BOOK = {"bids": [[100.0, 300], [99.99, 100]], "asks": [[100.02, 100]]}


def printed(at: float, price: float, size: float) -> dict[str, Any]:
    return {"time": MONDAY + at, "price": price, "size": size}


def test_by_hand():
    harness = Harness(MarketQuote, values=SPY)
    harness.give("book", BOOK)
    harness.give("trades", printed(-2, 100.0, 100), printed(-1, 100.02, 300))
    harness.run()
    assert harness.value("last")["price"] == 100.02
    assert harness.value("last")["size"] == 300
    ticker = harness.value("ticker")
    assert (ticker["bid"], ticker["ask"], ticker["bid_size"]) == (100.0, 100.02, 300)
    assert (ticker["volume"], ticker["prints"]) == (400, 2)
    assert ticker["vwap"] == pytest.approx(100.015)
    assert harness.value("spread")["spread_bps"] == pytest.approx(2)
    assert harness.value("imbalance")["imbalance"] == pytest.approx(0.6)
    assert harness.value("timestamp")["milliseconds"] == MONDAY * 1000


def test_it_adds_up_what_comes_and_runs_once_a_second():
    harness = Harness(MarketQuote, values=SPY)
    for at in range(10):
        harness.give("trades", printed(at / 5, 100.0, 10))
        harness.advance(0.2)
    harness.advance(1)
    assert len(harness.runs) == 3
    assert harness.value("ticker")["volume"] == 100
    harness.restart()
    harness.give("trades", printed(3, 101.0, 10))
    harness.advance(1)
    assert harness.value("ticker")["volume"] == 110


def test_a_print_that_came_late_is_counted_and_is_not_the_last():
    harness = Harness(MarketQuote, values=SPY)
    harness.give("trades", printed(-1, 100.0, 10))
    harness.run()
    harness.give("trades", printed(-5, 90.0, 10))
    harness.advance(1)
    assert harness.value("last")["price"] == 100.0
    assert harness.value("ticker")["volume"] == 20
    assert harness.value("ticker")["since"] == MONDAY - 5


def test_a_new_day_begins_at_nothing():
    harness = Harness(MarketQuote, values=SPY)
    harness.give("trades", printed(-1, 100.0, 10))
    harness.run()
    harness.advance(86_400)
    harness.give("trades", printed(0, 100.0, 10), printed(86_399, 105.0, 7))
    harness.advance(1)
    assert harness.value("ticker")["volume"] == 7
    assert harness.value("last")["price"] == 105


def test_prints_before_the_open_are_volume_and_not_vwap():
    harness = Harness(MarketQuote, values=SPY)
    harness.give("trades", printed(-3600, 90.0, 10))
    harness.give("book", BOOK)
    harness.run()
    assert harness.value("ticker")["vwap"] is None
    assert harness.value("ticker")["reason"] == "no print since the open for a vwap"
    harness.give("trades", printed(0, 100.0, 10))
    harness.advance(1)
    ticker = harness.value("ticker")
    assert (ticker["volume"], ticker["vwap"], ticker["vwap_volume"]) == (20, 100, 10)
    assert (ticker["vwap_since"], ticker["reason"]) == (MONDAY, None)


def test_without_prints_or_book_it_says_so():
    harness = Harness(MarketQuote, values=SPY)
    harness.give("book", BOOK)
    harness.run()
    assert harness.value("last")["price"] is None
    assert harness.value("last")["reason"] == "no print yet today"
    harness.give("trades", printed(0, 100.0, 10))
    harness.advance(30)
    harness.give("trades", printed(30, 101.0, 10))
    harness.advance(1)
    assert harness.value("spread")["spread"] is None
    assert harness.value("spread")["reason"] == "no book that is fresh"
    assert harness.value("ticker")["bid"] is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"bids": [[101, 5]], "asks": [[100, 5]]}, "crossed: the best bid is above the best ask"),
        ({"bids": [[101, 5]], "asks": []}, "the book has not both sides"),
        ({"bids": [["x", 5]], "asks": [[0, 0]]}, "the book has not both sides"),
    ],
)
def test_a_book_that_is_none(body: Any, why: str):
    harness = Harness(MarketQuote, values=SPY)
    harness.give("book", body)
    harness.run()
    for name, figure in (("spread", "spread"), ("imbalance", "imbalance")):
        assert harness.value(name)[figure] is None
        assert harness.value(name)["reason"] == why


@settings(max_examples=40)
@given(books(MONDAY), st.lists(tapes(MONDAY), max_size=3))
def test_it_bears_any_market(book: Any, batches: list[Any]):
    harness = Harness(MarketQuote, values=SPY)
    harness.give("book", book)
    for batch in batches:
        harness.give("trades", *batch)
        harness.advance(1)
    harness.run()
    lean = harness.value("imbalance")["imbalance"]
    assert lean is None or -1 <= lean <= 1


def test_it_keeps_the_contract():
    contract_suite(MarketQuote, values=SPY)
