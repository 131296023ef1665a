"""Classes and means of sentiment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.sentiment import Mood, moods, weighted


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_bounds_belong_to_the_outer_class():
    assert moods(of(-1, -0.35)) == [Mood.VERY_BEARISH] * 2
    assert moods(of(-0.3499, -0.15)) == [Mood.BEARISH] * 2
    assert moods(of(-0.1499, 0, 0.1499)) == [Mood.NEUTRAL] * 3
    assert moods(of(0.15, 0.3499)) == [Mood.BULLISH] * 2
    assert moods(of(0.35, 1)) == [Mood.VERY_BULLISH] * 2
    assert moods(of()) == []


def test_no_score_has_no_class():
    with pytest.raises(ValueError, match="no class"):
        moods(of(0.1, float("nan")))


def test_weighted_by_hand():
    assert weighted(of(0.5, -0.1), of(3, 1)) == pytest.approx(0.35)
    assert weighted(of(0.5), of(0)) is None


@given(st.lists(st.floats(-1, 1), max_size=30))
def test_the_opposite_score_has_the_opposite_class(scores):
    ranks = {mood: at for at, mood in enumerate(Mood)}
    there, back = moods(of(*scores)), moods(-of(*scores))
    assert [ranks[one] for one in there] == [4 - ranks[one] for one in back]
