"""Calibration of expected moves: years whose answer is known, and histories with holes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from plugins.analytics.expected_move_calibration import CalibrationParams, ExpectedMoveCalibration
from quanticity.testing import Harness, contract_suite
from quanticity.views import Rows
from tests.plugins.running import run
from tests.sim.vendors.asking import TEN_OCLOCK, get
from tests.views.making import NOW, view_of

KEY = "analytics:expected_move_calibration:{}"
RANK = "https://api.unusualwhales.com/api/stock/{}/iv-rank"


def year(factor: float = 1.0, days: int = 250, vol: float = 0.2) -> list[dict[str, object]]:
    """A symbol that moved `factor` times as much as implied; figures are texts, as sent."""
    z = factor * np.random.default_rng(11).standard_normal(days)
    closes = 100 * np.exp(np.cumsum(z) * vol / np.sqrt(252))
    first = date(2025, 1, 6)
    return [
        {"date": str(first + timedelta(at)), "close": f"{close:.4f}", "volatility": str(vol)}
        for at, close in enumerate(closes)
    ]


def calibrated(rows, params: CalibrationParams | None = None):
    view = view_of(Rows, {"data": rows})
    outputs, _ = run(ExpectedMoveCalibration, {"history": view}, NOW, params=params, symbol="SPY")
    return outputs[KEY.format("SPY")]


def test_a_symbol_that_moves_as_implied_keeps_its_size():
    found = calibrated(year())
    assert found["ratio"] == pytest.approx(1, abs=0.1)
    assert found["within"] == pytest.approx(0.6827, abs=0.06)
    assert found["moves"] == 249
    assert found["size_factor"] == pytest.approx(1, abs=0.1)
    assert found["reason"] is None


def test_a_symbol_that_moves_twice_as_much_is_halved():
    found, fair = calibrated(year(2.0)), calibrated(year())
    assert found["ratio"] == pytest.approx(2 * fair["ratio"], rel=1e-3)
    assert found["size_factor"] == pytest.approx(1 / found["ratio"])
    assert found["p_value"] < 1e-6


def test_one_that_hardly_moves_is_not_enlarged():
    assert calibrated(year(0.3))["size_factor"] == 1


def test_weeks_are_judged_as_well():
    day, week = calibrated(year())["horizons"]
    assert (day["sessions"], week["sessions"]) == (1, 5)
    assert week["moves"] == 49


def test_order_repeats_and_holes_do_no_harm():
    rows = year()
    again = [*reversed(rows), rows[3], {"date": None, "close": "1"}, {"date": "soon"}]
    assert calibrated(again) == calibrated(rows)
    rows[10]["close"] = rows[20]["volatility"] = "n/a"
    rows[30]["volatility"] = "0"
    assert calibrated(rows)["moves"] == 249 - 2 - 1 - 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "only 0 moves"),
        (year(days=1), "only 0 moves"),
        (year(days=15), "only 14 moves"),
        ([row | {"volatility": "9e300"} for row in year()], "only 0 moves"),
        ([row | {"close": "100"} for row in year()], "the closes never moved"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows, reason: str):
    found = calibrated(rows)
    assert found["ratio"] is found["size_factor"] is None
    assert reason in found["reason"]


@pytest.mark.parametrize("symbol", ["SPX", "SPY", "TSLA"])
def test_of_the_simulated_vendor_every_figure_is_there(symbol: str):
    answer = get(RANK.format(symbol), {}, {"Authorization": "Bearer t"})
    view = view_of(Rows, answer.body, TEN_OCLOCK)
    outputs, _ = run(ExpectedMoveCalibration, {"history": view}, TEN_OCLOCK, symbol=symbol)
    found = outputs[KEY.format(symbol)]
    assert found["reason"] is None
    assert found["moves"] > 200
    assert 0.3 < found["ratio"] < 3


def test_it_is_there_all_day_though_the_vendor_writes_once():
    harness = Harness(ExpectedMoveCalibration, values={"symbol": "SPY"})
    harness.give("history", {"data": year()})
    ran = harness.advance(4 * 3600)
    assert len(ran) >= 4
    assert all(one.outputs["calibration"]["reason"] is None for one in ran)


def test_it_keeps_the_contract():
    given = {"history": {"data": year(days=30)}}
    contract_suite(ExpectedMoveCalibration, values={"symbol": "SPY"}, given=given)
