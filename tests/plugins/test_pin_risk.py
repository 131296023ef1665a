"""Pin risk: chains whose answer is known, of the simulated vendors, and those in no order."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.analytics.pin_risk import PinRisk, PinRiskParams
from quanticity.quant.pinning import nearest_strike
from quanticity.testing import contract_suite
from quanticity.views import Chain
from tests.plugins.running import run
from tests.plugins.test_exposure_of_vendors import chain as simulated
from tests.sim.vendors.asking import TEN_OCLOCK
from tests.views.making import NOW, view_of

KEY = "analytics:pin_risk:SPY"
STRIKES = (490, 495, 500, 505, 510)


def row(strike: float, right: str, day: str = "260105", root: str = "SPY", **figures):
    given = {"iv": 0.2, "open_interest": 1000.0, "bid": 1.0, "ask": 1.1}
    name = f"{root}{day}{right}{round(strike * 1000):08}"
    return {"option_symbol": name} | given | figures


def pinned(rows, spot: float | None = 500.0, now: float = NOW, params: PinRiskParams | None = None):
    chain = None if rows is None else view_of(Chain, {"price": spot, "contracts": list(rows)})
    views = {"alpha_vantage": None, "unusual_whales": chain}
    return run(PinRisk, views, now, params=params, symbol="SPY")[0][KEY]


def even(**more):
    return [row(strike, right, **more) for strike in STRIKES for right in "CP"]


def heavy(strike: float, held: float = 1e6):
    return [
        each | {"open_interest": held if f"{strike * 1000:08}" in each["option_symbol"] else 10.0}
        for each in even()
    ]


def test_where_everything_is_held_at_one_strike_near_expiry_it_is_pinned():
    found = pinned(heavy(500), now=NOW + 4 * 3600)
    assert found["max_pain"] == found["most_likely"] == 500
    assert found["probability"] > 0.95
    assert found["level"] == "high"
    assert found["lift"] > 1
    assert found["hours"] == pytest.approx(2)
    assert found["distance_percent"] == 0


def test_gamma_draws_towards_a_strike_and_diffusion_alone_gives_less():
    found = pinned(heavy(505))
    assert found["max_pain"] == 505
    assert found["diffusion"] == pytest.approx(
        nearest_strike(np.array(STRIKES, dtype=float), 500.0, 0.2, 6 / 24 / 365)[3]
    )
    assert found["probability"] > 2 * found["diffusion"]
    assert found["distance_percent"] == pytest.approx(1)


def test_far_from_expiry_gamma_is_flat_and_adds_nothing():
    rows = even(day="270105")
    found = pinned(rows)
    assert found["lift"] == pytest.approx(1, abs=0.1)


def test_probabilities_add_up():
    found = pinned(even())
    assert sum(found["probabilities"]) == pytest.approx(1)
    assert found["probabilities"][found["strikes"].index(found["max_pain"])] == pytest.approx(
        found["probability"]
    )


def test_dealers_are_long_gamma_at_calls_and_short_at_puts():
    calls = pinned([row(strike, "C") for strike in STRIKES])
    puts = pinned([row(strike, "P") for strike in STRIKES])
    assert (calls["dealers"], puts["dealers"]) == ("long gamma", "short gamma")
    assert calls["net_gex"] == pytest.approx(-puts["net_gex"], rel=0.2)


def test_only_the_next_expiry_that_anybody_holds_counts():
    rows = even(open_interest=0) + even(day="260106")
    found = pinned(rows)
    assert found["expiry"] == "2026-01-06"


def test_a_clock_that_passes_the_close_goes_to_the_next_expiry():
    rows = even() + even(day="260106")
    assert pinned(rows)["expiry"] == "2026-01-05"
    assert pinned(rows, now=NOW + 6 * 3600)["expiry"] == "2026-01-06"


def test_levels_are_told_and_can_be_changed():
    params = PinRiskParams(high=0.9999, medium=0.9998)
    found = pinned(even(), params=params)
    assert found["level"] == "low"
    assert found["levels"] == {"high": 0.9999, "medium": 0.9998}


@pytest.mark.parametrize(
    ("rows", "spot", "reason"),
    [
        (None, 500.0, "no fresh option chain"),
        ([], 500.0, "the chain is empty"),
        (even(day="260102"), 500.0, "no contract has open interest and time left"),
        (even(root="SPY1"), 500.0, "no contract has open interest and time left"),
        (even(open_interest=-5), 500.0, "no contract has open interest and time left"),
        (even(open_interest="none"), 500.0, "no contract has open interest and time left"),
        (even(bid=2, ask=1), None, "no price of the underlying"),
        (even(bid=0, ask=0), None, "no price of the underlying"),
        (even(iv=None), 500.0, "no volatility at the money"),
        (even(iv=99.0), 500.0, "no volatility at the money"),
        (even(), 900.0, "no volatility at the money"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows, spot, reason: str):
    found = pinned(rows, spot)
    assert found["probability"] is found["level"] is None
    assert reason in found["reason"]


def test_one_strike_is_where_it_ends():
    found = pinned([row(500, "C"), row(500, "P")])
    assert found["probability"] == 1


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL"])
@pytest.mark.parametrize("vendor", ["alpha_vantage", "unusual_whales"])
def test_of_the_simulated_vendors_every_figure_is_there(vendor: str, symbol: str):
    if vendor == "alpha_vantage" and symbol == "AAPL":
        symbol = "QQQ"
    views = {"alpha_vantage": None, "unusual_whales": None} | {vendor: simulated(vendor, symbol)}
    found = run(PinRisk, views, TEN_OCLOCK, symbol=symbol)[0][f"analytics:pin_risk:{symbol}"]
    assert found["reason"] is None
    assert 0 <= found["probability"] <= 1
    assert abs(found["distance_percent"]) < 10


def test_it_keeps_the_contract():
    contract_suite(PinRisk, values={"symbol": "SPY"})
