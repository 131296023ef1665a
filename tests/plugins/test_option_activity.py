"""Option activity: by hand, of the simulated vendors, and of chains that are in no order."""

from __future__ import annotations

import pytest

from plugins.analytics.option_activity import OptionActivity, OptionActivityParams
from quanticity.testing import contract_suite
from quanticity.views import Chain
from tests.plugins.running import run
from tests.plugins.test_exposure_of_vendors import chain as simulated
from tests.sim.vendors.asking import TEN_OCLOCK
from tests.views.making import NOW, view_of

FLOW, UNUSUAL = "options:SPY:flow", "options:SPY:unusual"


def row(strike: float, right: str, day: str = "260204", root: str = "SPY", **figures):
    given = {"bid": 1.9, "ask": 2.1, "open_interest": 500.0, "volume": 100.0}
    name = f"{root}{day}{right}{round(strike * 1000):08}"
    return {"option_symbol": name} | given | figures


def activity(rows, params: OptionActivityParams | None = None, now: float = NOW):
    chain = None if rows is None else view_of(Chain, {"contracts": list(rows)})
    views = {"alpha_vantage": None, "unusual_whales": chain}
    outputs, _ = run(OptionActivity, views, now, params=params, symbol="SPY")
    return outputs[FLOW], outputs[UNUSUAL]


def test_put_call_ratios_by_hand():
    flow, _ = activity(
        [row(500, "C", volume=60), row(510, "C", volume=40), row(490, "P", volume=99)]
    )
    assert flow["volume"] == {
        "calls": 100, "puts": 99, "total": 199, "put_call": pytest.approx(0.99), "reason": None,
    }  # fmt: skip
    assert flow["open_interest"]["put_call"] == pytest.approx(0.5)
    assert flow["premium_usd"]["calls"] == pytest.approx(100 * 2 * 100)
    assert flow["expiries"][0]["expiry"] == "2026-02-04"
    assert flow["reason"] is None


def test_unusual_contracts_by_hand():
    rows = [row(500, "C", volume=620), row(510, "C", volume=619), row(490, "P", volume=5000)]
    _, unusual = activity(rows)
    assert (unusual["hits"], unusual["calls"], unusual["puts"]) == (2, 1, 1)
    assert [hit["strike"] for hit in unusual["top"]] == [490, 500]
    assert unusual["top"][1]["ratio"] == pytest.approx(1.24)
    assert unusual["premium_usd"] == pytest.approx(5620 * 2 * 100)
    assert unusual["share_of_volume"] == pytest.approx(5620 / 6239)


def test_the_threshold_is_told_and_can_be_changed():
    _, unusual = activity([row(500, "C", volume=1000)], OptionActivityParams(ratio=2.5))
    assert unusual["hits"] == 0
    assert unusual["threshold"] == {
        "volume_to_open_interest": 2.5, "volume": 500, "open_interest": 100,
    }  # fmt: skip


def test_a_contract_that_nobody_held_has_no_ratio_and_is_counted_apart():
    _, unusual = activity([row(500, "C", open_interest=0, volume=9000), row(500, "P")])
    assert (unusual["hits"], unusual["new_contracts"]) == (0, 1)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (None, "no fresh option chain"),
        ([], "the chain is empty"),
        ([row(500, "C", "260102")], "no contract has time left"),
        ([row(500, "C", root="SPY1")], "no contract has time left"),
        ([row(500, "C", volume=None)], "the chain gives no volume"),
        ([row(500, "C", volume="n/a")], "the chain gives no volume"),
        ([row(500, "C", volume=-5)], "the chain gives no volume"),
        ([row(500, "C", volume=0)], "nothing has traded today"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows, reason: str):
    flow, unusual = activity(rows)
    assert flow["reason"] == unusual["reason"] == reason
    assert flow["volume"] is None
    assert unusual["hits"] is None


def test_texts_repeats_and_one_side():
    flow, unusual = activity([row(500, "P", volume="700"), row(500, "P", volume="700")])
    assert flow["volume"]["total"] == 700
    assert flow["volume"]["put_call"] is None
    assert flow["volume"]["reason"] == "no call has any"
    assert unusual["hits"] == 1


@pytest.mark.parametrize("missing", [None, "n/a", -5])
def test_puts_without_volume_were_a_put_call_ratio_of_zero(missing):
    flow, _ = activity([row(500, "C"), row(510, "C"), row(490, "P", volume=missing)])
    nothing = dict.fromkeys(("calls", "puts", "total", "put_call"))
    assert flow["volume"] == nothing | {"reason": "no put gives any"}
    assert flow["premium_usd"] == nothing | {"reason": "no put gives any"}
    assert flow["open_interest"]["put_call"] == pytest.approx(0.5)
    # None traded is known, and is zero.
    flow, _ = activity([row(500, "C"), row(490, "P", volume=0)])
    assert flow["volume"]["put_call"] == 0


def test_crossed_and_zero_quotes_have_no_premium():
    rows = [row(500, "C", bid=3, ask=1, volume=900), row(500, "P", bid=0, ask=0, volume=900)]
    flow, unusual = activity(rows)
    assert flow["premium_usd"] == dict.fromkeys(("calls", "puts", "total", "put_call")) | {
        "reason": "none is given"
    }
    assert unusual["hits"] == 2
    assert unusual["premium_usd"] is None
    assert unusual["premium_reason"] == "no two-sided quote for 2"
    assert unusual["top"][0]["reason"] == "no two-sided quote"


def test_without_hits_their_premium_is_zero_and_not_unknown():
    _, unusual = activity([row(500, "C", volume=10)])
    assert (unusual["hits"], unusual["premium_usd"], unusual["premium_reason"]) == (0, 0, None)


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL"])
def test_of_the_simulated_vendor_every_figure_is_there(symbol: str):
    views = {"alpha_vantage": None, "unusual_whales": simulated("unusual_whales", symbol)}
    outputs, _ = run(OptionActivity, views, TEN_OCLOCK, symbol=symbol)
    flow, unusual = outputs[f"options:{symbol}:flow"], outputs[f"options:{symbol}:unusual"]
    assert flow["reason"] is unusual["reason"] is None
    assert 0.1 < flow["volume"]["put_call"] < 10
    assert unusual["hits"] >= 0


def test_it_keeps_the_contract():
    contract_suite(OptionActivity, values={"symbol": "SPY"})
