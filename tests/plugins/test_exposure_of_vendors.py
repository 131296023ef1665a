"""Exposure of what each vendor's simulator sends, and that they tell the same story."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from plugins.analytics.exposure import DelayedExposure, Exposure
from quanticity.views import Chain
from tests.plugins.running import run
from tests.sim.vendors.asking import TEN_OCLOCK, get
from tests.views.making import view_of

UW = "https://api.unusualwhales.com/api/stock/{}/option-chains"
AV = "https://www.alphavantage.co/query"
CBOE = "https://cdn.cboe.com/api/global/delayed_quotes/options/{}.json"


@cache
def chain(vendor: str, symbol: str) -> Chain:
    query: dict[str, str]
    if vendor == "unusual_whales":
        url, query = UW.format(symbol), {"greeks": "true"}
    elif vendor == "alpha_vantage":
        url, query = AV, {"function": "REALTIME_OPTIONS", "symbol": symbol, "apikey": "k"}
        query["require_greeks"] = "true"
    else:
        url, query = CBOE.format({"SPX": "_SPX"}.get(symbol, symbol)), {}
    answer = get(url, query, {"Authorization": "Bearer t"})
    assert answer.status == 200, answer.body[:200]
    return view_of(Chain, answer.body, TEN_OCLOCK)


def exposure(vendor: str, symbol: str) -> dict[str, Any]:
    kind = DelayedExposure if vendor in DelayedExposure.reads else Exposure
    views = dict.fromkeys(kind.reads) | {vendor: chain(vendor, symbol)}
    outputs, _ = run(kind, views, TEN_OCLOCK, symbol=symbol)
    return {key.removesuffix(":delayed"): value for key, value in outputs.items()}


@pytest.mark.parametrize("symbol", ["SPY", "SPX"])
@pytest.mark.parametrize("vendor", ["alpha_vantage", "unusual_whales", "cboe"])
def test_every_figure_is_there(vendor: str, symbol: str):
    one = chain(vendor, symbol)
    assert len(one) == one.given > 200
    assert set(one.bad) <= {"quote crossed"}
    outputs = exposure(vendor, symbol)
    assert {name: found["reason"] for name, found in outputs.items()} == dict.fromkeys(outputs)
    flip = outputs[f"analytics:gamma_flip:{symbol}"]
    assert flip["spot"] * 0.5 < flip["flip"] < flip["spot"] * 2


def test_a_price_implied_by_quotes_is_near_the_one_that_is_told():
    told = chain("cboe", "SPY").spot
    assert told is not None
    implied = exposure("unusual_whales", "SPY")["options:SPY:gex"]["spot"]
    # A quarter of an hour lies between the two.
    assert implied == pytest.approx(told, rel=0.005)


def test_an_index_expires_in_the_morning_and_in_the_evening():
    one = chain("cboe", "SPX")
    roots = {symbol[:-15] for symbol in one.symbols}
    assert roots == {"SPX", "SPXW"}
    assert len(np.unique(one.expires % 86_400)) >= 2


@pytest.mark.parametrize("vendor", ["alpha_vantage", "unusual_whales", "cboe"])
def test_the_indexs_options_of_today_had_expired_in_the_morning(vendor: str):
    """Their names had the root of the monthlies, so that no weekly lived through its last day."""
    one = chain(vendor, "SPX")
    today = one.expiry == one.expiry.min()
    assert {symbol[:-15] for symbol, here in zip(one.symbols, today, strict=True) if here} == {
        "SPXW"
    }
    assert one.alive(TEN_OCLOCK)[today].all()
