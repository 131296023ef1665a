"""Pinning: probabilities that add up, hand checks, and the two extremes of gamma."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.pinning import nearest_strike, weighted


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_nearest_strike_by_hand():
    """One deviation is 10%: ln(95/100) and ln(105/100) are -.4629 and .5379 with the drift's
    half variance."""
    found = nearest_strike(of(90, 100, 110), 100.0, 0.20, 0.25)
    assert found == pytest.approx([0.32172, 0.38297, 0.29531], abs=1e-4)


def test_weighted_by_hand():
    assert weighted(of(0.2, 0.5, 0.3), of(1, 2, 0)) == pytest.approx([1 / 6, 5 / 6, 0])


def test_without_gamma_there_is_no_answer():
    assert weighted(of(0.2, 0.8), of(0, 0)) is None
    assert weighted(of(), of()) is None


@pytest.mark.parametrize(
    ("spot", "vol", "years"), [(0, 0.2, 1), (100, 0, 1), (100, 0.2, 0), (100, float("nan"), 1)]
)
def test_what_cannot_diffuse_is_refused(spot: float, vol: float, years: float):
    with pytest.raises(ValueError, match="above zero"):
        nearest_strike(of(100), spot, vol, years)


ladders = st.lists(st.integers(1, 400), min_size=1, max_size=40, unique=True).map(sorted)


@given(ladders, st.floats(1, 400), st.floats(0.01, 4), st.floats(1e-6, 3), st.randoms())
def test_probabilities_add_up_to_one_and_gamma_at_one_strike_takes_all(
    strikes, spot, vol, years, dice
):
    levels = np.array(strikes, dtype=np.float64)
    diffusion = nearest_strike(levels, spot, vol, years)
    assert (diffusion >= 0).all()
    assert diffusion.sum() == pytest.approx(1, abs=1e-12)
    even = weighted(diffusion, np.full(len(levels), 7.0))
    assert even == pytest.approx(diffusion, abs=1e-12)
    only = dice.randrange(len(levels))
    alone = weighted(diffusion, np.where(np.arange(len(levels)) == only, 1.0, 0.0))
    assert alone is None or alone[only] == pytest.approx(1)
