"""Odd lots, sweeps, blocks and large prints: by hand, and of tapes that do not tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.trade_patterns import TradePatterns
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.markets import tapes

SPY = {"symbol": "SPY"}


def printed(at: float, size: float, price: float = 100.02, **more: Any) -> dict[str, Any]:
    quote = {"bid": 100.0, "ask": 100.02, "conditions": ["@"], "venue": "XNAS"}
    return {"time": MONDAY + at, "price": price, "size": size} | quote | more


def bench(*prints: dict[str, Any], **params: Any) -> Harness:
    harness = Harness(TradePatterns, values=SPY, params=params)
    harness.give("trades", *prints)
    harness.run()
    return harness


def test_by_hand():
    harness = bench(
        printed(-9, 60),
        printed(-8, 100, conditions=["@", "F"]),
        printed(-7, 40, price=100.0, conditions=["intermarket_sweep", "I"]),
        printed(-6, 10_000),
    )
    told = harness.value("patterns")
    assert (told["prints"], told["shares"]) == (4, 10_200)
    assert told["counts"] == {"odd_lots": 2, "sweeps": 2, "blocks": 1}
    assert told["odd_lot_prints"] == 0.5
    assert told["odd_lot_volume"] == pytest.approx(100 / 10_200)
    assert told["sweep_volume"] == pytest.approx(140 / 10_200)
    assert told["block_volume"] == pytest.approx(10_000 / 10_200)
    score = 0.5 * 140 / 10_200 + 0.3 * 0.5 + 0.2 * 10_000 / 10_200
    assert told["score"] == pytest.approx(score)
    sweep = harness.value("sweep")
    assert (sweep["count"], sweep["shares"], sweep["net_shares"]) == (2, 140, 60)
    assert sweep["last"]["side"] == "sell"
    assert sweep["active"] is False


def test_sixty_shares_at_500_dollars_are_no_odd_lot():
    quote = {"bid": 499.9, "ask": 500.1}
    told = bench(printed(-1, 60, 500.0, **quote), printed(-1, 39, 500.0, **quote)).value("patterns")
    assert told["counts"]["odd_lots"] == 1


def test_prints_that_only_come_together_are_no_sweep():
    together = [printed(-1, 500, venue=venue) for venue in ("XNAS", "ARCX", "BATS", "EDGX")]
    assert bench(*together).value("sweep")["count"] == 0


def test_three_sweeps_in_a_minute_are_an_alarm():
    sweeps = [printed(-at, 100, conditions=["F"]) for at in range(3)]
    harness = bench(*sweeps)
    assert harness.value("sweep")["active"] is True
    harness.advance(120)
    harness.give("trades", printed(120, 100))
    harness.advance(1)
    assert harness.value("sweep")["active"] is False


def test_a_tape_without_conditions_does_not_know_its_sweeps():
    told = bench(*[printed(-at, 100, conditions=[]) for at in range(40)])
    sweep, patterns = told.value("sweep"), told.value("patterns")
    assert sweep["count"] is None
    assert sweep["active"] is None
    assert sweep["reason"] == "no print of the window carries a condition"
    assert patterns["sweep_volume"] is None
    assert patterns["absent"] == ["sweeps"]
    # Re-weighted: nothing is an odd lot or a block.
    assert patterns["score"] == 0


def test_large_prints_of_the_day():
    harness = bench(printed(-3, 20_000), printed(-2, 10_000, 100.0), printed(-1, 50), large_usd=1e6)
    large = harness.value("large")
    assert large["count"] == 2
    assert large["bought_usd"] == pytest.approx(2_000_400)
    assert large["net_usd"] == pytest.approx(1_000_400)
    assert large["lean"] == pytest.approx(1_000_400 / 3_000_400)
    assert [one["side"] for one in large["prints"]] == ["buy", "sell"]
    harness.restart()
    harness.give("trades", printed(0, 20_000))
    harness.advance(5)
    assert harness.value("large")["count"] == 3
    harness.advance(86_400)
    harness.give("trades", printed(86_405, 50))
    harness.advance(5)
    assert harness.value("large")["count"] == 0
    assert harness.value("large")["lean"] is None
    assert harness.value("large")["reason"] == "no large print yet"


def test_what_is_older_than_the_window_does_not_count():
    harness = bench(printed(-200, 50), printed(-1, 100))
    assert harness.value("patterns")["prints"] == 2
    harness.advance(150)
    harness.give("trades", printed(150, 100))
    harness.advance(1)
    assert harness.value("patterns")["prints"] == 2


def test_one_print_and_none():
    assert bench(printed(-1, 50)).value("patterns")["score"] == pytest.approx(0.3)
    told = bench(printed(-1, 0), {"price": "x"})
    assert told.value("patterns")["score"] is None
    assert told.value("patterns")["reason"] == "no print in the last 300 s"
    assert told.value("large")["count"] is None
    assert told.value("large")["reason"] == "no print yet today"


@settings(max_examples=40)
@given(st.lists(tapes(MONDAY), max_size=4))
def test_parts_are_between_0_and_1_whatever_the_tape(batches: list[Any]):
    harness = bench(printed(-1, 100))
    for batch in batches:
        harness.give("trades", *batch)
        harness.advance(5)
    told = harness.value("patterns")
    for name in ("score", "odd_lot_prints", "odd_lot_volume", "sweep_volume", "block_volume"):
        assert told[name] is None or 0 <= told[name] <= 1 + 1e-12


def test_it_keeps_the_contract():
    contract_suite(TradePatterns, values=SPY)
