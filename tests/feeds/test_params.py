"""Parameters as YAML writes them, and what is sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from quanticity.feeds.dates import is_date_word
from quanticity.feeds.params import MARKET_HOURS, Params
from tests.feeds.loopback import CALENDAR, MONDAY_10_EASTERN


def sent(params: dict[str, Any], **values: str) -> list[tuple[str, str]]:
    return Params(params, CALENDAR).query(values, MONDAY_10_EASTERN)


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({"limit": 200, "greeks": True, "x": False}, "limit=200 greeks=true x=false"),
        ({"strike": 1.5, "gone": None}, "strike=1.5"),
        ({"date": "today"}, "date=2026-01-05"),
        ({"from": "last_n_days:5"}, "from=2025-12-29"),
        ({"day": "today:%Y%m%d"}, "day=20260105"),
        ({"filter": "record_date:gte:{today}"}, "filter=record_date:gte:2026-01-05"),
        ({"name": "{symbol}"}, "name=SPY"),
        ({"a[]": ["x", "{symbol}"]}, "a[]=x a[]=SPY"),
        ({"expirations[]": "0-2"}, " ".join(f"expirations[]=2026-01-0{d}" for d in (5, 6, 7))),
        ({"expiry": "1-1"}, "expiry=2026-01-06"),
        ({"dte": "0-2"}, "min_dte=0 max_dte=2"),
        ({"range": "0-2"}, "range=0-2"),
        ({"date": "2025-06-02"}, "date=2025-06-02"),
        ({"mode": "market_hours", "a": 1}, "a=1"),
    ],
)
def test_what_is_sent(given: dict[str, Any], query: str) -> None:
    assert " ".join("=".join(pair) for pair in sent(given, symbol="SPY")) == query


def test_market_hours_is_not_sent_but_remembered() -> None:
    assert Params({"when": "market_hours"}, CALENDAR).market_hours
    assert not Params({"when": "always"}, CALENDAR).market_hours


@pytest.mark.parametrize(
    ("given", "dated"),
    [({"a": "today"}, True), ({"expiry": "0-2"}, True), ({"dte": "0-2"}, False), ({"a": 1}, False)],
)
def test_whether_tomorrow_sends_something_else_is_known(given: dict[str, Any], dated: bool) -> None:
    assert Params(given, CALENDAR).dated is dated


def test_needed_values_are_named() -> None:
    assert Params({"a": "{symbol}-{expiry}", "b": "{today}"}, CALENDAR).names == {
        "symbol",
        "expiry",
    }


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="symbol"):
        sent({"a": "{symbol}"})


def test_the_tutorial_named_half_of_the_words_and_what_is_never_sent() -> None:
    tutorial = (Path(__file__).parents[2] / "docs/adding-a-feed.md").read_text()
    table = tutorial.split("## Parameters that move")[1].split("## ")[0]
    told = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", table, re.MULTILINE))
    words = {"today", "last_trading_day", "last_n_days:5", "next_n_days:5"}
    assert {word for word in told if is_date_word(word)} == words
    assert told[MARKET_HOURS].startswith("nothing that is sent")
