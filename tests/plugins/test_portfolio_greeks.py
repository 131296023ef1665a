"""The Greeks of all positions together: sums, limits, and what a sum lacks."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.portfolio_greeks import PortfolioGreeks
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.samples import chain

CALL = {"symbol": "SPY", "expiry": "2026-01-05", "strike": 500.0, "right": "C"}
PUT = CALL | {"right": "P"}
STOCK = {"symbol": "SPY"}
PARAMS = {"symbols": ["SPY", "QQQ"]}


def held(quantity: float, instrument: Any = CALL) -> dict[str, Any]:
    return {"instrument": instrument, "quantity": quantity}


def bench(*positions: Any, uw: Any = None, **params: Any) -> Harness:
    harness = Harness(PortfolioGreeks, params=PARAMS | params)
    harness.give("alpha_vantage", chain(MONDAY), over="SPY")
    if uw is not None:
        harness.give("unusual_whales", uw, over="QQQ")
    harness.give("positions", {"positions": list(positions)})
    harness.run()
    return harness


def greeks(*positions: Any, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = bench(*positions, **params).value("greeks")
    return found


def test_positions_are_summed_by_quantity_and_multiplier():
    """500C of the sample: delta .5, gamma .02, theta -.1, vega .3, at spot 500."""
    found = greeks(held(10), held(-4, PUT), held(100, STOCK))
    assert found["delta"] == pytest.approx(10 * 100 * 0.5 + 4 * 100 * 0.5 + 100)
    assert found["gamma"] == pytest.approx((10 - 4) * 100 * 0.02)
    assert found["theta"] == pytest.approx((10 - 4) * 100 * -0.1)
    assert found["vega"] == pytest.approx((10 - 4) * 100 * 0.3)
    assert found["delta_usd"] == pytest.approx(found["delta"] * 500)
    assert found["gamma_usd"] == pytest.approx(found["gamma"] * 500 * 500 * 0.01)
    assert found["reason"] is None


def test_it_waits_for_positions_and_names_them():
    """Regression of the notes: what is not known is not read as nothing, or as 100,000."""
    harness = Harness(PortfolioGreeks, params=PARAMS)
    harness.advance(60)
    assert harness.waits_for == "positions (positions:active) has no value yet"
    harness.give("positions", {"positions": []}, age=100)
    harness.advance(1)
    assert "100 s old" in harness.waits_for or "101 s old" in harness.waits_for


def test_no_positions_are_no_greeks():
    found = greeks()
    assert (found["delta"], found["gamma_usd"], found["over"]) == (0.0, 0.0, [])


def test_a_sum_that_lacks_a_position_is_null_with_the_reason():
    found = greeks(held(1), held(5, CALL | {"strike": 1234.0}))
    assert found["delta"] is None
    assert found["reason"] == "SPY 2026-01-05 1234.0 C: its contract is not in the chain"
    assert found["known"]["delta"] == pytest.approx(50.0)
    assert greeks(held(1, CALL | {"symbol": "QQQ"}))["reason"].endswith("option chain of QQQ")
    assert greeks(held(1, CALL | {"symbol": "XYZ"}))["delta"] is None


def test_of_an_index_the_contract_of_the_morning_was_taken_for_that_of_the_close():
    """SPX settles by the opening prices of its day, SPXW by the closing ones: two deltas."""
    names = {"SPX260116C00500000": 0.9, "SPXW260116C00500000": 0.6}
    rows = [
        chain(MONDAY)["contracts"][0]
        | {"option_symbol": name, "delta": delta, "gamma": 0.02, "theta": -0.1, "vega": 0.3}
        for name, delta in names.items()
    ]
    harness = Harness(PortfolioGreeks, params={"symbols": ["SPX"]})
    harness.give("alpha_vantage", chain(MONDAY) | {"contracts": rows}, over="SPX")
    index = CALL | {"symbol": "SPX", "expiry": "2026-01-16"}
    harness.give("positions", {"positions": [held(1, index)]})
    harness.run()
    found = harness.value("greeks")
    assert found["delta"] == pytest.approx(60.0)
    assert found["positions"][0]["contract"] == "SPXW260116C00500000"


def test_a_contract_beyond_the_reach_of_the_first_chain_had_no_greeks():
    far = chain(MONDAY)["contracts"][0] | {"option_symbol": "SPY270115C00500000", "delta": 0.6}
    harness = Harness(PortfolioGreeks, params=PARAMS)
    harness.give("alpha_vantage", chain(MONDAY), over="SPY")
    harness.give("unusual_whales", chain(MONDAY) | {"contracts": [far]}, over="SPY")
    harness.give("positions", {"positions": [held(1, CALL | {"expiry": "2027-01-15"}), held(1)]})
    harness.run()
    found = harness.value("greeks")
    assert found["delta"] == pytest.approx(60.0 + 50.0)
    assert found["reason"] is None


def test_a_contract_that_had_expired_still_had_greeks():
    row = chain(MONDAY)["contracts"][0] | {"option_symbol": "SPY260102C00500000"}
    body = chain(MONDAY) | {"contracts": [row]}
    harness = Harness(PortfolioGreeks, params=PARAMS)
    harness.give("alpha_vantage", body, over="SPY")
    harness.give("positions", {"positions": [held(1, CALL | {"expiry": "2026-01-02"})]})
    harness.run()
    found = harness.value("greeks")
    assert found["delta"] is None
    assert found["reason"] == "SPY 2026-01-02 500.0 C: its contract has expired"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        {},
        {"quantity": 3},
        held(1, {"symbol": 7}),
        held(1, CALL | {"right": "X"}),
        held(1, CALL | {"expiry": "soon"}),
        {"instrument": CALL, "quantity": "many"},
    ],
)
def test_a_position_that_cannot_be_read_makes_no_plausible_sum(bad: Any):
    found = greeks(held(1), bad)
    assert found["delta"] is None
    assert "cannot be read" in found["reason"]


def test_positions_that_are_no_list():
    harness = bench()
    harness.give("positions", {"positions": None})
    harness.run()
    assert harness.value("greeks")["delta"] is None
    assert harness.value("greeks")["reason"] == "the positions cannot be read"


def test_a_greek_that_the_chain_lacks_is_null_alone():
    body = chain(MONDAY, "QQQ")
    for row in body["contracts"]:
        del row["theta"]
    found = greeks(held(1, CALL | {"symbol": "QQQ"}), uw=body)
    assert found["theta"] is None
    assert found["delta"] == pytest.approx(50.0)
    assert "has no theta of it" in found["reason"]


def test_a_limit_that_is_passed_is_told_once_and_when_it_is_kept_again():
    harness = bench(held(50))
    assert harness.value("greeks")["over"] == ["delta", "theta"]
    harness.give("positions", {"positions": [held(50)]})
    harness.run()
    assert [one["flag"] for one in harness.events("alerts")] == ["delta", "theta"]
    assert harness.events("alerts")[0]["message"] == "portfolio delta is 2,500 shares, limit 2,000"
    # A contract that is not in the chain says nothing about the limit.
    harness.give("positions", {"positions": [held(1, CALL | {"strike": 1.0})]})
    harness.run()
    assert harness.value("greeks")["over"] == ["delta", "theta"]
    harness.give("positions", {"positions": [held(1)]})
    harness.run()
    assert [one["kind"] for one in harness.events("alerts")][2:] == ["recovered"] * 2


def test_theta_may_earn_as_much_as_it_likes():
    found = greeks(held(-19), held(19, STOCK))
    assert (found["theta"], found["over"]) == (pytest.approx(190.0), [])
    assert greeks(held(-60), theta=1.0)["over"] == ["delta"]


def test_it_keeps_the_contract():
    given = {"positions": {"positions": [held(2), held(-1, PUT), held(5, STOCK)]}}
    contract_suite(PortfolioGreeks, params=PARAMS, given=given)
