"""Flow by who trades and whether it opens: by hand, and of alerts that are none."""

from __future__ import annotations

import pytest

from plugins.analytics.flow_classification import FlowClassification
from quanticity.testing import Harness, contract_suite
from tests.transforms.asking import recorded

SPY = {"symbol": "SPY"}


def alert(**more):
    row = {
        "ticker": "SPY",
        "option_chain": "SPY260116C00500000",
        "type": "call",
        "created_at": "2026-01-05T14:59:00Z",
        "total_premium": "10000",
        "total_ask_side_prem": "8000",
        "total_bid_side_prem": "2000",
        "total_size": 50,
        "trade_count": 1,
        "volume": 60,
        "open_interest": 1000,
        "has_sweep": False,
        "has_floor": False,
        "has_multileg": False,
        "all_opening_trades": False,
    }
    return row | more


def classified(*rows, symbol=SPY):
    harness = Harness(FlowClassification, values=symbol)
    harness.give("alerts", {"data": [{"id": f"a{at}"} | row for at, row in enumerate(rows)]})
    harness.run()
    return harness.value("flow")


def test_by_hand():
    flow = classified(
        alert(),
        alert(total_size=900, total_premium="90000", has_floor=True, volume=2000),
        alert(type="put", total_size=150, total_ask_side_prem="1000", total_bid_side_prem="9000"),
    )
    who, how = flow["who"], flow["how"]
    assert [who[name]["n"] for name in ("retail", "institutional", "unclear")] == [1, 1, 1]
    assert who["retail"]["net"] == 6000
    # Puts sold at the bid are bullish.
    assert who["unclear"]["net"] == 8000
    assert [how[name]["n"] for name in ("opening_likely", "closing_possible", "unclear")] == [1] * 3
    assert flow["all"]["premium"] == 110_000
    assert flow["all"]["net"] == 20_000
    assert flow["least_opened"] == 500
    assert flow["since"] == 1_767_625_140
    assert flow["reason"] is None


def test_large_sweeps_are_named():
    large = alert(has_sweep=True, total_premium="1500000", total_ask_side_prem="1500000")
    flow = classified(large, alert(has_sweep=True), alert(total_premium="2000000"))
    sweeps = flow["large_sweeps"]
    assert sweeps["n"] == 1
    assert sweeps["premium"] == 1_500_000
    assert sweeps["newest"][0]["option"] == "SPY260116C00500000"


def test_a_class_without_an_alert_leans_nowhere():
    empty = classified(alert())["who"]["institutional"]
    why = empty.pop("reason")
    assert empty == {"n": 0, "premium": 0, "net": 0, "balance": None, "score": None}
    assert why == "of 0 alerts none leans either way"


def test_no_alert_on_the_symbol_is_said():
    flow = classified(alert(), alert(), symbol={"symbol": "SPX"})
    assert flow["n"] == 0
    assert flow["reason"] == "no alert on SPX among the newest 2"


def test_an_alert_that_comes_twice_counts_once():
    assert classified(alert(id="same"), alert(id="same"))["n"] == 1


@pytest.mark.parametrize(
    "more",
    [
        {"total_size": 0},
        {"total_size": None},
        {"total_premium": "x"},
        {"total_premium": "-5"},
        {"total_premium": 1e300},
        {"total_bid_side_prem": None},
        {"total_ask_side_prem": "NaN"},
        {"type": "share"},
        {"type": None},
    ],
)
def test_an_alert_that_cannot_be_read_is_left_out_and_counted(more):
    flow = classified(alert(), alert(**more))
    assert flow["n"] == 1
    assert flow["left_out"] == 1


@pytest.mark.parametrize("was", [None, "-", -5])
def test_without_an_open_interest_nothing_is_said_of_opening(was):
    flow = classified(alert(open_interest=was))
    assert flow["how"]["unclear"]["n"] == 1
    assert flow["least_opened"] is None
    assert flow["least_opened_reason"] == "no alert with volume and open interest"


def test_a_recorded_alert_with_much_volume_passed_for_opening():
    """The vendor has looked at its trades and does not say that they opened."""
    body = recorded("uw-docs-digibugcat/option-trades__flow-alerts.json")
    (one,) = body["data"]
    assert one["volume"] > 30 * one["open_interest"]
    flow = classified(one, symbol={"symbol": one["ticker"]})
    assert flow["how"]["opening"]["n"] == 0
    assert flow["how"]["opening_likely"]["n"] == 1
    assert flow["all"]["net"] == float(one["total_ask_side_prem"])


def test_it_keeps_the_contract():
    contract_suite(FlowClassification, values=SPY, given={"alerts": {"data": [alert(id="a")]}})
