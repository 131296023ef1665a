"""Ranges, ages and people of filings: hand checks and invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import filings

NONE = float("nan")


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_the_middle_of_a_range_is_geometric():
    found = filings.middle(of(15_001, 0, 50e6), of(50_000, 1_000, NONE))
    assert found.tolist() == pytest.approx([27387.04, 31.6228, 50e6], rel=1e-6)


def test_net_of_ranges_by_hand():
    bought = np.array([True, False])
    low, high = of(1_001, 15_001), of(15_000, 50_000)
    assert filings.net_range(bought, low, high) == (-48_999, -1)


def test_a_range_without_an_upper_bound_has_no_most_or_no_least():
    assert filings.net_range(np.array([True]), of(50e6), of(NONE)) == (50e6, None)
    assert filings.net_range(np.array([False]), of(50e6), of(NONE)) == (None, -50e6)


def test_ages_halve():
    assert filings.aged(of(0, 30, 60), 30).tolist() == [1, 0.5, 0.25]


def test_trades_of_one_person_are_one():
    assert filings.by_person(["b", "a", "b"], of(1, 2, 3)).tolist() == [2, 4]
    assert filings.by_person([], of()).tolist() == []


ranges = st.tuples(st.booleans(), st.floats(0, 1e7), st.floats(0, 1e7))


@given(st.lists(ranges, min_size=1, max_size=20))
def test_every_amount_within_the_ranges_nets_within_the_bounds(given_):
    bought = np.array([one[0] for one in given_])
    low = np.array([one[1] for one in given_])
    high = low + np.array([one[2] for one in given_])
    least, most = filings.net_range(bought, low, high)
    assert least is not None
    assert most is not None
    slack = 1e-9 * high.sum()
    for amounts in (low, high, filings.middle(np.maximum(low, 1), np.maximum(high, 1))):
        held = np.clip(amounts, low, high)
        net = held[bought].sum() - held[~bought].sum()
        assert least - slack <= net <= most + slack
