"""Change and acceleration of a running total: hand checks, and what always holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.momentum import momentum, slope


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_by_hand():
    one = momentum(of(60, 120, 180, 240), of(1, 2, 4, 8), 0.0, 120.0)
    assert one.change == 6
    assert one.acceleration == 4
    # Increments 1, 1, 2, 4: mean square 22 / 4, of two minutes 11.
    assert one.score == pytest.approx(6 / 11**0.5)


def test_a_window_that_reaches_behind_the_start_has_no_change():
    one = momentum(of(60, 120), of(1, 3), 0.0, 180.0)
    assert one == (None, None, None)
    whole = momentum(of(60, 120), of(1, 3), 0.0, 120.0)
    assert whole.change == 3
    assert whole.acceleration is None


def test_minutes_without_an_entry_added_nothing():
    with_gap = momentum(of(60, 300), of(5, 7), 0.0, 120.0)
    assert with_gap.change == 2
    assert with_gap.acceleration == 2


def test_nothing_at_all():
    assert momentum(of(), of(), 0.0, 60.0) == (None, None, None)
    still = momentum(of(60, 120), of(0, 0), 0.0, 60.0)
    assert still.change == 0
    assert still.score is None


def test_slope_by_hand():
    assert slope(of(1, 3, 2)) == pytest.approx(0.5)
    assert slope(of(7)) is None


increments = st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=60)


@given(increments, st.integers(1, 20))
def test_the_other_way_round_is_its_negative(added, minutes):
    ends = of(*(60 * at for at in range(1, len(added) + 1)))
    totals = np.cumsum(of(*added))
    one, other = (momentum(ends, sign * totals, 0.0, 60.0 * minutes) for sign in (1, -1))
    assert one == tuple(None if figure is None else -figure for figure in other)


@given(increments)
def test_changes_of_all_minutes_add_up_to_the_total(added):
    ends = of(*(60 * at for at in range(1, len(added) + 1)))
    totals = np.cumsum(of(*added))
    changes = [
        momentum(ends[: n + 1], totals[: n + 1], 0.0, 60.0).change or 0.0 for n in range(len(added))
    ]
    scale = np.abs(added).sum()
    assert sum(changes) == pytest.approx(totals[-1], abs=1e-12 * scale + 1e-300)
