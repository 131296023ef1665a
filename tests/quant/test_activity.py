"""What trades today: put/call ratios and unusual contracts, by hand and in general."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.activity import by_side, premium, unusual, volume_to_interest

NAN = float("nan")


def of(*values: float):
    return np.array(values, dtype=np.float64)


CALLS = np.array([True, False, True, False])


def test_put_call_ratio_by_hand():
    sides = by_side(of(60, 90, 40, 9), CALLS)
    assert (sides.calls, sides.puts, sides.total) == (100, 99, 199)
    assert sides.put_call == pytest.approx(0.99)


def test_what_is_unknown_or_negative_does_not_count():
    sides = by_side(of(60, NAN, -5, 9), CALLS)
    assert (sides.calls, sides.puts) == (60, 9)


def test_without_calls_there_is_no_ratio():
    assert by_side(of(0, 9, 0, 0), CALLS).put_call is None
    assert by_side(of(), np.array([], dtype=bool)).put_call is None


def test_volume_to_interest_by_hand():
    ratio = volume_to_interest(of(620, 620, NAN, 620, -1), of(500, 0, 500, NAN, 500))
    assert ratio[0] == pytest.approx(1.24)
    assert np.isnan(ratio[1:]).all()


def test_a_contract_is_unusual_where_it_reaches_all_three_thresholds():
    volume, interest = of(620, 619, 500, 499, 1240, 1240), of(500, 500, 400, 300, 100, 99)
    assert unusual(volume, interest).tolist() == [True, False, True, False, True, False]


def test_premium_is_volume_times_mid_times_100_shares():
    assert premium(of(10), of(2.5))[0] == pytest.approx(2500)


amounts = st.lists(
    st.tuples(st.one_of(st.just(NAN), st.floats(-10, 1e6)), st.integers(0, 10**6), st.booleans()),
    max_size=30,
)


@given(amounts)
def test_sums_of_two_sides_are_the_whole_and_what_is_unusual_traded_more_than_was_open(rows):
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    volume, interest, calls = (np.array(column, dtype=np.float64) for column in columns)
    side = calls.astype(bool)
    sides = by_side(volume, side)
    assert sides.total == pytest.approx(float(volume[volume >= 0].sum()), rel=1e-12)
    hits = unusual(volume, interest)
    assert (volume[hits] > interest[hits]).all()
