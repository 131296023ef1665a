"""Net gamma by strike: by hand, and never the same number as gamma exposure in dollars."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.exposure import Exposure
from plugins.analytics.net_gamma import NetGamma
from quanticity.testing import contract_suite
from quanticity.views import Chain, Value
from tests.plugins.running import run
from tests.views.making import NOW, view_of

KEY = "analytics:net_gamma:SPY"


def row(strike: float, right: str, **figures: Any):
    given = {"open_interest": 1000.0, "gamma": 0.01, "delta": 0.5, "iv": 0.2}
    return {"option_symbol": f"SPY260204{right}{round(strike * 1000):08}"} | given | figures


def gex_of(*rows: Any) -> dict[str, Any]:
    chain = view_of(Chain, {"price": 500.0, "contracts": list(rows)})
    views = {"alpha_vantage": None, "unusual_whales": chain}
    found: dict[str, Any] = run(Exposure, views, NOW, symbol="SPY")[0]["options:SPY:gex"]
    return found


def net(gex: Any) -> dict[str, Any]:
    found: dict[str, Any] = run(NetGamma, {"gex": view_of(Value, gex)}, NOW, symbol="SPY")[0][KEY]
    return found


def test_open_interest_times_gamma_times_100_longs_less_shorts():
    """Gamma .01, open interest 1,000: a thousand shares for each $1."""
    found = net(gex_of(row(500, "C"), row(500, "P", open_interest=400.0), row(490, "P")))
    assert found["strikes"] == [490, 500]
    assert found["net"] == pytest.approx([-1000, 600])
    assert found["long"] == pytest.approx([0, 1000])
    assert found["short"] == pytest.approx([1000, 400])
    assert found["total"] == pytest.approx(-400)
    assert (found["largest"], found["largest_net"]) == (490, pytest.approx(-1000))
    assert found["unit"] == "shares per $1 move"
    assert found["reason"] is None


def test_negative_net_gamma_is_legal():
    assert net(gex_of(row(500, "P")))["total"] == pytest.approx(-1000)


def test_its_total_is_the_one_that_the_exposure_tells_in_shares():
    gex = gex_of(row(500, "C"), row(510, "C", gamma=0.03), row(480, "P"))
    assert net(gex)["total"] == pytest.approx(gex["total_in"]["shares per $1 move"])


def test_what_the_exposure_cannot_tell_is_null_with_its_reason():
    found = net(gex_of(row(500, "C", gamma=None)))
    assert found["total"] is found["net"] is None
    assert found["reason"] == "no contract with open interest has gamma"


@pytest.mark.parametrize(
    "gex",
    [
        None, [], {}, {"spot": 0, "strikes": [1], "call_gex": [1], "put_gex": [1]},
        {"spot": 500, "strikes": [1, 2], "call_gex": [1], "put_gex": [1]},
        {"spot": 500, "strikes": [1], "call_gex": ["?"], "put_gex": [1]},
        {"spot": 500, "strikes": 1, "call_gex": 1, "put_gex": 1},
    ],
)  # fmt: skip
def test_a_value_that_is_no_exposure_is_null_with_a_reason(gex: Any):
    found = net(gex)
    assert found["total"] is None
    assert found["reason"]


def test_it_keeps_the_contract():
    given = {"gex": gex_of(row(500, "C"), row(490, "P"))}
    contract_suite(NetGamma, values={"symbol": "SPY"}, given=given)
