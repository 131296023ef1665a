"""VPIN of a tape, of minutes, and of what is neither."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.vpin import Vpin
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.markets import tapes

SPY = {"symbol": "SPY"}


def buy(at: float, size: float = 100, **more: Any) -> dict[str, Any]:
    return {"time": MONDAY + at, "price": 10.02, "size": size, "bid": 10, "ask": 10.02} | more


def sell(at: float, size: float = 100) -> dict[str, Any]:
    return buy(at, size, price=10.0)


def bench(*prints: dict[str, Any], **params: Any) -> Harness:
    harness = Harness(Vpin, values=SPY, params={"fallback": 100, "least": 1} | params)
    if prints:
        harness.give("trades", *prints)
    harness.advance(5)
    return harness


def test_by_hand():
    # Buckets of 100: all bought; 60 bought and 40 sold; all sold; 50 of the next.
    harness = bench(buy(-9), buy(-8, 60), sell(-7, 40), sell(-6), buy(-5, 50))
    told = harness.value("vpin")
    assert told["vpin"] == pytest.approx((1 + 0.2 + 1) / 3)
    assert (told["buckets"], told["confident"], told["quoted"]) == (3, False, 1)
    assert told["method"].startswith("Lee-Ready")
    assert "descriptive" in told["convention"]
    assert told["reason"] is None


def test_a_tape_in_pieces_is_the_same_as_the_whole():
    prints = [buy(at, 70) if at % 3 else sell(at, 90) for at in range(40)]
    whole = bench(*prints).value("vpin")["vpin"]
    harness = bench(*prints[:11])
    harness.give("trades", *prints[11:25])
    harness.advance(5)
    harness.restart()
    harness.give("trades", *prints[25:])
    harness.advance(5)
    assert harness.value("vpin")["vpin"] == pytest.approx(whole, rel=1e-12)


def test_one_print_is_no_vpin():
    told = bench(buy(-1), least=10).value("vpin")
    assert told["vpin"] is None
    assert told["reason"] == "1 of at least 10 buckets are full"


def test_confident_beyond_thirty_buckets():
    assert bench(*[buy(at / 10) for at in range(30)]).value("vpin")["confident"] is False
    told = bench(*[buy(at / 10) for at in range(31)]).value("vpin")
    assert (told["confident"], told["vpin"], told["level"]) == (True, 1.0, "spike")


def test_above_the_spike_there_is_an_alert_once_and_when_it_is_over():
    harness = bench(*[buy(at / 10) for at in range(40)])
    harness.give("trades", *[buy(5 + at / 10) for at in range(10)])
    harness.advance(10)
    balanced = [(buy if at % 2 else sell)(15 + at / 10, 50) for at in range(60)]
    harness.give("trades", *balanced)
    harness.advance(10)
    told = [(one["kind"], one["message"]) for one in harness.events("alerts")]
    assert [kind for kind, _ in told] == ["anomaly", "recovered"]
    assert told[0][1] == "SPY: VPIN 1.00, limit 0.89"


@pytest.mark.parametrize(("up", "level"), [(95, "spike"), (88, "toxic"), (80, "normal")])
def test_levels(up: int, level: str):
    prints = [one for _ in range(10) for one in (buy(0, up), sell(0, 100 - up))]
    assert bench(*prints).value("vpin")["level"] == level


def test_prints_without_quotes_are_signed_by_ticks():
    prints = [{"time": MONDAY, "price": 10 + at % 2, "size": 100} for at in range(5)]
    told = bench(*prints).value("vpin")
    assert told["method"].startswith("tick test")
    # Nothing tells whose the first was.
    assert told["vpin"] == pytest.approx(4 / 5)


def test_stamps_of_whole_seconds_are_enough():
    """No broker stamps stocks' ticks by the microsecond, nor options' at all (X26)."""
    exact = [buy(at / 10, 70) if at % 3 else sell(at / 10, 90) for at in range(40)]
    whole = [one | {"time": one["time"] // 1} for one in exact]
    assert bench(*whole).value("vpin") | {"newest": 0} == bench(*exact).value("vpin") | {
        "newest": 0
    }


def test_the_size_of_a_bucket_and_where_it_is_from():
    assert bench(buy(0)).value("vpin")["bucket_from"].startswith("fallback")
    told = bench(buy(0), daily_volume={"SPY": 10_000}).value("vpin")
    assert (told["bucket_shares"], told["bucket_from"][:18]) == (200, "usual daily volume")
    harness = Harness(Vpin, values=SPY, params={"daily_volume": {"SPY": 10_000}})
    harness.give("discovery", {"bucket_size": 20})
    harness.give("trades", buy(0))
    harness.advance(5)
    told = harness.value("vpin")
    assert (told["bucket_shares"], told["bucket_from"]) == (50, "discovered")


@pytest.mark.parametrize("given", [{"bucket_size": None}, {"bucket_size": "n/a"}, [], {}, "x"])
def test_a_discovery_that_found_nothing_is_not_used(given: Any):
    harness = Harness(Vpin, values=SPY)
    harness.give("discovery", given)
    harness.give("trades", buy(0))
    harness.advance(5)
    assert harness.value("vpin")["bucket_shares"] == 1000


def test_a_bucket_of_1000_shares_on_spy_would_be_single_prints():
    """Of a stock that trades 60 million shares a day a bucket is a fiftieth of that (X46)."""
    harness = Harness(Vpin, values=SPY, params={"daily_volume": {"SPY": 60e6}})
    harness.give("trades", *[buy(0, 5000) for _ in range(300)])
    harness.advance(5)
    told = harness.value("vpin")
    assert (told["bucket_shares"], told["buckets"]) == (1_200_000, 1)


def test_after_a_whole_session_the_tape_knows_its_own_volume():
    harness = Harness(Vpin, values=SPY, start=MONDAY - 1800)
    for at, size in ((-1790, 4_000), (20_000, 6_000), (84_700, 100)):
        harness.advance(max(0, MONDAY + at - harness.now))
        harness.give("trades", buy(at, size))
        harness.advance(5)
    told = harness.value("vpin")
    assert told["bucket_from"] == "average of 1 whole days of the tape / 50"
    assert told["bucket_shares"] == 10_000 / 50


def test_no_bucket_reaches_over_the_night():
    harness = bench(buy(-1, 60))
    harness.advance(86_400)
    harness.give("trades", sell(86_400, 60))
    harness.advance(5)
    assert harness.value("vpin")["buckets"] == 0


def test_a_symbol_that_halts_has_none_and_says_since_when():
    harness = bench(*[buy(at / 10) for at in range(40)])
    harness.advance(1000)
    told = harness.value("vpin")
    assert told["vpin"] is None
    assert "no print for 9" in told["reason"]
    harness.give("trades", buy(1005))
    harness.advance(5)
    assert harness.value("vpin")["vpin"] == 1.0


def minutes(*rows: tuple[int, float, float]) -> dict[str, Any]:
    return {
        "rows": [
            {
                "time": MONDAY - 60 * ago,
                "open": close,
                "high": close,
                "low": close,
                "close": close,
                "volume": volume,
            }
            for ago, close, volume in rows
        ]
    }


def test_without_a_tape_it_is_by_bulk_classification_of_minutes():
    harness = Harness(Vpin, values=SPY, params={"fallback": 100, "least": 1})
    # Minute 3 is not there; the one that begins now is not over.
    harness.give("minutes", minutes((4, 10, 100), (2, 11, 100), (1, 10.5, 100), (0, 99, 900)))
    harness.advance(5)
    told = harness.value("vpin")
    assert told["method"].startswith("bulk classification")
    # Changes 0, 0 (empty), 1, -.5; sigma of the last three .6236: leans 0, .8912, -.5774.
    assert told["vpin"] == pytest.approx((0 + 0.89119 + 0.57737) / 3, abs=2e-4)
    assert told["buckets"] == 3


def test_minutes_of_before_a_halt_were_a_vpin_of_now():
    harness = Harness(Vpin, values=SPY, params={"fallback": 100, "least": 1})
    harness.give("minutes", minutes((34, 10, 100), (33, 11, 100), (32, 10.5, 100)))
    harness.advance(5)
    told = harness.value("vpin")
    assert (told["vpin"], told["level"]) == (None, None)
    assert "no minute for 1,8" in told["reason"]
    harness.give("minutes", minutes((32, 10, 100), (31, 11, 100), (30, 10.5, 100)))
    harness.advance(30)
    assert harness.value("vpin")["vpin"] is not None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (minutes((2, 6000, 0), (1, 6001, 0)), "its minutes have no volume: an index has none"),
        (minutes(), "its minutes have no volume: an index has none"),
    ],
)
def test_an_index_has_no_volume_and_no_vpin(body: Any, why: str):
    harness = Harness(Vpin, values={"symbol": "SPX"})
    harness.give("minutes", body)
    harness.advance(5)
    assert harness.value("vpin")["vpin"] is None
    assert harness.value("vpin")["reason"] == why


@settings(max_examples=40)
@given(st.lists(tapes(MONDAY), max_size=4))
def test_it_is_between_0_and_1_whatever_the_tape(batches: list[Any]):
    harness = Harness(Vpin, values=SPY, params={"least": 1})
    harness.give("minutes", minutes((1, 5, 0)))
    for batch in batches:
        harness.give("trades", *batch)
        harness.advance(5)
    harness.advance(5)
    found = harness.value("vpin")["vpin"]
    assert found is None or 0 <= found <= 1
    assert (found is None) == (harness.value("vpin")["reason"] is not None)


def test_it_keeps_the_contract():
    discovery = {"bucket_size": 500}
    contract_suite(Vpin, values=SPY, given={"discovery": discovery, "minutes": minutes((1, 5, 9))})
