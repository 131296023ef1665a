"""The imbalance at the close: when there is a prediction, which way, and how sure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.moc_predictor import MocPredictor
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

SPY = {"symbol": "SPY"}
OPEN = MONDAY - 1800
TWO = MONDAY + 4 * 3600


def ticks(minutes: int, bull: float = 80, bear: float = 20, start: float = OPEN, before: int = 270):
    """Running totals: even until 14:00, then `bull` and `bear` contracts a minute."""
    rows, totals = [], [0.0, 0.0]
    for at in range(minutes):
        added = (50, 50) if at < before else (bull, bear)
        totals = [total + more for total, more in zip(totals, added, strict=True)]
        rows.append(
            {
                "time": start + 60 * at,
                "call_volume_ask_side": totals[0] / 2,
                "put_volume_bid_side": totals[0] / 2,
                "call_volume_bid_side": totals[1] / 2,
                "put_volume_ask_side": totals[1] / 2,
            }
        )
    return {"rows": rows}


def greeks(minutes: int, delta: float):
    def iso(at: int) -> str:
        return datetime.fromtimestamp(OPEN + 60 * at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    return {"data": [{"timestamp": iso(at), "dir_delta_flow": str(delta)} for at in range(minutes)]}


def predicted(minutes_after_two: int, *, bull: float = 80, bear: float = 20, **more):
    harness = Harness(MocPredictor, values=SPY, start=TWO + 60 * minutes_after_two)
    for name, body in more.items():
        harness.give(name, body)
    harness.give("ticks", ticks(270 + minutes_after_two, bull, bear))
    harness.run()
    return harness.value("prediction")


def test_before_two_there_is_none():
    found = predicted(-1)
    assert found["direction"] is found["confidence"] is found["size"] is None
    assert found["reason"] == "before 14:00"


def test_after_four_there_is_none():
    assert predicted(120)["reason"] == "after 16:00"


def test_on_a_half_day_it_waited_for_a_time_that_never_came():
    friday = MONDAY - 38 * 86_400
    for hours in (0, 4.5):
        harness = Harness(MocPredictor, values=SPY, start=friday + hours * 3600)
        harness.give("ticks", ticks(30))
        harness.run()
        found = harness.value("prediction")
        assert found["direction"] is None
        assert found["reason"] == "the exchange closes at 13:00 today: no 14:00 to 16:00"


def test_half_an_hour_of_flow_is_needed():
    assert predicted(0)["reason"] == "0 minutes since 14:00, 30 are needed"
    assert predicted(20)["reason"] == "20 minutes since 14:00, 30 are needed"
    assert predicted(30)["reason"] is None


def test_by_hand():
    gex = {"spot": 500.0}
    dark = {"score": 1.0, "share": {"difference": 0.12}, "reason": None}
    strikes = {"late": {"one_sided": 0.65}}
    found = predicted(45, greeks=greeks(315, 1000.0), gex=gex, dark=dark, strikes=strikes)
    assert found["direction"] == "buy"
    assert found["one_sided"] == pytest.approx(0.8)
    assert found["one_sided_premium"] == 0.65
    assert found["flow"]["bullish"] == 45 * 80
    # Nine equal blocks of flow and of delta score 3 each and count as one, beside dark prints.
    assert found["score"] == pytest.approx(4 / 2**0.5)
    assert found["confidence"] == pytest.approx(0.99532, abs=1e-5)
    assert found["size"] == 45_000
    assert found["size_usd"] == 22_500_000
    assert found["agrees"] is True
    assert found["dark_difference"] == 0.12


def test_even_flow_and_none_have_no_direction():
    found = predicted(45, bull=50, bear=50)
    assert found["direction"] is None
    assert found["flow"]["one_sided"] == 0.5
    assert found["reason"] == "both sides are even"
    assert predicted(45, bull=0, bear=0)["reason"] == "nothing traded since 14:00"


def test_without_greek_flow_there_is_a_direction_and_no_size():
    found = predicted(45)
    assert found["direction"] == "buy"
    assert found["size"] is found["size_usd"] is found["agrees"] is None
    assert found["delta"]["reason"] == "no Greek flow that is fresh"


def test_a_size_without_a_price_is_in_shares_only():
    found = predicted(45, greeks=greeks(315, -10.0))
    assert found["size"] == -450
    assert found["size_usd"] is None


def test_flow_and_delta_that_pull_apart_evenly_have_no_direction():
    found = predicted(45, greeks=greeks(315, -10.0))
    assert found["score"] == found["confidence"] == 0
    assert found["direction"] == "none"
    assert found["agrees"] is None


def test_the_flow_before_two_does_not_count():
    found = predicted(45, bull=20, bear=80)
    assert found["direction"] == "sell"
    assert found["flow"]["bearish"] == 45 * 80


def test_a_flip_is_counted_and_dated():
    harness = Harness(MocPredictor, values=SPY, start=TWO + 45 * 60)
    harness.give("ticks", ticks(315))
    harness.run()
    assert harness.value("prediction")["flips"] == 0
    harness.restart()
    harness.advance(60)
    harness.give("ticks", ticks(316, 10, 90))
    harness.run()
    found = harness.value("prediction")
    assert found["direction"] == "sell"
    assert found["flips"] == 1
    assert found["since"] == TWO + 46 * 60


def test_flips_of_yesterday_are_forgotten():
    harness = Harness(MocPredictor, values=SPY, start=TWO + 45 * 60)
    for day, bull in ((0, 80), (1, 20)):
        harness.advance(86_400 * day)
        harness.give("ticks", ticks(315, bull, 100 - bull, OPEN + 86_400 * day))
        harness.run()
    assert harness.value("prediction")["flips"] == 0


def test_a_total_that_falls_adds_nothing():
    body = ticks(315)
    for row in body["rows"][-10:]:
        row.update(call_volume_ask_side=0, put_volume_bid_side=0)
    harness = Harness(MocPredictor, values=SPY, start=TWO + 45 * 60)
    harness.give("ticks", body)
    harness.run()
    assert harness.value("prediction")["flow"]["bullish"] == 35 * 80


@pytest.mark.parametrize("body", [{}, [], {"rows": None}, {"rows": "x"}, {"rows": [1, None, {}]}])
def test_bodies_without_minutes(body):
    harness = Harness(MocPredictor, values=SPY, start=TWO + 45 * 60)
    harness.give("ticks", body)
    harness.run()
    assert harness.value("prediction")["reason"] == "0 minutes since 14:00, 30 are needed"


@pytest.mark.parametrize("bad", [None, "x", "NaN", -5, 1e300])
def test_minutes_that_cannot_be_read_are_left_out(bad):
    body = ticks(315)
    for row in body["rows"][280:290]:
        row["call_volume_ask_side"] = bad
    harness = Harness(MocPredictor, values=SPY, start=TWO + 45 * 60)
    harness.give("ticks", body)
    harness.run()
    # The running totals of the next minute hold what those added.
    assert harness.value("prediction")["flow"]["bullish"] == 45 * 80


@settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(0, 1000), st.floats(-1e6, 1e6))
def test_sides_turned_round_predict_the_opposite(bull, bear, delta):
    one = predicted(45, bull=bull, bear=bear, greeks=greeks(315, delta))
    other = predicted(45, bull=bear, bear=bull, greeks=greeks(315, -delta))
    if one["score"] is None:
        assert other["score"] is None
        return
    assert one["score"] == pytest.approx(-other["score"], abs=1e-9)
    assert one["confidence"] == pytest.approx(other["confidence"], abs=1e-9)
    assert 0 <= one["confidence"] <= 1
    assert one["one_sided"] == other["one_sided"]


def test_it_keeps_the_contract():
    dark = {"score": 1.0, "share": {"difference": 0.12}, "reason": None}
    contract_suite(
        MocPredictor,
        values=SPY,
        given={
            "ticks": {"rows": ticks(305)["rows"][268:]},
            "greeks": {"data": greeks(305, 5.0)["data"][-3:]},
            "dark": dark,
            "gex": {"spot": 500.0},
            "strikes": {"late": {"one_sided": 0.65}},
        },
        start=TWO + 35 * 60,
    )
