"""On which simulated day a strategy that ships wants something, and on which it must not."""

from __future__ import annotations

from typing import Any

import orjson

from plugins.analytics.book_quality import BookQuality
from plugins.analytics.exposure import Exposure
from plugins.strategies.gamma_scalp_0dte import GammaScalp0Dte
from quanticity.testing import Harness
from tests.plugins.fetched import fetched
from tests.sim.market.markets import sure, world
from tests.sim.vendors.asking import eastern

DAY, SYMBOL = "2026-11-25", "SPY"


def outputs(component: Any, at: float, **given: Any) -> Harness:
    harness = Harness(component, values={"symbol": SYMBOL}, start=at)
    for name, value in given.items():
        harness.give(name, orjson.dumps(value))
    harness.run()
    return harness


def decided(scenario: str, clock: str) -> Harness:
    """What it decides of the day's own chain and book at a moment."""
    at = eastern(f"{DAY} {clock}")
    asked = {"chain": ("REALTIME_OPTIONS", {"symbol": SYMBOL, "require_greeks": "true"})}
    chain = fetched(asked, at, scenario)["chain"]
    book = sure(world(scenario).books.book(SYMBOL, at))
    sides = {"bids": book.bids, "asks": book.asks}
    shown = {
        name: [[level.price, level.size, str(level.venue)] for level in levels]
        for name, levels in sides.items()
    }
    gamma = outputs(Exposure, at, alpha_vantage=chain)
    quality = outputs(BookQuality, at, book={"symbol": SYMBOL, "time": at, **shown})
    return outputs(
        GammaScalp0Dte,
        at,
        gex=gamma.value("gex"),
        walls=gamma.value("walls"),
        liquidity=quality.value("liquidity"),
        imbalance=quality.value("imbalance"),
        alpha_vantage=chain,
    )


def test_gamma_is_scalped_on_a_day_that_is_pinned():
    """Dealers are long gamma at the strike that holds, and the price is above it: a put."""
    (signal,) = decided("pin", "15:00").events("pending")
    assert signal["direction"] == "put"
    assert signal["instrument"]["expiry"] == DAY


def test_nothing_is_wanted_while_all_falls():
    for clock in ("11:10", "12:20", "14:10"):
        harness = decided("crash", clock)
        assert harness.events("pending") == ()
        (passed,) = harness.events("log")
        assert "near_peak_gamma" in passed["reason"]
