"""Correlations: right where series are complete, and a matrix that is one where they are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import correlation
from quanticity.quant.exposure import Floats


def series(seed: int, rows: int = 6, moments: int = 80, missing: float = 0.0) -> Floats:
    dice = np.random.default_rng(seed)
    common = dice.standard_normal(moments)
    found = dice.standard_normal((rows, moments)) + common * dice.uniform(-2, 2, (rows, 1))
    found[dice.random(found.shape) < missing] = np.nan
    return found


def numpys(returns: Floats) -> Floats:
    return np.asarray(np.corrcoef(returns), dtype=np.float64)


def test_complete_series_have_numpys_correlations():
    returns = series(1)
    found, shared = correlation.pairwise(returns, 2)
    assert found == pytest.approx(numpys(returns), abs=1e-12)
    assert (shared == 80).all()


def test_a_pair_counts_only_what_it_shares():
    returns = series(2, rows=2)
    returns[0, :10] = np.nan
    returns[1, 70:] = np.nan
    found, shared = correlation.pairwise(returns, 2)
    assert found[0, 1] == pytest.approx(numpys(returns[:, 10:70])[0, 1], abs=1e-12)
    assert shared.tolist() == [[70, 60], [60, 70]]


def test_what_does_not_move_or_shares_too_little_has_none():
    returns = series(3, rows=3)
    returns[1] = 0.01
    returns[2, 5:] = np.nan
    found, _ = correlation.pairwise(returns, 20)
    assert found[0, 0] == 1.0
    assert np.isnan(found[1]).all()
    assert np.isnan(found[0, 2])
    assert np.isnan(found[2, 2])


def test_a_tiny_and_a_shifted_series_lose_no_digits():
    returns = series(4, rows=2)
    expected = numpys(returns)[0, 1]
    scaled = returns * np.array([[1e-170], [1.0]]) + np.array([[0.0], [1e4]])
    assert correlation.pairwise(scaled, 2)[0][0, 1] == pytest.approx(expected, abs=1e-9)


def test_highams_own_example():
    """Higham (2002), section 4: the nearest to (1 1 0; 1 1 1; 0 1 1)."""
    given_matrix = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    found = correlation.nearest_correlation(given_matrix)
    expected = np.array([[1.0, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]])
    assert found == pytest.approx(expected, abs=5e-5)


def test_a_matrix_that_is_one_stays_as_it_is():
    found = numpys(series(5))
    assert (correlation.nearest_correlation(found) == found).all()


@given(st.integers(0, 2**32), st.integers(2, 12), st.floats(0.0, 0.7))
def test_the_matrix_is_always_positive_semidefinite(seed, rows, missing):
    found, _ = correlation.pairwise(series(seed, rows, 60, missing), 3)
    some = np.isfinite(found).all(axis=1)
    nearest = correlation.nearest_correlation(np.ascontiguousarray(found[np.ix_(some, some)]))
    assert (np.diagonal(nearest) == 1).all()
    assert (nearest == nearest.T).all()
    assert (np.abs(nearest) <= 1).all()
    if len(nearest):
        assert np.linalg.eigvalsh(nearest)[0] >= -1e-9


@given(st.integers(0, 2**32), st.integers(1, 14))
def test_eigenvalues_are_lapacks(seed, size):
    half = np.random.default_rng(seed).standard_normal((size, size))
    matrix = half + half.T
    values, vectors = correlation._eigen(matrix)
    scale = np.abs(matrix).max() * size
    assert np.sort(values) == pytest.approx(np.linalg.eigvalsh(matrix), abs=1e-12 * scale)
    assert (vectors * values) @ vectors.T == pytest.approx(matrix, abs=1e-12 * scale)


def test_a_halted_symbol_does_not_jump_when_it_trades_again():
    minutes: Floats = np.arange(6.0) * 60
    halted = np.array([0.0, 60.0, 240.0, 300.0])
    returns = correlation.on_one_clock(
        [minutes, halted], [np.full(6, 100.0), np.array([50.0, 51.0, 90.0, 91.0])], 60.0
    )
    assert returns.shape == (2, 5)
    assert np.isfinite(returns[0]).all()
    assert np.isfinite(returns[1]).tolist() == [True, False, False, False, True]
    assert returns[1, 0] == pytest.approx(math.log(51 / 50))


def test_one_clock_takes_what_vendors_send():
    bad = np.array([math.nan, 0.0, 60.0, 120.0])
    prices = np.array([1.0, math.nan, 0.0, 5.0])
    returns = correlation.on_one_clock([bad, np.empty(0)], [prices, np.empty(0)], 60.0)
    assert returns.shape == (2, 2)
    assert np.isnan(returns).all()
    assert correlation.on_one_clock([], [], 60.0).shape == (0, 0)


def test_a_bar_of_another_century_costs_no_memory():
    times = np.array([0.0, 4e9, 4e9 + 60])
    returns = correlation.on_one_clock([times], [np.array([1.0, 2.0, 3.0])], 60.0)
    assert returns.shape == (1, 100_000)
    assert returns[0, -1] == pytest.approx(math.log(1.5))
