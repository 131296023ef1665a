"""Indicators of minutes: own, a vendor's, both; and the vendor's own where there are too few."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.analytics.technicals import Technicals
from quanticity.quant import indicators
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

SPY = {"symbol": "SPY"}
CLOSES = 100 + np.cumsum(np.random.default_rng(3).normal(0, 0.2, 120))


def bars(first: int, last: int, closes: Any = CLOSES) -> dict[str, Any]:
    """Minutes from `first` to `last` before the start; the walk ends at the start."""
    rows = []
    for ago in range(first, last - 1, -1):
        close = float(closes[len(closes) - ago])
        row = {"time": MONDAY - 60 * ago, "open": close, "high": close + 0.1, "low": close - 0.1}
        rows.append(row | {"close": close, "volume": 5})
    return {"rows": rows}


def bench(**given: Any) -> Harness:
    harness = Harness(Technicals, values=SPY)
    for name, body in given.items():
        harness.give(name, body)
    harness.advance(20)
    return harness


def test_of_a_vendors_minutes():
    harness = bench(alpha_vantage=bars(100, 1))
    last = CLOSES[-100:]
    rsi = harness.value("rsi")
    assert rsi["rsi"] == pytest.approx(indicators.rsi(last))
    assert (rsi["bars"], rsi["source"], rsi["method"]) == (100, "Alpha Vantage's minutes", "TA-Lib")
    macd = harness.value("macd")
    assert macd["line"] - macd["signal"] == pytest.approx(macd["histogram"])
    bands = harness.value("bbands")
    assert bands["lower"] < bands["middle"] < bands["upper"]
    atr = harness.value("atr")
    assert atr["atr"] == pytest.approx(indicators.atr(last + 0.1, last - 0.1, last))
    assert atr["bars_5min"] == 20
    assert atr["atr_5min"] > atr["atr"]
    assert {harness.value(name)["reason"] for name in ("rsi", "macd", "bbands", "atr")} == {None}


def test_own_minutes_count_and_a_vendors_are_the_past():
    harness = bench(alpha_vantage=bars(100, 1, CLOSES + 1), own=bars(30, 1))
    both = np.concatenate([CLOSES[-100:-30] + 1, CLOSES[-30:]])
    assert harness.value("rsi")["rsi"] == pytest.approx(indicators.rsi(both))
    said = "own prints since 09:30, Alpha Vantage's minutes before"
    assert harness.value("rsi")["source"] == said


def test_own_minutes_alone_are_enough_where_there_are_enough():
    harness = bench(own=bars(30, 1))
    assert harness.value("rsi")["source"] == "own prints"
    assert harness.value("bbands")["middle"] == pytest.approx(CLOSES[-20:].mean())
    macd = harness.value("macd")
    assert macd["line"] is None
    assert macd["reason"] == "30 minutes are too few"
    atr = harness.value("atr")
    assert atr["atr"] is not None
    assert atr["atr_5min"] is None
    assert atr["reason"] == "too few bars, or a price that did not move, for atr_5min"


def test_unusual_whales_minutes_where_alpha_vantage_has_none():
    rows = [
        {
            "start_time": row["time"] * 1000,
            **{name: str(row[name]) for name in ("open", "high", "low", "close", "volume")},
        }
        for row in bars(60, 1)["rows"]
    ]
    harness = bench(unusual_whales={"data": rows[::-1]}, alpha_vantage=bars(100, 90))
    assert harness.value("rsi")["source"] == "Unusual Whales' minutes"
    assert harness.value("rsi")["rsi"] == pytest.approx(indicators.rsi(CLOSES[-60:]))


def test_the_brokers_minutes_where_no_vendor_reaches_so_far():
    """Without them there were no indicators until a vendor had its turn."""
    broker = {"symbol": "SPY", "seconds": 60, "data": bars(60, 1)["rows"]}
    harness = bench(broker=broker)
    assert harness.value("rsi")["source"] == "the broker's minutes"
    assert harness.value("rsi")["rsi"] == pytest.approx(indicators.rsi(CLOSES[-60:]))


def test_a_minute_that_is_not_over_does_not_count():
    body = bars(100, 1)
    body["rows"].append({"time": MONDAY, "open": 1, "high": 900, "low": 1, "close": 900})
    assert bench(alpha_vantage=body).value("rsi")["bars"] == 100


def test_where_there_are_too_few_the_vendors_own_indicator_stands_in():
    rows = [{"time": MONDAY - 120, "rsi": 40}, {"time": MONDAY - 60, "rsi": "61.5"}]
    macd = {"time": MONDAY - 60, "macd": 1, "macd_signal": 0.4, "macd_hist": 0.6}
    harness = bench(own=bars(5, 1), rsi={"rows": rows}, macd={"rows": [macd]})
    told = harness.value("rsi")
    assert (told["rsi"], told["reason"]) == (61.5, None)
    assert told["source"] == "Alpha Vantage's own indicator"
    assert harness.value("macd")["histogram"] == 0.6
    assert harness.value("atr")["atr"] is None
    assert harness.value("atr")["reason"] == "5 minutes are too few"


def test_the_vendors_figure_stands_beside_ours():
    harness = bench(alpha_vantage=bars(100, 1), rsi={"rows": [{"time": MONDAY, "rsi": 50}]})
    assert harness.value("rsi")["alpha_vantage"] == {"rsi": 50, "time": MONDAY}
    assert harness.value("rsi")["alpha_vantage_reason"] is None
    assert harness.value("rsi")["rsi"] != 50
    assert harness.value("macd")["alpha_vantage"] is None
    assert "no fresh indicator" in harness.value("macd")["alpha_vantage_reason"]


def test_a_price_that_stands_still():
    flat = np.full(120, 50.0)
    harness = bench(alpha_vantage=bars(100, 1, flat))
    assert harness.value("rsi")["rsi"] == 50
    assert harness.value("macd")["line"] == pytest.approx(0)
    assert harness.value("bbands")["percent"] is None
    assert "did not move" in harness.value("bbands")["reason"]


def test_nothing_is_null_with_its_reason():
    harness = bench(alpha_vantage={"rows": []})
    for name, figure in (("rsi", "rsi"), ("macd", "line"), ("bbands", "upper"), ("atr", "atr")):
        assert harness.value(name)[figure] is None
        assert harness.value(name)["reason"] == "no minutes"


def test_it_keeps_the_contract():
    given = {
        "rsi": {"rows": [{"time": MONDAY, "rsi": 50}]},
        "macd": {"rows": [{"time": MONDAY, "macd": 1, "macd_signal": 2, "macd_hist": 3}]},
        "bbands": {
            "rows": [
                {
                    "time": MONDAY,
                    "real_upper_band": 3,
                    "real_middle_band": 2,
                    "real_lower_band": 1,
                }
            ]
        },
        "atr": {"rows": [{"time": MONDAY, "atr": 1}]},
        "alpha_vantage": bars(6, 1),
        "unusual_whales": bars(6, 1),
        "own": bars(3, 1),
    }
    contract_suite(Technicals, values=SPY, given=given)
