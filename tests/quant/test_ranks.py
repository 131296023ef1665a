"""Rank and percentile of a value within its past."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.ranks import percentile, rank

HISTORY = np.array([10, 12, 15, 11, 14, 13, 40, 16, 12, 18], dtype=np.float64)


def test_rank_and_percentile_by_hand():
    assert rank(18, HISTORY) == pytest.approx(26.67, abs=0.005)
    assert percentile(18, HISTORY) == pytest.approx(80)


def test_what_is_not_known_does_not_count():
    assert rank(18, np.append(HISTORY, np.nan)) == rank(18, HISTORY)
    assert percentile(18, np.append(HISTORY, np.nan)) == percentile(18, HISTORY)


def test_no_past_and_one_that_never_moved():
    assert rank(18, np.array([])) is None
    assert percentile(18, np.array([])) is None
    assert rank(18, np.array([18.0, 18.0])) is None
    assert percentile(18, np.array([18.0, 18.0])) == 0


@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=300), st.floats(0.01, 5))
def test_both_are_between_0_and_100(history, value):
    past = np.array(history)
    found = rank(value, past)
    assert found is None or 0 <= found <= 100
    assert 0 <= (percentile(value, past) or 0) <= 100


def test_the_highest_of_all_ranked_a_hair_above_100():
    for high in np.linspace(0.011, 3, 500).tolist():
        assert rank(high, np.array([0.01, high])) == 100
