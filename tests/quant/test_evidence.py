"""Leaning of signed amounts, and whether coins would do that: hand checks and invariants."""

from __future__ import annotations

from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import evidence


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_by_hand():
    assert evidence.balance(of(30, -10, 5)) == pytest.approx(25 / 45)
    assert evidence.one_sided(of(30, -10, 5)) == pytest.approx(35 / 45)
    assert evidence.score(of(1, 1, 1, -1)) == 1
    assert evidence.score(np.ones(10)) == pytest.approx(3.16227766)
    assert evidence.together([1, 2]) == pytest.approx(2.12132034)
    assert evidence.divergence(3, -1) == pytest.approx(2.82842712)
    assert evidence.confidence(1.959963985) == pytest.approx(0.95)
    assert evidence.confidence(0) == 0


def test_no_amount_has_no_side():
    for nothing in (of(), of(0, 0)):
        assert evidence.balance(nothing) is None
        assert evidence.one_sided(nothing) is None
        assert evidence.score(nothing) is None
    assert evidence.together([]) is None


def test_a_score_has_mean_0_and_variance_1_over_all_tosses_of_the_coins():
    amounts = of(3, 1, 4, 1, 5, 9, 2, 6)
    scores = [evidence.score(amounts * of(*signs)) or 0.0 for signs in product((-1, 1), repeat=8)]
    assert np.mean(scores) == pytest.approx(0, abs=1e-12)
    assert np.var(scores) == pytest.approx(1)


def test_confidence_is_that_of_the_normal_distribution():
    for z in (0.1, 0.5, 1, 2, 3):
        assert evidence.confidence(-z) == pytest.approx(1 - 2 * NormalDist().cdf(-z))


def test_blocks_by_hand():
    assert evidence.blocks(of(0, 10, 70, 190), of(1, 2, 3, 4), 0.0, 60.0).tolist() == [3, 3, 0, 4]
    assert evidence.blocks(of(), of(), 0.0, 60.0).tolist() == []


amounts = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40)


@given(amounts)
def test_turned_round_it_leans_the_other_way_within_bounds(given_):
    signed = of(*given_)
    leaning, score = evidence.balance(signed), evidence.score(signed)
    if leaning is None or score is None:
        assert leaning is score is None
        return
    assert -1 - 1e-12 <= leaning <= 1 + 1e-12
    assert evidence.balance(-signed) == -leaning
    assert evidence.score(-signed) == -score
    # By Cauchy and Schwarz no score is above the root of the number of amounts.
    assert abs(score) <= len(given_) ** 0.5 * (1 + 1e-9)
    side = evidence.one_sided(signed)
    assert side is not None
    assert 0.5 <= side <= 1 + 1e-12


@given(amounts, st.floats(1e-6, 1e6))
def test_the_unit_does_not_matter(given_, unit):
    signed = of(*given_)
    one, other = evidence.score(signed), evidence.score(signed * unit)
    if one is not None and other is not None:
        assert other == pytest.approx(one, rel=1e-6, abs=1e-9)
