"""Indicators against their formulas, written out slowly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quanticity.quant.indicators import atr, bands, macd, rsi

DICE = np.random.default_rng(5)
CLOSES = 100 + np.cumsum(DICE.normal(0, 0.5, 120))
HIGHS, LOWS = CLOSES + DICE.random(120), CLOSES - DICE.random(120)
CLOSES.flags.writeable = False


def wilder(values, period: int) -> float:
    average = float(np.mean(values[:period]))
    for value in values[period:]:
        average = (average * (period - 1) + float(value)) / period
    return average


def exponential(values, period: int):
    average = [float(np.mean(values[:period]))]
    for value in values[period:]:
        average.append(average[-1] + 2 / (period + 1) * (float(value) - average[-1]))
    return np.array(average)


def test_rsi():
    moves = np.diff(CLOSES)
    up, down = wilder(np.maximum(moves, 0), 14), wilder(np.maximum(-moves, 0), 14)
    assert rsi(CLOSES) == pytest.approx(100 * up / (up + down), rel=1e-9)


def test_rsi_of_wilders_kind_of_day():
    assert rsi(np.arange(20.0) + 1) == 100
    assert rsi(20 - np.arange(20.0)) == pytest.approx(0)


def test_a_price_that_never_moved_passed_for_one_that_only_fell():
    assert rsi(np.full(30, 7.0)) == 50


def test_macd():
    # Its two averages begin where the slow one can: the fast one is seeded late.
    fast = exponential(CLOSES[26 - 12 :], 12)
    slow = exponential(CLOSES, 26)
    line = fast - slow
    average = exponential(line, 9)
    found = macd(CLOSES)
    assert found.line == pytest.approx(line[-1], abs=1e-9)
    assert found.signal == pytest.approx(average[-1], abs=1e-9)
    assert found.histogram == pytest.approx(line[-1] - average[-1], abs=1e-9)


def test_bands():
    last = CLOSES[-20:]
    found = bands(CLOSES)
    assert found.middle == pytest.approx(last.mean(), rel=1e-12)
    assert found.upper == pytest.approx(last.mean() + 2 * last.std(), rel=1e-9)
    assert found.lower == pytest.approx(last.mean() - 2 * last.std(), rel=1e-9)
    assert found.percent == pytest.approx(0.5 + (last[-1] - last.mean()) / (4 * last.std()))


def test_atr():
    before = CLOSES[:-1]
    ranges = np.maximum(HIGHS[1:], before) - np.minimum(LOWS[1:], before)
    assert atr(HIGHS, LOWS, CLOSES) == pytest.approx(wilder(ranges, 14), rel=1e-9)


def test_too_short_a_series_has_none():
    assert math.isnan(rsi(CLOSES[:14]))
    assert not math.isnan(rsi(CLOSES[:15]))
    assert math.isnan(macd(CLOSES[:33]).signal)
    assert not math.isnan(macd(CLOSES[:34]).signal)
    assert math.isnan(bands(CLOSES[:19]).upper)
    assert math.isnan(atr(HIGHS[:14], LOWS[:14], CLOSES[:14]))
    assert math.isnan(rsi(np.empty(0)))
    assert math.isnan(bands(np.full(20, 3.0)).percent)
