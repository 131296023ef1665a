"""Forecasts of volatility: by hand, without a look ahead, and better than implied alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import vol_forecast
from quanticity.quant.exposure import Floats


def a_year(seed: int, premium: float = 0.04, count: int = 300) -> tuple[Floats, Floats]:
    """Implied volatility that is `premium` above what follows, and the closes that do."""
    dice = np.random.default_rng(seed)
    vol = 0.2 + 0.05 * np.sin(np.arange(count) / 40)
    closes = 100 * np.exp(np.cumsum(dice.standard_normal(count) * vol / math.sqrt(252)))
    return vol + premium, np.asarray(closes, dtype=np.float64)


def test_realised_after_by_hand():
    closes = 100 * np.exp(np.array([0.0, 0.01, 0.03, 0.02]))
    found = vol_forecast.realised_after(closes, 2)
    assert found[0] == pytest.approx(math.sqrt(252 * (0.01**2 + 0.02**2) / 2))
    assert found[1] == pytest.approx(math.sqrt(252 * (0.02**2 + 0.01**2) / 2))
    assert np.isnan(found[2:]).all()
    assert np.isnan(vol_forecast.realised_after(closes[:2], 2)).all()
    assert len(vol_forecast.realised_after(np.empty(0), 2)) == 0


def test_premiums_by_hand():
    """Premiums of .04, .02 and .03, each known two days later, at a decay of .9."""
    implied = np.full(5, 0.24)
    after = np.array([0.20, 0.22, 0.21, math.nan, math.nan])
    found = vol_forecast.premiums(implied, after, 2, 0.9)
    assert np.isnan(found[:2]).all()
    second = 0.9 * 0.04 + 0.1 * 0.02
    assert found[2:] == pytest.approx([0.04, second, 0.9 * second + 0.1 * 0.03])


def test_a_forecast_knows_nothing_of_what_came_after():
    implied, closes = a_year(1)
    whole = vol_forecast.premiums(implied, vol_forecast.realised_after(closes, 21), 21, 0.95)
    cut = vol_forecast.realised_after(closes[:200], 21)
    early = vol_forecast.premiums(implied[:200], cut, 21, 0.95)
    assert np.array_equal(whole[:200], early, equal_nan=True)


def test_a_constant_premium_is_taken_out():
    implied, closes = a_year(2)
    after = vol_forecast.realised_after(closes, 21)
    judged = vol_forecast.errors(implied, after, 21, 0.97)
    assert judged is not None
    assert judged.count == 300 - 2 * 21
    assert abs(judged.bias) < 0.015
    assert judged.rmse < 0.8 * judged.implied_rmse
    assert judged.mae <= judged.rmse


def test_the_best_decay_is_the_one_with_the_smallest_error():
    implied, closes = a_year(3)
    after = vol_forecast.realised_after(closes, 21)
    best = vol_forecast.best_decay(implied, after, 21)
    assert best in vol_forecast.DECAYS
    errors = {
        decay: vol_forecast.errors(implied, after, 21, decay) for decay in vol_forecast.DECAYS
    }
    rmse = {decay: one.rmse for decay, one in errors.items() if one is not None}
    assert rmse[best] == min(rmse.values())


def test_days_without_a_figure_change_nothing():
    implied, closes = a_year(4)
    after = vol_forecast.realised_after(closes, 21)
    implied[50] = math.nan
    found = vol_forecast.premiums(implied, after, 21, 0.9)
    assert found[71] == found[70]
    closes[100] = math.nan
    assert np.isnan(vol_forecast.realised_after(closes, 21)[79:101]).all()


def test_without_a_past_there_is_nothing_to_judge():
    implied, closes = a_year(5, count=30)
    after = vol_forecast.realised_after(closes, 21)
    assert vol_forecast.errors(implied, after, 21, 0.9) is None
    assert vol_forecast.best_decay(implied, after, 21) is None
    assert vol_forecast.best_decay(np.empty(0), np.empty(0), 21) is None


@given(st.integers(0, 10_000), st.sampled_from(vol_forecast.DECAYS))
def test_a_premium_lies_between_those_it_was_made_of(seed, decay):
    implied, closes = a_year(seed, count=80)
    after = vol_forecast.realised_after(closes, 5)
    found = vol_forecast.premiums(implied, after, 5, decay)
    known = (implied - after)[np.isfinite(after)]
    slack = 1e-12
    assert np.nanmin(found) >= known.min() - slack
    assert np.nanmax(found) <= known.max() + slack
