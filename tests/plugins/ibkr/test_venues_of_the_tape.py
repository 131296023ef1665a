"""Toxicity has real venues: the shipped config scores what the handler writes, and how much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.analytics.toxic_flow import Toxicity
from plugins.analytics.trade_patterns import TradePatterns
from quanticity.config.loader import load
from quanticity.testing import Harness
from tests.plugins.ibkr.rig import TEN, Desk, on_virtual_clock

CONFIG = Path(__file__).parents[3] / "config"
PRINTS: dict[str, list[Any]] = {}


@on_virtual_clock()
async def _printed(desk: Desk) -> None:
    await desk.settled()
    await desk.clock.sleep(120)
    for symbol in ("SPY", "AAPL"):
        PRINTS[symbol] = await desk.events(f"market:{symbol}:trades")


@pytest.fixture(scope="module")
def prints() -> dict[str, list[Any]]:
    _printed()
    return PRINTS


@pytest.mark.parametrize("symbol", ["SPY", "AAPL"])
def test_most_of_the_tape_has_a_venue_that_the_config_scores(symbol, prints):
    params = load(CONFIG, "demo", {}).sections["toxic_flow"]
    harness = Harness(Toxicity, values={"symbol": symbol}, params=params, start=TEN + 126)
    harness.give("trades", *prints[symbol])
    harness.run()
    venues = harness.value("venues")
    assert venues["reason"] is None
    assert venues["known"] > 0.95, venues["unknown"]
    assert len(venues["shares"]) > 5
    assert 0 < venues["score"] < 1
    toxicity = harness.value("toxicity")["parts"]["venues"]
    assert toxicity["value"] == venues["score"]
    assert harness.events("alerts") == ()


def test_sweeps_are_known_where_prints_carry_conditions(prints):
    harness = Harness(TradePatterns, values={"symbol": "SPY"}, start=TEN + 126)
    harness.give("trades", *prints["SPY"])
    harness.run()
    patterns = harness.value("patterns")
    assert patterns["absent"] == []
    assert patterns["counts"]["odd_lots"] > 0
    assert patterns["sweep_volume"] is not None
