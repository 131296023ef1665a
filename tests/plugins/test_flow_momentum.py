"""Flow momentum: by hand, over sessions, and of bodies that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analytics.flow_momentum import FlowMomentum
from quanticity.testing import Harness, contract_suite

SPY = {"symbol": "SPY"}
# 2026-01-05 09:30 Eastern, half an hour before a harness begins.
OPEN = 1_767_623_400.0
DAY = 86_400.0


def ticks(totals, start: float = OPEN):
    rows = [{"time": start + 60 * at, "net_premium": total} for at, total in enumerate(totals)]
    return {"symbol": "SPY", "rows": rows}


def greeks(deltas, start: str = "2026-01-05T14:{:02}:00Z"):
    return {
        "data": [
            {
                "timestamp": start.format(30 + at),
                "dir_delta_flow": str(delta),
                "dir_vega_flow": f"{-2 * delta}",
            }
            for at, delta in enumerate(deltas)
        ]
    }


def seen(totals, deltas=None):
    harness = Harness(FlowMomentum, values=SPY)
    if deltas is not None:
        harness.give("greeks", greeks(deltas))
    harness.give("ticks", ticks(totals))
    harness.run()
    return harness.value("momentum")


def test_change_and_acceleration_by_hand():
    # 100 a minute for 25 minutes, then 300 a minute for five.
    totals = [100 * (at + 1) for at in range(25)] + [2500 + 300 * (at + 1) for at in range(5)]
    momentum = seen(totals)
    five, fifteen = (momentum["premium"]["windows"][each] for each in ("5", "15"))
    assert five["change"] == 1500
    assert five["acceleration"] == 1000
    assert fifteen["change"] == 1000 + 1500
    assert fifteen["acceleration"] == 2500 - 1500
    assert momentum["premium"]["total"] == 4000
    assert momentum["premium"]["minutes"] == 30
    assert momentum["direction"] == "up"
    assert momentum["reason"] is None


def test_half_an_hour_has_no_hour_of_momentum_and_says_so():
    hour = seen([100] * 30)["premium"]["windows"]["60"]
    assert hour["change"] is hour["acceleration"] is None
    assert hour["reason"] == "less than 60 minutes of this session so far"


def test_the_minute_that_has_not_ended_is_left_out():
    momentum = seen([100] * 30 + [9_999_999])
    assert momentum["as_of"] == OPEN + 1800
    assert momentum["premium"]["total"] == 100


def test_greek_flow_is_delta_and_vega_and_never_gamma():
    momentum = seen([1] * 30, [10] * 30)
    assert momentum["delta"]["total"] == 300
    assert momentum["delta"]["windows"]["5"]["change"] == 50
    assert momentum["vega"]["windows"]["5"]["change"] == -100
    assert momentum["gamma"]["total"] is None
    assert "delta and vega only" in momentum["gamma"]["reason"]


def test_without_greek_flow_premium_stands_alone():
    momentum = seen([1] * 30)
    assert momentum["premium"]["total"] == 1
    assert momentum["delta"]["total"] is None
    assert momentum["delta"]["reason"] == "no Greek flow that is fresh"


def test_before_the_first_minute_has_ended_there_is_none():
    momentum = seen([])
    assert momentum["premium"]["total"] is momentum["direction"] is None
    assert momentum["reason"] == "no whole minute of this session yet"


@pytest.mark.parametrize(
    "body",
    [
        {"rows": None},
        {"rows": "none"},
        {"rows": [1, None, {"time": "x", "net_premium": 5}, {"time": OPEN}]},
        {"rows": [{"time": OPEN, "net_premium": "NaN"}]},
        {"rows": [{"time": OPEN, "net_premium": 1e300}]},
        [],
    ],
)
def test_bodies_that_hold_no_figure(body):
    harness = Harness(FlowMomentum, values=SPY)
    harness.give("ticks", body)
    harness.run()
    assert harness.value("momentum")["reason"] == "no whole minute of this session yet"


def test_minutes_that_come_twice_count_once_and_texts_are_figures():
    body = ticks([str(at) for at in range(30)])
    body["rows"] += body["rows"][10:20]
    harness = Harness(FlowMomentum, values=SPY)
    harness.give("ticks", body)
    harness.run()
    assert harness.value("momentum")["premium"]["windows"]["5"]["change"] == 5


def test_a_halted_symbol_adds_nothing_and_the_last_minute_it_had_is_named():
    # Five minutes, ten without a trade, and then two more.
    body = ticks([10, 20, 30, 40, 50])
    body["rows"] += ticks([51, 52], OPEN + 15 * 60)["rows"]
    harness = Harness(FlowMomentum, values=SPY)
    harness.give("ticks", body)
    harness.run()
    five = harness.value("momentum")["premium"]["windows"]["5"]
    assert five["change"] == 2
    assert five["acceleration"] == 2
    assert harness.value("momentum")["as_of"] == OPEN + 17 * 60


def sessions(nets, days):
    """Whole sessions with these nets, on these days after the first."""
    harness = Harness(FlowMomentum, values=SPY, start=OPEN + 390 * 60)
    for net, day in zip(nets, days, strict=True):
        harness.advance(OPEN + 390 * 60 + day * DAY - harness.now)
        harness.give("ticks", ticks([net * (at + 1) / 390 for at in range(390)], OPEN + day * DAY))
        harness.run()
    return harness


def test_three_sessions_make_a_trend():
    harness = sessions([100, 300, 200], [0, 1, 2])
    trend = harness.value("momentum")["trend"]
    assert trend["total"] == pytest.approx(600)
    assert trend["slope"] == pytest.approx(50)
    assert trend["direction"] == "up"
    assert [one["day"] for one in trend["sessions"]] == ["2026-01-05", "2026-01-06", "2026-01-07"]


def test_sessions_that_disagree_are_mixed_and_two_are_no_trend():
    assert sessions([100, -300, 200], [0, 1, 2]).value("momentum")["trend"]["direction"] == "mixed"
    trend = sessions([100, 300], [0, 1]).value("momentum")["trend"]
    assert trend["direction"] is trend["total"] is None
    assert trend["reason"] == "2 of 3 sessions seen so far"


def test_sessions_missed_in_between_are_no_trend():
    trend = sessions([100, 300, 200], [0, 1, 14]).value("momentum")["trend"]
    assert trend["total"] is None
    assert trend["reason"] == "sessions in between were not seen"


def test_a_session_seen_in_part_is_no_trend():
    harness = Harness(FlowMomentum, values=SPY)
    harness.give("ticks", ticks([1] * 30))
    harness.run()
    for day in (1, 2):
        harness.advance(OPEN + day * DAY + 390 * 60 - harness.now)
        harness.give("ticks", ticks([1] * 390, OPEN + day * DAY))
        harness.run()
    trend = harness.value("momentum")["trend"]
    assert trend["reason"] == "a session was seen in part only"


def test_a_new_session_does_not_go_on_from_the_last():
    harness = sessions([100], [0])
    harness.advance(DAY - 390 * 60 + 20 * 60)
    body = ticks([7] * 10, OPEN + DAY)
    # The vendor's body may still hold the session before.
    body["rows"] = ticks([100] * 390)["rows"] + body["rows"]
    harness.give("ticks", body)
    harness.run()
    momentum = harness.value("momentum")
    assert momentum["premium"]["total"] == 7
    assert momentum["premium"]["minutes"] == 10


def test_a_restart_forgets_no_session():
    harness = sessions([100, 300], [0, 1])
    harness.restart()
    harness.advance(DAY)
    harness.give("ticks", ticks([200] * 390, OPEN + 2 * DAY))
    harness.run()
    assert harness.value("momentum")["trend"]["n"] == 3


@settings(max_examples=40)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30))
def test_flow_turned_round_has_the_opposite_momentum(totals):
    one, other = seen(totals), seen([-total for total in totals])
    for minutes, window in one["premium"]["windows"].items():
        turned = other["premium"]["windows"][minutes]
        for figure in ("change", "acceleration", "score"):
            assert window[figure] == (None if turned[figure] is None else -turned[figure])


def test_it_keeps_the_contract():
    given_ = {"ticks": ticks([1.0, 2.5, 4.0]), "greeks": greeks([5.0, -3.0, 4.0])}
    contract_suite(FlowMomentum, values=SPY, given=given_)
