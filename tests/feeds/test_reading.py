"""Values of several shapes, handed on in one, and those that do not count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ibkr.quotes import Quote
from quanticity.config.loader import load
from quanticity.config.schema.root import Aggregate, Reading
from quanticity.feeds.reading import Readings

CONFIG = Path(__file__).parents[2] / "config"
BARS, BROKER = "alpha_vantage.intraday", "ibkr.quote"
CANDLES = {
    "symbol": "SPY",
    "series": "Time Series (1min)",
    "rows": [
        {"time": 1_767_798_000.0, "close": 668.5},
        {"time": 1_767_798_060.0, "close": 668.75},
    ],
}


@pytest.fixture(scope="module")
def shipped() -> Readings:
    return Readings(load(CONFIG, "demo", {}).root.aggregates["quotes"])


def broker(**told: Any) -> dict[str, Any]:
    quote = Quote()
    for tick, price in ((1, 668.74), (2, 668.76), (4, 668.75)):
        quote.price(1_767_798_061.5, tick, price, 100)
    return quote.as_row("SPY") | {"state": quote.data_type} | told


def test_both_sources_of_quotes_are_read_alike(shipped: Readings) -> None:
    candle = shipped.shaped(BARS, CANDLES, {"symbol": "SPY"})
    assert candle == {
        "symbol": "SPY",
        "source": BARS,
        "time": 1_767_798_060.0,
        "price": 668.75,
        "bid": None,
        "ask": None,
        "reason": f"{BARS} has no bid, no ask",
    }
    quote = shipped.shaped(BROKER, broker(), {"symbol": "SPY"})
    assert quote == {
        "symbol": "SPY",
        "source": BROKER,
        "time": 1_767_798_061.5,
        "price": 668.75,
        "bid": 668.74,
        "ask": 668.76,
        "reason": None,
    }
    assert list(candle) == list(quote)
    assert (shipped.lacks(BARS, CANDLES, 75), shipped.lacks(BROKER, broker(), 1)) == ("", "")


@pytest.mark.parametrize(
    ("source", "data", "why"),
    [
        (BROKER, broker(state="lost"), "state is lost"),
        (BROKER, broker(state="delayed"), "state is delayed"),
        (BROKER, broker(last=None), "no price"),
        (BARS, CANDLES | {"rows": []}, "no price"),
        (BARS, CANDLES | {"series": "Time Series (1min) - DATA DELAYED BY 15 MINUTES"}, "series"),
        (BARS, [], "no series"),
    ],
)
def test_what_is_old_or_has_no_price_is_no_quote(
    shipped: Readings, source: str, data: Any, why: str
) -> None:
    assert shipped.lacks(source, data, 1).startswith(why)


def test_candles_of_a_slow_cadence_are_too_old_for_a_quote(shipped: Readings) -> None:
    assert shipped.lacks(BARS, CANDLES, 300) == "300 s old"


def test_true_is_not_one() -> None:
    spec = Aggregate(
        method="failover",
        sources=("a.x", "b.x"),
        redis_key="k",
        reads={"a.x": Reading(only={"open": True}), "b.x": Reading(only={"open": 1})},
    )
    readings = Readings(spec)
    assert readings.lacks("a.x", {"open": True}, 1) == ""
    assert readings.lacks("a.x", {"open": 1}, 1) == "open is 1"
    assert readings.lacks("b.x", {"open": 1.0}, 1) == ""
    assert readings.lacks("b.x", {"open": True}, 1) == "open is True"


def test_without_fields_a_value_goes_on_as_it_came() -> None:
    readings = Readings(Aggregate(method="failover", sources=("a.x", "b.x"), redis_key="k"))
    assert readings.shaped("a.x", CANDLES, {}) is CANDLES


names = st.sampled_from(["bid", "ask", "last", "time", "rows", "0"])
bodies = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
paths = st.lists(names | st.just("-1"), min_size=1, max_size=3).map(".".join)
fields = st.dictionaries(st.sampled_from(["price", "bid", "size"]), paths, min_size=1)


@given(first=fields, second=fields, body=bodies, needs=st.lists(st.sampled_from(["price", "bid"])))
def test_whatever_comes_has_all_fields_and_says_which_are_null(
    first: dict[str, str], second: dict[str, str], body: Any, needs: list[str]
) -> None:
    spec = Aggregate(
        method="failover",
        sources=("a.x", "b.x"),
        redis_key="q:{symbol}",
        needs=tuple(needs),
        reads={"a.x": Reading(fields=first), "b.x": Reading(fields=second)},
    )
    readings = Readings(spec)
    found = [readings.shaped(name, body, {"symbol": "SPY"}) for name in spec.sources]
    assert list(found[0]) == list(found[1])
    for value, source, own in zip(found, spec.sources, (first, second), strict=True):
        shown = {name: value[name] for name in {**first, **second}}
        null = [name for name in shown if shown[name] is None]
        assert value["source"] == source
        assert set(shown) - set(own) <= set(null), "nothing is made up"
        assert (value["reason"] or "").count("no ") == len(null)
        lacks = readings.lacks(source, body, 1e9)
        assert bool(lacks) is any(shown.get(name) is None for name in needs), lacks
