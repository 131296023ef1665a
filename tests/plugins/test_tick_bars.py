"""Bars of prints as they come in, late ones and bad ones too."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.tick_bars import TickBars
from quanticity.runtime.encode import encode_state
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.markets import tapes
from quanticity.views import Tape
from tests.plugins.running import run
from tests.views.making import stored_as

SPY = {"symbol": "SPY"}


def printed(at: float, price: float, size: float = 100) -> dict[str, Any]:
    return {"time": MONDAY + at, "price": price, "size": size}


def bench(*prints: dict[str, Any]) -> Harness:
    harness = Harness(TickBars, values=SPY)
    harness.give("trades", *prints)
    harness.advance(10)
    return harness


def test_by_hand():
    harness = bench(printed(-10, 10), printed(-8, 12), printed(-6, 11), printed(-1, 9, 300))
    told = harness.value("bars")
    assert told["count"] == 2
    assert told["data"][0] == {
        "time": MONDAY - 10,
        "open": 10,
        "high": 12,
        "low": 10,
        "close": 11,
        "volume": 300,
        "vwap": 11,
        "trades": 3,
    }
    assert (told["data"][1]["close"], told["data"][1]["volume"]) == (9, 300)
    assert told["reason"] is None


def test_a_bar_is_told_when_it_is_over():
    harness = bench(printed(-1, 10))
    harness.give("trades", printed(9, 11))
    at = harness.next_at
    harness.advance(at - harness.now)
    told = harness.value("bars")
    # The span of its second print goes on until ten seconds after the start.
    assert told["forming"] is None or told["forming"]["close"] == 11
    harness.give("trades", printed(harness.now - MONDAY, 12))
    harness.run()
    harness.advance(5)
    assert harness.value("bars")["data"][-1]["close"] == 12


def test_long_bars_are_those_of_all_prints():
    harness = Harness(TickBars, values=SPY)
    for second in range(0, 1900, 5):
        harness.give("trades", printed(second, 100 + second / 100, 10))
        harness.advance(5)
    for name, seconds, count in (("minute", 60, 31), ("five", 300, 6), ("fifteen", 900, 2)):
        told = harness.value(name)
        assert (told["seconds"], told["count"]) == (seconds, count)
        assert told["data"][0]["open"] == 100
        assert told["data"][0]["close"] == pytest.approx(100 + (seconds - 5) / 100)
        assert told["data"][0]["volume"] == seconds * 2
    assert harness.value("bars")["count"] == 100
    assert len([ran for ran in harness.runs if "minute" in ran.outputs]) <= 33


def test_a_print_that_comes_late_lies_where_it_belongs():
    harness = bench(printed(-10, 10), printed(-1, 9))
    harness.give("trades", printed(-7, 15))
    harness.advance(5)
    rows = harness.value("bars")["data"]
    assert [row["time"] - MONDAY for row in rows] == [-10, -5]
    assert (rows[0]["high"], rows[0]["close"]) == (15, 15)


def test_it_goes_on_after_a_restart():
    harness = bench(printed(-10, 10))
    harness.restart()
    harness.give("trades", printed(9, 12))
    harness.advance(10)
    assert [row["close"] for row in harness.value("bars")["data"]] == [10, 12]


def test_a_stock_that_halts_keeps_its_bars_and_gets_no_new_ones():
    harness = bench(printed(-10, 10))
    before = harness.value("bars")["data"]
    harness.advance(600)
    assert harness.value("bars")["data"] == before
    assert harness.value("bars")["newest_print"] == MONDAY - 10


def test_without_prints_it_says_so():
    harness = bench()
    assert harness.value("bars")["data"] == []
    assert harness.value("bars")["reason"] == "no print yet"


def test_prints_of_tomorrow_without_time_or_of_absurd_size_are_left_out():
    harness = bench(printed(-10, 10), printed(86_400, 11), {"price": 5, "size": 5})
    harness.give("trades", printed(1, 1e300), printed(1, 0), printed(1, 5, 1e200))
    harness.advance(5)
    told = harness.value("bars")
    assert (told["count"], told["left_out"]) == (1, 5)


def test_after_the_clock_went_back_yesterdays_prints_are_forgotten():
    harness = bench(printed(5, 10))
    views = {"trades": Tape.of_events([stored_as(printed(-3605, 20))])}
    state = encode_state(harness.state)
    told, _ = run(TickBars, views, MONDAY - 3600, state=state, symbol="SPY")
    assert [row["close"] for row in told["market:SPY:bars"]["data"]] == [20]


@settings(max_examples=30)
@given(st.lists(tapes(MONDAY), max_size=4))
def test_bars_of_any_tape_hold_together(batches: list[Any]):
    harness = Harness(TickBars, values=SPY)
    for batch in batches:
        harness.give("trades", *batch)
        harness.advance(5)
    harness.advance(60)
    for name in ("bars", "minute", "five"):
        rows = harness.value(name)["data"]
        assert [row["time"] for row in rows] == sorted({row["time"] for row in rows})
        for row in rows:
            assert row["low"] <= min(row["open"], row["close"])
            assert row["high"] >= max(row["open"], row["close"])
            assert row["low"] * (1 - 1e-9) <= row["vwap"] <= row["high"] * (1 + 1e-9)


def test_it_keeps_the_contract():
    contract_suite(TickBars, values=SPY)
