"""The way back to the mean: where there is a pull, where there is none, and where nothing moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from plugins.analytics.mean_reversion import MeanReversion
from quanticity.quant import mean_reversion
from quanticity.testing import contract_suite
from quanticity.views import Bars
from tests.plugins.days import bars_of, minute_rows, walk
from tests.plugins.running import run
from tests.views.making import NOW


def reversion_of(bars: Bars | None, now: float = NOW) -> dict[str, Any]:
    outputs, _ = run(MeanReversion, {"bars": bars}, now, symbol="SPY")
    found: dict[str, Any] = outputs["analytics:mean_reversion:SPY"]
    return found


def test_a_price_with_a_pull_comes_back():
    later = NOW + 3600 * 4
    found = reversion_of(bars_of(walk(1, 241, pull=0.2), later), later)
    assert found["bars"] == 120
    assert found["last_bar"] == later - 60
    assert found["probability"] > 0.9
    assert found["half_life_minutes"] == pytest.approx(math.log(2) / 0.2, rel=0.6)
    assert found["is_significant"]
    assert found["mean"] == pytest.approx(100, rel=0.002)
    assert found["direction"] == ("down" if found["price"] > found["mean"] else "up")
    assert found["method"].startswith("Ornstein-Uhlenbeck")


def test_a_price_that_runs_away_is_told_as_a_random_walk():
    prices = 100 * np.exp(np.linspace(0, 0.02, 31) + 1e-4 * np.sin(np.arange(31.0) ** 2))
    found = reversion_of(bars_of(prices))
    assert found["half_life_minutes"] is None
    assert found["z"] is None
    assert "no pull was found" in found["method"]
    assert "no pull was found" in found["pull_reason"]
    assert 0 <= found["probability"] < 0.2
    assert found["is_significant"] is False


def test_it_is_the_kernels():
    bars = bars_of(walk(2, 31))
    fit = mean_reversion.fit(np.log(bars.closes))
    assert fit is not None
    expected = mean_reversion.return_probability(fit, math.log(bars.closes[-1]), 30)
    assert reversion_of(bars)["probability"] == expected


@pytest.mark.parametrize(
    ("bars", "reason"),
    [
        (None, "0 bars of this session, 20 are needed"),
        (bars_of(walk(1, 12)), "11 bars of this session, 20 are needed"),
        (bars_of(np.full(40, 7.0)), "the price did not move"),
    ],
)
def test_what_cannot_be_known_is_null(bars, reason):
    found = reversion_of(bars)
    assert found["probability"] is None
    assert found["reason"] == reason


def test_the_hours_before_are_no_part_of_the_session():
    assert reversion_of(bars_of(walk(1, 60)))["bars"] == 30
    assert reversion_of(bars_of(walk(1, 60), NOW - 3600 * 4))["bars"] == 0


def test_a_halted_symbol_was_to_come_back_within_half_an_hour():
    bars = bars_of(walk(1, 31))
    assert reversion_of(bars, NOW + 1800)["probability"] is not None
    found = reversion_of(bars, NOW + 1860)
    assert found["probability"] is found["direction"] is None
    assert found["reason"] == "no minute for 1,860 s: halted, closed, or the vendor is behind"
    assert found["last_bar"] == NOW - 60


def test_it_keeps_the_contract():
    contract_suite(
        MeanReversion,
        values={"symbol": "SPY"},
        given={"bars": {"rows": minute_rows(walk(3, 31))}},
    )
