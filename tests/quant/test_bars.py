"""Bars of prints, and longer bars of shorter ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.bars import Bars, joined, none, of_prints, regrouped


def of(*values: float):
    return np.array(values, dtype=np.float64)


def test_by_hand():
    bars = of_prints(of(100, 102, 104.9, 105, 117), of(10, 12, 9, 11, 13), of(1, 2, 3, 4, 5), 5)
    assert bars.starts.tolist() == [100, 105, 115]
    assert bars.opens.tolist() == [10, 11, 13]
    assert bars.highs.tolist() == [12, 11, 13]
    assert bars.lows.tolist() == [9, 11, 13]
    assert bars.closes.tolist() == [9, 11, 13]
    assert bars.volumes.tolist() == [6, 4, 5]
    assert bars.counts.tolist() == [3, 1, 1]
    assert bars.vwaps.tolist() == pytest.approx([(10 + 24 + 27) / 6, 11, 13])


def test_none_and_one():
    assert len(of_prints(of(), of(), of(), 5).starts) == 0
    assert len(regrouped(none(), 60).starts) == 0
    assert np.isnan(of_prints(of(3), of(10), of(0), 5).vwaps[0])


def test_what_came_late_lies_where_it_belongs():
    bars = of_prints(of(107, 101), of(11, 10), of(1, 1), 5)
    assert bars.starts.tolist() == [100, 105]


def test_of_two_that_overlap_the_later_counts():
    one = of_prints(of(0, 5, 10), of(1, 2, 3), of(1, 1, 1), 5)
    two = of_prints(of(10, 15), of(4, 5), of(1, 1), 5)
    assert joined(one, two).closes.tolist() == [1, 2, 4, 5]
    assert joined(one, none()).closes.tolist() == [1, 2, 3]


prints = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(900, 1100), st.integers(1, 500)), max_size=60
)


@given(prints)
def test_longer_bars_of_shorter_ones_are_those_of_the_prints(tape):
    tape.sort(key=lambda one: one[0])
    times, prices, sizes = (of(*(float(one[at]) for one in tape)) for at in range(3))
    short = of_prints(times, prices, sizes, 5)
    for one, other in zip(regrouped(short, 60), of_prints(times, prices, sizes, 60), strict=True):
        assert one.tolist() == pytest.approx(other.tolist())
    assert (short.highs >= np.maximum(short.opens, short.closes)).all()
    assert (short.lows <= np.minimum(short.opens, short.closes)).all()
    if len(short.starts):
        assert (short.lows <= short.vwaps + 1e-9).all()
        assert (short.vwaps <= short.highs + 1e-9).all()
    assert isinstance(short, Bars)
    assert short.volumes.sum() == sum(one[2] for one in tape)
