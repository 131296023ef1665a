"""A pull back to a mean: found where there is one, and its first passage against simulation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import mean_reversion
from quanticity.quant.exposure import Floats
from quanticity.quant.mean_reversion import Fit

HALF = math.log(2) / 20


def pulled(seed: int, count: int, b: float, mean: float = 5.0, noise: float = 0.1) -> Floats:
    dice = np.random.default_rng(seed)
    values = [mean]
    for draw in dice.standard_normal(count - 1):
        values.append(mean + b * (values[-1] - mean) + noise * draw)
    return np.array(values)


def a_fit(pull: float = HALF, mean: float = 0.0, noise: float = 0.1) -> Fit:
    b = math.exp(-pull)
    deviation = noise / math.sqrt(1 - b * b) if pull > 0 else None
    return Fit(b, pull, mean, deviation, noise, -4.0, -2.9, 100)


def test_a_known_pull_is_found():
    found = mean_reversion.fit(pulled(1, 5000, 0.9))
    assert found is not None
    assert found.b == pytest.approx(0.9, abs=0.02)
    assert found.mean == pytest.approx(5.0, abs=0.05)
    assert found.deviation == pytest.approx(0.1 / math.sqrt(1 - 0.81), rel=0.1)
    assert found.half_life == pytest.approx(math.log(2) / -math.log(0.9), rel=0.2)
    assert found.is_significant


def test_the_line_by_hand():
    """Least squares of x' on x, with numpy's own, and Dickey and Fuller's t beside it."""
    values = pulled(2, 60, 0.7)
    slope, level = np.polyfit(values[:-1], values[1:], 1)
    found = mean_reversion.fit(values)
    assert found is not None
    assert found.b == pytest.approx(slope + (1 + 3 * slope) / 59, rel=1e-9)
    assert found.mean == pytest.approx(level / (1 - slope), rel=1e-9)
    left = values[1:] - slope * values[:-1] - level
    error = math.sqrt(np.sum(left**2) / 57 / np.sum((values[:-1] - values[:-1].mean()) ** 2))
    assert found.statistic == pytest.approx((slope - 1) / error, rel=1e-9)


def test_a_random_walk_is_rarely_taken_for_a_pull():
    """Five of a hundred at 5%; without Kendall's correction nearly all would have a short one."""
    found = [
        mean_reversion.fit(np.cumsum(np.random.default_rng(seed).standard_normal(100)))
        for seed in range(600)
    ]
    known = [one for one in found if one is not None]
    assert np.mean([one.is_significant for one in known]) == pytest.approx(0.05, abs=0.025)
    assert np.mean([one.pull == 0 for one in known]) > 0.3


def test_the_probability_is_that_of_simulated_paths():
    """Ten thousand fine paths from one deviation away, half-life 20: within 20, 60 steps."""
    dice = np.random.default_rng(3)
    fine, paths = 20, 10_000
    step = HALF / fine
    b = math.exp(-step)
    found = a_fit(noise=math.sqrt(1 - math.exp(-2 * HALF)))
    values, hit = np.ones(paths), np.zeros(paths, dtype=bool)
    for at in range(1, 60 * fine + 1):
        values = b * values + math.sqrt(1 - b * b) * dice.standard_normal(paths)
        hit |= values <= 0
        if at in (20 * fine, 60 * fine):
            # Paths that are looked at 20 times a step miss some touches.
            expected = mean_reversion.return_probability(found, 1.0, at / fine)
            assert hit.mean() == pytest.approx(expected, abs=0.03)


def test_by_hand_one_deviation_away_for_one_half_life():
    """exp(2 theta t) is 4: erfc(1 / sqrt(2 x 3))."""
    found = a_fit()
    assert found.deviation is not None
    probability = mean_reversion.return_probability(found, found.deviation, 20)
    assert probability == pytest.approx(math.erfc(1 / math.sqrt(6)))


def test_without_a_pull_it_is_a_random_walks_and_a_tiny_pull_comes_close():
    walk = mean_reversion.return_probability(a_fit(0.0), 0.5, 30)
    assert walk == pytest.approx(math.erfc(0.5 / (0.1 * math.sqrt(60))))
    assert mean_reversion.return_probability(a_fit(1e-7), 0.5, 30) == pytest.approx(walk, rel=1e-4)


def test_at_the_mean_it_is_there_and_without_time_it_is_not():
    assert mean_reversion.return_probability(a_fit(mean=2.0), 2.0, 0) == 1
    assert mean_reversion.return_probability(a_fit(), 0.1, 0) == 0
    assert mean_reversion.return_probability(a_fit(5.0), 0.1, 1e9) == pytest.approx(1)


@pytest.mark.parametrize("values", [[], [1.0] * 5, [3.0] * 40, [1e9 + 0.0] * 40])
def test_what_is_short_or_stands_still_has_no_fit(values):
    assert mean_reversion.fit(np.array(values)) is None


def test_a_straight_line_is_no_pull_to_somewhere_far_off():
    """It fits exactly: there is no noise to measure anything by."""
    found = mean_reversion.fit(np.arange(40.0))
    assert found is None or found.pull == 0


@given(st.integers(0, 100_000), st.floats(-0.5, 0.999), st.integers(12, 120))
def test_a_mean_lies_where_the_series_has_been_and_a_probability_between_0_and_1(seed, b, count):
    values = pulled(seed, count, b)
    found = mean_reversion.fit(values)
    assert found is not None
    assert values.min() <= found.mean <= values.max()
    near = mean_reversion.return_probability(found, float(values[-1]), 10)
    assert 0 <= near <= mean_reversion.return_probability(found, float(values[-1]), 30) <= 1
    further = replace(found, mean=found.mean)
    away = found.mean + 2 * (float(values[-1]) - found.mean)
    assert mean_reversion.return_probability(further, away, 10) <= near + 1e-12
