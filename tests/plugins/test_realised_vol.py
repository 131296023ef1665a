"""Realised volatility of a symbol: what it was made from, and why it is not there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from plugins.analytics.realised_vol import RealisedVol
from quanticity.quant import volatility
from quanticity.testing import Harness, contract_suite
from quanticity.views import Bars, Rows
from tests.plugins.days import bars_of, day_rows, minute_rows, walk, year_of
from tests.plugins.running import run
from tests.views.making import NOW, view_of


def vol_of(bars: Bars | None, daily: Rows | None = None, now: float = NOW) -> dict[str, Any]:
    outputs, _ = run(RealisedVol, {"bars": bars, "daily": daily}, now, symbol="SPY")
    found: dict[str, Any] = outputs["analytics:realised_vol:SPY"]
    return found


def test_a_session_of_twenty_percent():
    """Five and a half hours of it: each estimator is within its own error of what went in."""
    end = NOW + 5 * 3600
    fine = walk(1, 330 * 50 + 1, vol=0.2 / math.sqrt(50))
    found = vol_of(view_of(Bars, {"rows": minute_rows(fine, end, inside=50)}), now=end)
    figures = found["intraday"]
    assert figures["bars"] == 330
    for name in ("close_to_close", "parkinson", "garman_klass", "rogers_satchell", "yang_zhang"):
        assert figures[name] == pytest.approx(0.2, rel=0.2), name
    assert found["volatility"] == figures["close_to_close"]
    assert found["method"] == "intraday close to close"
    assert found["reason"] is None
    assert found["daily"]["close_to_close"] is None
    assert found["daily"]["reason"] == "no daily closes"


def test_ranges_of_bars_with_few_prints_are_too_narrow_to_be_the_headline():
    """A bar of two prints has no range beyond them: Rogers and Satchell see nothing at all."""
    found = vol_of(bars_of(walk(1, 331), NOW + 5 * 3600), now=NOW + 5 * 3600)
    assert found["intraday"]["rogers_satchell"] < 0.01
    assert found["volatility"] == pytest.approx(0.2, rel=0.1)


def test_only_complete_bars_of_the_session_count():
    """The pre-market hardly moves: with it, volatility would seem half of what it is."""
    prices = np.concatenate([np.full(70, 100.0), walk(2, 32)])
    rows = minute_rows(prices, NOW + 60)
    found = vol_of(view_of(Bars, {"rows": rows}))
    assert found["intraday"]["bars"] == 30
    assert found["intraday"]["from"] == NOW - 1800
    assert found["intraday"]["to"] == NOW
    alone = vol_of(bars_of(walk(2, 32)[:-1]))
    assert found["volatility"] == alone["volatility"]


def test_before_there_are_enough_bars_the_days_stand_in():
    found = vol_of(bars_of(walk(3, 12), NOW), year_of(3))
    assert found["method"] == "daily close to close"
    assert found["volatility"] == pytest.approx(0.2, rel=0.4)
    assert found["intraday"]["reason"] == "11 bars of this session, 20 are needed"


def test_daily_figures_by_hand():
    closes = 100 * np.exp(np.cumsum(np.tile([0.01, -0.01], 30)))
    found = vol_of(None, view_of(Rows, day_rows(closes, np.full(60, 0.2))))["daily"]
    # Closes are written with four digits.
    assert found["close_to_close"] == pytest.approx(0.01 * math.sqrt(252), rel=1e-4)
    assert found["ewma"] == pytest.approx(0.01 * math.sqrt(252), rel=1e-4)
    assert found["value_at_risk"] == pytest.approx(1 - math.exp(-0.01), rel=1e-4)
    assert found["expected_shortfall"] == pytest.approx(1 - math.exp(-0.01), rel=1e-4)
    assert found["risk_days"] == 50
    assert found["last"] == "2026-01-02"


def test_nothing_to_go_by_is_null_with_both_reasons():
    found = vol_of(None)
    assert found["volatility"] is None
    assert found["reason"] == "intraday: no fresh bars; daily: no daily closes"
    few = vol_of(bars_of(walk(4, 3)), year_of(4, count=5))
    assert few["reason"] == (
        "intraday: 2 bars of this session, 20 are needed; daily: 4 daily returns, 20 are needed"
    )


def test_a_halted_symbol_has_no_volatility_of_zero():
    found = vol_of(bars_of(np.full(40, 100.0)))
    assert found["volatility"] is None
    assert "did not move" in found["reason"]


def test_bars_of_nonsense_are_left_out_and_told():
    rows = minute_rows(walk(5, 31))
    rows += [{"time": NOW - 90, "open": "x"}, {"close": 1}, rows[3]]
    found = vol_of(view_of(Bars, {"rows": rows}))["intraday"]
    assert found["bars"] == 30
    assert found["left_out"] == {
        "bar without a time": 1,
        "price missing or not above zero": 1,
        "repeated": 1,
    }


def test_the_estimators_are_the_kernels():
    bars = bars_of(walk(6, 31))
    found = vol_of(bars)["intraday"]
    year = volatility.YEAR_OF_MINUTES
    assert found["parkinson"] == volatility.parkinson(bars.highs, bars.lows, year)
    assert found["garman_klass"] == volatility.garman_klass(
        bars.opens, bars.highs, bars.lows, bars.closes, year
    )


def test_it_runs_once_a_minute_however_often_bars_come():
    harness = Harness(RealisedVol, values={"symbol": "SPY"})
    harness.run()
    for _ in range(8):
        harness.give("bars", {"rows": minute_rows(walk(7, 31), harness.now)})
        harness.advance(15)
    assert len(harness.runs) <= 4
    assert harness.value("vol")["volatility"] > 0


def test_it_keeps_the_contract():
    closes = walk(8, 60)
    given = {
        "bars": {"rows": minute_rows(walk(8, 31))},
        "daily": {"data": day_rows(closes, np.full(60, 0.2))},
    }
    contract_suite(RealisedVol, values={"symbol": "SPY"}, given=given)
