"""Two figures beside each other: by hand, and where there is nothing to compare."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.agreement import compare, cosine


def test_ratio_by_hand():
    found = compare(110.0, 100.0, 0.10)
    assert found.ratio == pytest.approx(1.1)
    assert found.agrees
    assert not compare(111.0, 100.0, 0.10).agrees
    assert not compare(-100.0, 100.0, 0.10).agrees


def test_a_net_is_judged_by_its_gross():
    assert compare(30.0, 42.0, 0.10, gross=6000.0).agrees
    assert not compare(30.0, 42.0, 0.10, gross=100.0).agrees


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        (None, 1.0, "ours not there"),
        (1.0, None, "theirs not there"),
        (None, None, "ours and theirs not there"),
        (1.0, 0.0, "theirs is zero"),
        (1.0, 1e300, "a figure is impossible"),
        (1.0, 1e-300, "a figure is impossible"),
        (float("nan"), 1.0, "a figure is impossible"),
    ],
)
def test_without_two_figures_there_is_no_ratio(ours, theirs, reason: str):
    found = compare(ours, theirs, 0.1)
    assert found.ratio is found.agrees is None
    assert found.reason == reason


def test_likeness_by_hand():
    assert cosine(np.array([1.0, 2.0]), np.array([2.0, 4.0])) == pytest.approx(1)
    assert cosine(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0
    assert cosine(np.array([1.0]), np.array([-3.0])) == pytest.approx(-1)
    assert cosine(np.zeros(2), np.ones(2)) is None
    assert cosine(np.zeros(0), np.zeros(0)) is None


def test_profiles_too_large_to_be_squared_were_at_right_angles():
    assert cosine(np.array([1e300, 1.0]), np.array([1e300, 1.0])) is None


def test_profiles_whose_squares_have_lost_their_digits_were_more_than_alike():
    tiny = np.array([1e-81, 0.0])
    assert cosine(tiny, tiny * 3) == pytest.approx(1, abs=1e-12)
    assert cosine(tiny * 1e-70, tiny) is None


@given(st.lists(st.tuples(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12)), max_size=30))
def test_likeness_is_between_minus_1_and_1(rows):
    ours, theirs = (np.array([row[at] for row in rows], dtype=np.float64) for at in (0, 1))
    found = cosine(ours, theirs)
    assert found is None or abs(found) <= 1 + 1e-9
