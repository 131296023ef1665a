"""Clusters of print sizes and the memory of a series, by hand and against brute force."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.quant import discovery
from quanticity.quant.exposure import Floats


def clusters_of(*groups: tuple[float, int]) -> tuple[discovery.Cluster, ...]:
    sizes, counts = np.array(groups, dtype=np.float64).T
    return discovery.size_clusters(sizes, counts)


def test_three_sizes_are_three_clusters():
    small, usual, large = clusters_of((10, 300), (100, 500), (105, 100), (5000, 20))
    assert (round(small.centre, 9), small.prints, small.volume) == (10, 300, 3000)
    assert usual.centre == pytest.approx(100 * 1.05 ** (1 / 6), rel=1e-12)
    assert (usual.prints, usual.volume) == (600, 60_500)
    assert large.centre == pytest.approx(5000)


def test_a_bucket_holds_ten_usual_prints():
    assert discovery.bucket_size(clusters_of((10, 300), (100, 900), (700, 20))) == 1000


def test_one_large_print_never_fills_a_bucket():
    assert discovery.bucket_size(clusters_of((10, 300), (100, 900), (7000, 20))) == 7000


def test_a_thousand_shares_of_a_busy_stock_are_no_bucket():
    """SPY trades 62 million shares a day: 1,000 of them are gone in well under a second."""
    clusters = clusters_of((10, 300), (100, 900), (700, 20))
    assert discovery.bucket_size(clusters, pace=62e6 / 23_400) == pytest.approx(26_496, abs=1)
    assert discovery.bucket_size(clusters, pace=5.0) == 1000


def test_a_bucket_is_at_least_fifty_shares():
    assert discovery.bucket_size(clusters_of((1, 300), (2, 100), (3, 20))) == 50
    assert discovery.bucket_size(()) is None


def test_fewer_sizes_than_clusters():
    (alone,) = clusters_of((100, 7))
    assert (round(alone.centre, 9), alone.prints, alone.volume) == (100, 7, 700)
    assert len(clusters_of((100, 7), (200, 1))) == 2
    assert clusters_of((100, 0)) == ()


def test_bins_are_within_five_percent_of_what_they_hold():
    sizes = np.geomspace(1, 1e7, 500)
    binned = discovery.bin_sizes(discovery.size_bins(sizes))
    assert np.max(np.abs(binned / sizes - 1)) < 0.045


def squares(x: Floats, w: Floats, edges: list[int]) -> float:
    total = 0.0
    for start, end in pairwise(edges):
        mean = np.sum(x[start:end] * w[start:end]) / np.sum(w[start:end])
        total += float(np.sum(w[start:end] * (x[start:end] - mean) ** 2))
    return total


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 100_000), min_size=4, max_size=9, unique=True),
    st.integers(0, 1000),
)
def test_no_other_split_is_better(sizes, seed):
    """Every way of cutting the sizes in three, tried out."""
    size = np.sort(np.array(sizes, dtype=np.float64))
    count = np.random.default_rng(seed).integers(1, 50, len(size)).astype(np.float64)
    x = np.log(size)
    best = min(
        squares(x, count, [0, one, two, len(x)]) for one, two in combinations(range(1, len(x)), 2)
    )
    prints = [one.prints for one in discovery.size_clusters(size, count)]
    edges = [0, *np.searchsorted(np.cumsum(count), np.cumsum(prints)).astype(int) + 1]
    assert squares(x, count, edges) == pytest.approx(best, rel=1e-9, abs=1e-9 * np.sum(count))


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=50))
def test_clusters_lose_no_print_and_no_share(sizes):
    size = np.array(sizes)
    found = discovery.size_clusters(size, np.ones(len(size)))
    assert sum(one.prints for one in found) == len(size)
    assert sum(one.volume for one in found) == pytest.approx(size.sum(), rel=1e-12)
    assert [one.centre for one in found] == sorted(one.centre for one in found)
    bucket = discovery.bucket_size(found)
    assert bucket is not None
    assert bucket >= 50


def test_autocorrelation_by_hand():
    """1 2 3 4: mean 2.5, squares 5; lag 1 (1.5*.5 - .5*.5 + .5*1.5) = 1.25, a quarter."""
    found = discovery.autocorrelation(np.array([1.0, 2, 3, 4]), 9)
    assert found == pytest.approx([0.25, -0.3, -0.45])


def test_memory_is_as_long_as_what_it_averages():
    noise = np.random.default_rng(4).standard_normal(4000)
    assert discovery.memory(noise, 30) == 0
    smooth = np.convolve(noise, np.ones(10) / 10, "valid")
    assert discovery.memory(smooth, 30) == pytest.approx(9, abs=1)
    assert discovery.memory(np.cumsum(noise), 30) == 30


def test_what_does_not_move_remembers_nothing_that_can_be_known():
    assert discovery.memory(np.full(50, 3.0), 30) is None
    assert discovery.memory(np.array([1.0, 2.0]), 30) is None
    assert len(discovery.autocorrelation(np.empty(0), 5)) == 0


@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=80), st.integers(1, 40))
def test_autocorrelations_lie_between_minus_one_and_one(values, most):
    found = discovery.autocorrelation(np.array(values), most)
    assert np.isnan(found).all() or (np.abs(found) <= 1 + 1e-12).all()
    remembered = discovery.memory(np.array(values), most)
    assert remembered is None or 0 <= remembered <= most
