"""The market's regime is its benchmark's; the others agree or do not."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.market_regime import MarketRegime, MarketRegimeParams
from quanticity.testing import contract_suite
from quanticity.views import Value
from tests.plugins.running import run
from tests.views.making import NOW, view_of

SYMBOLS = ("SPX", "SPY", "NVDA", "TSLA")
PARAMS = MarketRegimeParams(symbols=SYMBOLS, benchmarks=("SPY", "SPX"))


def one(state: str | None, confidence: float | None = 0.8) -> dict[str, Any]:
    reason = None if state else "no bars"
    return {"state": state, "confidence": confidence, "label": "HIGH", "direction": None,
            "reason": reason}  # fmt: skip


def market(**regimes: Any) -> dict[str, Any]:
    views = dict.fromkeys(SYMBOLS) | {name: view_of(Value, body) for name, body in regimes.items()}
    inputs = {"regimes": views, "benchmark": {name: views[name] for name in PARAMS.benchmarks}}
    outputs, _ = run(MarketRegime, inputs, NOW, params=PARAMS)
    found: dict[str, Any] = outputs["analytics:regime"]
    return found


def test_it_is_the_benchmarks():
    found = market(SPY=one("trend"), NVDA=one("volatile"), TSLA=one("volatile"))
    assert (found["state"], found["confidence"], found["label"]) == ("trend", 0.8, "HIGH")
    assert found["of"] == "SPY"
    assert found["agreement"] == pytest.approx(1 / 3)
    assert found["states"] == {"trend": 1, "volatile": 2}
    assert found["missing"] == ["SPX"]


def test_the_next_benchmark_stands_in_for_one_without_a_state():
    found = market(SPY=one(None, None), SPX=one("range"))
    assert found["of"] == "SPX"
    assert found["symbols"]["SPY"]["reason"] == "no bars"
    assert found["agreement"] == 1


def test_without_a_benchmark_there_is_none():
    found = market(NVDA=one("trend"))
    assert found["state"] is found["agreement"] is found["confidence"] is None
    assert found["reason"] == "no regime of SPY, SPX"
    assert market(SPY=7)["state"] is None


def test_it_keeps_the_contract():
    given = {"regimes": {symbol: one("trend") for symbol in SYMBOLS},
             "benchmark": {"SPY": one("trend"), "SPX": one("range")}}  # fmt: skip
    contract_suite(MarketRegime, params=PARAMS, given=given)
