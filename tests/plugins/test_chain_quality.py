"""Chain quality: counts by hand, of the simulated vendors, and of chains that are in no order."""

from __future__ import annotations

import pytest

from plugins.analytics.chain_quality import ChainQuality, ChainQualityParams
from quanticity.testing import contract_suite
from quanticity.views import Chain
from tests.plugins.running import run
from tests.plugins.test_exposure_of_vendors import chain as simulated
from tests.sim.vendors.asking import TEN_OCLOCK
from tests.views.making import NOW, view_of

KEY = "analytics:chain_quality:SPY"


def row(strike: float, right: str = "C", day: str = "260204", root: str = "SPY", **figures):
    given = {"bid": 2.0, "ask": 2.2, "open_interest": 100.0, "volume": 1.0, "vega": 0.11}
    name = f"{root}{day}{right}{round(strike * 1000):08}"
    return {"option_symbol": name} | given | figures


def quality(rows, params: ChainQualityParams | None = None):
    chain = None if rows is None else view_of(Chain, {"contracts": list(rows)})
    views = {"alpha_vantage": None, "unusual_whales": chain}
    return run(ChainQuality, views, NOW, params=params, symbol="SPY")[0][KEY]


def test_counts_by_hand():
    rows = [
        row(500),
        row(505, "P"),
        row(510, volume=0),
        row(515, volume=0, open_interest=10),
        row(520, ask=9.0),
        row(525, bid=3.0, day="260318"),
        row(530, "C", "260102"),
        row(535, root="SPY1"),
    ]
    found = quality(rows)
    assert (found["contracts"], found["passing"]) == (6, 2)
    assert found["share"] == pytest.approx(2 / 6)
    assert found["failing"] == {
        "no two-sided quote": 0,
        "quote crossed": 1,
        "spread too wide": 1,
        "open interest too low": 1,
        "volume too low": 2,
        "volatility spread too wide": 1,
        "volatility spread unknown": 0,
    }
    assert found["failing_only"]["volume too low"] == 1
    assert found["failing_only"]["quote crossed"] == 1
    assert found["failing_only"]["spread too wide"] == 0
    assert found["expiries"] == [
        {"expiry": "2026-02-04", "contracts": 5, "passing": 2},
        {"expiry": "2026-03-18", "contracts": 1, "passing": 0},
    ]
    assert found["reason"] is None


def test_thresholds_are_told_and_can_be_changed():
    found = quality([row(510, volume=0)], ChainQualityParams(min_volume=0))
    assert found["passing"] == 1
    assert found["thresholds"] == {
        "max_spread_usd": 5, "min_open_interest": 100, "min_volume": 0, "max_vol_spread": 0.1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (None, "no fresh option chain"),
        ([], "the chain is empty"),
        ([row(500, day="260102")], "no contract has time left"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows, reason: str):
    found = quality(rows)
    assert found["passing"] is found["share"] is None
    assert found["reason"] == reason


def test_texts_repeats_and_missing_fields_fail_and_are_counted():
    rows = [row(500, bid="2.0"), row(500), row(505, bid="?"), row(510, volume=None)]
    found = quality(rows)
    assert (found["contracts"], found["passing"]) == (3, 1)
    assert found["bad_rows"] == {"bid unreadable": 1, "repeated": 1}
    assert found["failing"]["no two-sided quote"] == found["failing"]["volume too low"] == 1


def test_a_chain_without_vegas_had_no_contract_that_passed():
    """Cboe sends volatilities and no vega: it is repriced from those."""
    rows = [row(500, vega=None, iv=0.2)]
    chain = view_of(Chain, {"price": 500.0, "contracts": rows})
    views = {"alpha_vantage": None, "unusual_whales": chain}
    found = run(ChainQuality, views, NOW, symbol="SPY")[0][KEY]
    assert (found["passing"], found["failing"]["volatility spread unknown"]) == (1, 0)
    assert quality(rows)["failing"]["volatility spread unknown"] == 1


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL"])
def test_of_the_simulated_vendor_some_pass_and_some_do_not(symbol: str):
    views = {"alpha_vantage": None, "unusual_whales": simulated("unusual_whales", symbol)}
    outputs, _ = run(ChainQuality, views, TEN_OCLOCK, symbol=symbol)
    found = outputs[f"analytics:chain_quality:{symbol}"]
    assert found["reason"] is None
    assert 0 < found["passing"] < found["contracts"]


def test_it_keeps_the_contract():
    contract_suite(ChainQuality, values={"symbol": "SPY"})
