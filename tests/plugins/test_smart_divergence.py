"""Divergence of filings and small orders: by hand, and where there are no filings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.analytics.smart_divergence import SmartDivergence
from quanticity.testing import Harness, contract_suite

NVDA = {"symbol": "NVDA"}


def flow(retail=-2.0, orders=20, whole=0.5, alerts=40, large=None):
    return {
        "who": {
            "retail": {"score": retail, "n": orders},
            "institutional": {"score": large, "n": 0 if large is None else 7},
        },
        "all": {"score": whole, "n": alerts},
    }


def filings(score=3.0, **more):
    return {"score": score, "n": 5, "direction": "buy", "reason": None} | more


def unfiled(group="congress"):
    """What is written of a fund, on which nobody files."""
    return filings(None, n=0, direction=None, reason=f"no filing of {group}")


def diverging(given_flow=None, symbol="NVDA", **parts):
    harness = Harness(SmartDivergence, values={"symbol": symbol})
    for name, part in parts.items():
        harness.give(name, part)
    harness.give("flow", flow() if given_flow is None else given_flow)
    harness.run()
    return harness.value("divergence")


def test_by_hand():
    found = diverging(congress=filings(3.0, lag_days=21.0), insiders=filings(1.0))
    assert found["smart"]["score"] == pytest.approx(4 / 2**0.5)
    assert found["score"] == pytest.approx((4 / 2**0.5 + 2) / 2**0.5)
    assert found["direction"] == "bullish"
    assert found["alert"] is True
    assert found["smart"]["lag_days"] == 21
    assert found["reason"] is None


def test_one_group_of_filings_is_enough():
    found = diverging(flow(retail=2.5), insiders=filings(-1.5))
    assert found["score"] == pytest.approx(-4 / 2**0.5)
    assert found["direction"] == "bearish"


def test_a_group_without_score_had_no_reason():
    smart = diverging(flow(retail=2.5), insiders=filings(-1.5))["smart"]
    assert smart["congress"]["reason"] == "no fresh filings (congress)"
    assert smart["insiders"]["reason"] is None
    silent = filings(None, reason="no filing on NVDA")
    smart = diverging(congress=silent, insiders=filings(-1.5))["smart"]
    assert smart["congress"]["reason"] == "no filing on NVDA"


def test_people_are_told_once_a_day_of_each_direction():
    harness = Harness(SmartDivergence, values=NVDA)
    harness.give("insiders", filings(3.0))
    for retail in (-2.0, -3.0, 6.0, -2.0):
        harness.give("flow", flow(retail))
        harness.run()
        harness.advance(60)
    first, second = harness.events("alerts")
    assert first["message"] == "NVDA: smart divergence +3.54, limit 2: bullish"
    assert second["message"].endswith("bearish")
    harness.advance(86_400)
    harness.give("insiders", filings(3.0))
    harness.give("flow", flow(-2.0))
    harness.run()
    assert len(harness.events("alerts")) == 3


def test_below_the_limit_nobody_is_told():
    found = diverging(insiders=filings(0.5))
    assert found["alert"] is False
    assert found["direction"] == "none"


def test_too_few_small_orders_let_all_alerts_stand_for_them_and_say_so():
    found = diverging(flow(orders=3), insiders=filings())
    assert found["retail"]["score"] == 0.5
    assert found["retail"]["n"] == 40
    assert found["retail"]["method"].startswith("all flow alerts")


def test_a_fund_without_filings_passed_for_agreement():
    none = {"score": None, "n": 0, "direction": None, "reason": "no filing on SPY in 90 days"}
    found = diverging(congress=none)
    assert found["score"] is found["alert"] is found["direction"] is None
    assert found["reason"] == "no filing on SPY in 90 days; no fresh filings (insiders)"


def test_without_orders_there_is_nothing_to_compare_with():
    found = diverging(flow(None, 0, None, 0), insiders=filings())
    assert found["score"] is None
    assert found["reason"] == "no option order to compare with"


@pytest.mark.parametrize("body", [[], {}, {"who": None, "all": 5}, {"who": {"retail": []}}])
def test_flow_that_is_none(body):
    assert diverging(body, insiders=filings())["score"] is None


DARK = {"score": 3.0, "n": 40, "direction": "accumulation", "reason": None}


def test_on_a_fund_those_who_trade_large_stand_for_those_who_file():
    found = diverging(flow(large=1.0), "SPY", dark=DARK, congress=unfiled())
    assert found["smart"]["of"] == "those who trade large"
    assert found["smart"]["score"] == pytest.approx(4 / 2**0.5)
    assert found["score"] == pytest.approx((4 / 2**0.5 + 2) / 2**0.5)
    assert found["convention"].startswith("those who trade large less retail")
    assert found["smart"]["congress"]["reason"] == "no filing of congress"
    assert found["smart"]["large_orders"]["direction"] == "buy"
    assert found["reason"] is None


def test_an_index_has_no_dark_prints_and_large_orders_are_enough():
    none = {"score": None, "n": 0, "direction": None, "reason": "0 signed prints"}
    found = diverging(flow(large=-1.0), "SPX", dark=none, congress=unfiled())
    assert found["score"] == pytest.approx((-1 + 2) / 2**0.5)
    assert found["smart"]["dark_prints"]["reason"] == "0 signed prints"


def test_what_was_filed_comes_first_and_what_is_late_is_waited_for():
    found = diverging(flow(large=1.0), "SPY", dark=DARK, congress=filings(2.0))
    assert (found["smart"]["of"], found["smart"]["score"]) == ("those who file", 2.0)
    found = diverging(flow(large=1.0), "SPY", dark=DARK)
    assert found["score"] is None
    assert found["reason"] == "no fresh filings (congress); no fresh filings (insiders)"


def test_nobody_stands_for_those_who_filed_nothing_on_a_share():
    silent = {"congress": unfiled(), "insiders": unfiled("insiders")}
    found = diverging(flow(large=1.0), dark=DARK, **silent)
    assert found["score"] is None
    assert found["smart"]["of"] == "those who file"
    assert found["reason"] == "no filing of congress; no filing of insiders"


def test_large_orders_were_compared_with_themselves():
    """With few small orders all alerts stand for them, the large ones too."""
    found = diverging(flow(orders=3, large=1.0), "SPY", congress=unfiled())
    assert found["score"] is None
    assert found["reason"].endswith("large orders are among those that stand for small ones")
    empty = diverging(flow(), "SPY", congress=unfiled())
    assert empty["score"] is None
    assert "no fresh dark prints; no large order among flow alerts" in empty["reason"]


scores = st.floats(-20, 20)


@given(scores, scores, scores)
def test_all_turned_round_it_points_the_other_way(congress, insiders, retail):
    one = diverging(flow(retail), congress=filings(congress), insiders=filings(insiders))
    other = diverging(flow(-retail), congress=filings(-congress), insiders=filings(-insiders))
    assert one["score"] == pytest.approx(-other["score"])
    assert one["alert"] == other["alert"]


def test_it_keeps_the_contract():
    given_ = {"flow": flow(), "congress": filings(), "insiders": filings(), "dark": filings()}
    contract_suite(SmartDivergence, values=NVDA, given=given_)
