"""VPIN: the hand check, and what always holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.vpin import buckets, bulk_bought, of_bars, vpin


def of(*values: float):
    return np.array(values, dtype=np.float64)


def cut(volumes, bought, size: float, filled=0.0, held=0.0, most=1000):
    found = buckets(of(*volumes), of(*bought), size, filled, held, most)
    return found[:-2], found[-2:].tolist()


def test_by_hand():
    bought = bulk_bought(of(1, -0.5, 0, 2), 1.0)
    full, rest = cut([100] * 4, bought, 100)
    assert vpin(full) == pytest.approx(0.505029, abs=5e-7)
    assert rest == [0, 0]


def test_what_overflows_a_bucket_goes_to_the_next():
    full, rest = cut([150, 30, 70], [1, 0, 1], 100)
    # 100 bought; 50 bought, 30 sold, 20 bought; 50 are left.
    assert full.tolist() == pytest.approx([1.0, 0.4])
    assert rest == [50, 50]


def test_one_print_may_fill_many_buckets():
    full, rest = cut([1_050], [0], 100)
    assert full.tolist() == [-1.0] * 10
    assert rest == [50, -50]


def test_a_print_of_absurd_size_costs_no_memory():
    full, _ = cut([1e15, 60], [1, 0], 50, most=60)
    assert len(full) == 60
    assert vpin(full) == 1.0
    assert of_bars(of(1, 2), of(1e15, 1e15), 50.0, 50)[-1] <= 1


@pytest.mark.parametrize("size", [0.0, -5.0, float("nan")])
def test_a_bucket_without_a_size_never_gets_full(size: float):
    assert len(cut([100], [1], size)[0]) == 0
    assert np.isnan(of_bars(of(1, 2), of(10, 10), size, 50)).all()


def test_nothing_gives_nothing():
    assert vpin(of()) is None
    assert cut([], [], 100) == (pytest.approx([]), [0, 0])
    assert len(of_bars(of(), of(), 100.0, 50)) == 0
    assert np.isnan(of_bars(of(5), of(10), 100.0, 50)).all()


def test_a_price_that_stands_still_is_half_bought():
    assert bulk_bought(of(0, 0, float("nan")), 0.0).tolist() == [0.5, 0.5, 0.5]
    assert of_bars(of(5, 5, 5), of(100, 100, 100), 100.0, 50).tolist() == [0, 0, 0]


def test_sigma_is_of_all_bars_empty_ones_too():
    closes, volumes = of(10, 11, 11, 11, 10.5), of(100, 100, 0, 0, 100)
    changes = np.diff(closes, prepend=closes[0])
    bought = bulk_bought(changes, float(np.std(np.diff(closes))))
    some = volumes > 0
    full = buckets(volumes[some], bought[some], 100.0, 0.0, 0.0, 100)[:-2]
    assert of_bars(closes, volumes, 100.0, 50)[-1] == pytest.approx(vpin(full))


flow = st.lists(st.tuples(st.integers(1, 5_000), st.floats(0, 1)), min_size=1, max_size=60)


@given(flow, st.integers(50, 3_000), st.integers(0, 60))
def test_cut_in_two_pieces_it_is_the_same_and_no_share_is_lost(tape, size, at):
    volumes, bought = zip(*tape, strict=True)
    whole, rest = cut(volumes, bought, size, most=100_000)
    one, open_ = cut(volumes[:at], bought[:at], size, most=100_000)
    two, again = cut(volumes[at:], bought[at:], size, open_[0], open_[1], 100_000)
    assert np.concatenate([one, two]) == pytest.approx(whole, abs=1e-9)
    assert again == pytest.approx(rest, abs=1e-6)
    assert len(whole) * size + rest[0] == pytest.approx(sum(volumes))
    signed = sum(volume * (2 * part - 1) for volume, part in tape)
    assert size * whole.sum() + rest[1] == pytest.approx(signed, abs=1e-6 * sum(volumes))


@given(flow, st.integers(50, 3_000))
def test_it_is_between_0_and_1(tape, size):
    volumes, bought = zip(*tape, strict=True)
    full, rest = cut(volumes, bought, size)
    found = vpin(full)
    assert found is None or 0 <= found <= 1
    assert 0 <= rest[0] < size
    assert abs(rest[1]) <= rest[0] + 1e-9


@given(st.lists(st.tuples(st.floats(1, 1000), st.integers(0, 9_000)), max_size=80))
def test_on_bars_it_is_between_0_and_1_or_nan(bars):
    closes, volumes = of(*(bar[0] for bar in bars)), of(*(bar[1] for bar in bars))
    found = of_bars(closes, volumes, 1000.0, 50)
    known = found[~np.isnan(found)]
    assert ((known >= 0) & (known <= 1)).all()
    assert len(known) == np.sum(np.cumsum(volumes) >= 1000)


@given(flow, st.integers(50, 3_000))
def test_a_tape_that_only_buys_is_1(tape, size):
    full, _ = cut([volume for volume, _ in tape], [1.0] * len(tape), size)
    found = vpin(full)
    assert found is None or found == pytest.approx(1)
