"""Vanna and charm exposure: the anchor by hand, simulated vendors, and chains in no order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.analytics.vanna_charm import VannaCharm, VannaCharmParams
from quanticity.testing import contract_suite
from quanticity.views import Chain
from tests.plugins.running import run
from tests.plugins.test_exposure_of_vendors import chain as simulated
from tests.sim.vendors.asking import TEN_OCLOCK
from tests.views.making import NOW, view_of

VANNA, CHARM = "options:SPY:vanna", "options:SPY:charm"
MONTH = 30 * 86_400.0


def row(strike: float, right: str, day: str = "260204", root: str = "SPY", **figures):
    given = {"iv": 0.2, "open_interest": 1000.0, "bid": 1.0, "ask": 1.1}
    name = f"{root}{day}{right}{round(strike * 1000):08}"
    return {"option_symbol": name} | given | figures


def exposed(rows, spot: float | None = 100.0, now: float = NOW, rate: float = 0.0):
    chain = None if rows is None else view_of(Chain, {"price": spot, "contracts": list(rows)})
    views = {"alpha_vantage": None, "unusual_whales": chain}
    params = VannaCharmParams(rate=rate)
    outputs, _ = run(VannaCharm, views, now, params=params, symbol="SPY")
    return outputs[VANNA], outputs[CHARM]


def a_month_before(rows, **more):
    expires = float(view_of(Chain, {"contracts": rows}).expires[0])
    return exposed(rows, now=expires - MONTH, **more)


def test_the_anchor_by_hand():
    """S=K=100, 30 days, r 5%, vol 20%, open interest 1,000: -$8,535 a point and -$6,638 a day."""
    vanna, charm = a_month_before([row(100, "C")], rate=0.05)
    assert vanna["total"] == pytest.approx(-8_535, abs=0.5)
    assert charm["total"] == pytest.approx(-6_638, abs=0.5)
    assert vanna["unit"] == "USD of delta per volatility point"
    assert charm["unit"] == "USD of delta per calendar day"
    assert "r 0.05" in vanna["method"]
    assert vanna["reason"] is charm["reason"] is None


def test_holders_of_calls_and_puts_share_a_view_and_dealers_have_one_of_each():
    vanna, charm = a_month_before([row(100, "C"), row(100, "P")], rate=0.05)
    for found, one in ((vanna, -8_535), (charm, -6_638)):
        assert found["total"] == pytest.approx(2 * one, abs=1)
        assert found["dealers_total"] == pytest.approx(0, abs=1e-6)
        assert found["calls"] == pytest.approx(found["puts"])


def test_by_strike_and_side():
    vanna, _ = a_month_before([row(105, "C"), row(95, "P"), row(105, "P")])
    assert vanna["strikes"] == [95, 105]
    assert vanna["call"][0] == 0
    assert vanna["call"][1] == pytest.approx(vanna["put"][1])
    assert vanna["call"][1] > 0 > vanna["put"][0]
    assert sum(vanna["call"]) + sum(vanna["put"]) == pytest.approx(vanna["total"])


@pytest.mark.parametrize(
    ("rows", "spot", "reason"),
    [
        (None, 100.0, "no fresh option chain"),
        ([], 100.0, "the chain is empty"),
        ([row(100, "C", "260102")], 100.0, "no contract has open interest"),
        ([row(100, "C", root="SPY1")], 100.0, "no contract has open interest"),
        ([row(100, "C", open_interest=-1)], 100.0, "no contract has open interest"),
        ([row(100, "C", bid=2, ask=1), row(100, "P")], None, "no price of the underlying"),
        ([row(100, "C", iv=0)], 100.0, "has implied volatility"),
        ([row(100, "C", iv=1e300)], 100.0, "has implied volatility"),
        ([row(100, "C", iv="NaN")], 100.0, "has implied volatility"),
        ([row(100, "C"), row(90, "P", iv=None)], 100.0, "no put with open interest has implied"),
        ([row(100, "C", iv="?"), row(90, "P")], 100.0, "no call with open interest has implied"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows, spot, reason: str):
    for found in exposed(rows, spot):
        assert found["total"] is found["dealers_total"] is found["strikes"] is None
        assert reason in found["reason"]


def test_contracts_without_volatility_are_counted():
    vanna, _ = exposed([row(100, "C"), row(105, "C", iv=None)])
    assert (vanna["contracts"], vanna["vol_missing"]) == (1, 1)


def test_a_minute_before_the_close_and_after_it():
    rows = [row(100, "C", "260105"), row(100, "C", "260106")]
    before = exposed(rows, now=NOW + 6 * 3600 - 60)[1]
    after = exposed(rows, now=NOW + 6 * 3600)[1]
    assert (before["contracts"], after["contracts"]) == (2, 1)
    assert before["reason"] is after["reason"] is None


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL"])
def test_of_the_simulated_vendor_every_figure_is_there(symbol: str):
    views = {"alpha_vantage": None, "unusual_whales": simulated("unusual_whales", symbol)}
    outputs, _ = run(VannaCharm, views, TEN_OCLOCK, symbol=symbol)
    for found in outputs.values():
        assert found["reason"] is None
        assert found["total"] != 0


contracts = st.lists(
    st.tuples(
        st.integers(50, 200), st.sampled_from("CP"), st.floats(0.05, 3), st.integers(1, 9999)
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one[:2],
)


@given(contracts, contracts)
def test_exposure_of_two_books_is_the_sum_of_theirs(one, two):
    def book(rows, day):
        return [row(k, right, day, iv=iv, open_interest=held) for k, right, iv, held in rows]

    first, second = book(one, "260204"), book(two, "260318")
    for at in (0, 1):
        parts = [exposed(rows)[at] for rows in (first, second)]
        whole = exposed(first + second)[at]
        size = sum(abs(x) for part in parts for side in ("call", "put") for x in part[side])
        assert whole["total"] == pytest.approx(sum(p["total"] for p in parts), abs=1e-9 * size)


def test_it_keeps_the_contract():
    contract_suite(VannaCharm, values={"symbol": "SPY"})
