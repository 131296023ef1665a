"""Classes of volatility, and a trend that is measured against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import regime
from quanticity.quant.regime import VolClass


def test_the_example_of_the_notes_is_high():
    assert regime.vol_class(0.1694) is VolClass.HIGH


@pytest.mark.parametrize(
    ("vol", "label"),
    [
        (0.0, "LOW"),
        (0.0999, "LOW"),
        (0.1, "NORMAL"),
        (0.15, "HIGH"),
        (0.25, "EXTREME"),
        (3, "EXTREME"),
    ],
)
def test_an_edge_belongs_to_the_class_above(vol, label):
    assert regime.vol_class(vol) == label


def test_the_score_of_a_straight_line_by_hand():
    """Steps of 1% up: means of two windows of 3 lie 3% apart; 3 / sqrt(19/9)."""
    closes = 100 * np.exp(0.01 * np.arange(6))
    assert regime.trend_score(closes, 3) == pytest.approx(3 / math.sqrt(19 / 9))
    assert regime.trend_score(closes[::-1], 3) == pytest.approx(-3 / math.sqrt(19 / 9))


def test_without_a_trend_the_score_is_a_standard_normal():
    """Three thousand random walks: mean 0, deviation 1, as the weights of the steps have it."""
    dice = np.random.default_rng(8)
    walks = np.exp(0.001 * np.cumsum(dice.standard_normal((3000, 40)), axis=1))
    scores = np.array([regime.trend_score(walk, 20) for walk in walks], dtype=np.float64)
    assert scores.mean() == pytest.approx(0, abs=0.06)
    assert scores.std() == pytest.approx(1, abs=0.05)
    assert np.mean(np.abs(scores) > 1.96) == pytest.approx(0.05, abs=0.015)


def test_a_price_that_stands_still_has_no_trend_that_can_be_scored():
    assert regime.trend_score(np.full(40, 7.0), 20) is None
    assert regime.trend_score(np.arange(1.0, 40), 20) is None
    assert regime.trend_score(np.empty(0), 20) is None


@given(st.floats(0, 100), st.floats(0.1, 50))
def test_sureness_is_a_coin_toss_at_the_edge_and_grows_from_there(value, edge):
    far = 2 * edge
    found = regime.sureness(value, edge, far)
    assert 0.5 <= found <= 1
    assert regime.sureness(edge, edge, far) == 0.5
    assert regime.sureness(0, edge, far) == regime.sureness(far, edge, far) == 1
    further = value + 0.1 if value >= edge else max(value - 0.1, 0)
    assert regime.sureness(further, edge, far) >= found
