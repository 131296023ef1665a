"""Exposure: hand checks, properties, and the published figures of a recorded chain."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.exposure import (
    GammaUnit,
    by_strike,
    charm_exposure,
    cumulative_flip,
    delta_exposure,
    gamma_exposure,
    max_pain,
    vanna_exposure,
    walls,
)
from tests.quant.spx import recorded_spx


def of(*values: float):
    return np.array(values, dtype=np.float64)


CALL, PUT = np.array([True]), np.array([False])


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (GammaUnit.PERCENT, 2_500_000),
        (GammaUnit.DOLLAR, 500_000),
        (GammaUnit.SHARES, 1_000),
        (GammaUnit.WHOLE, 250_000_000),
    ],
)
def test_gamma_exposure_by_hand(unit: GammaUnit, expected: float):
    assert gamma_exposure(of(0.01), of(1000), CALL, 500.0, unit)[0] == pytest.approx(expected)
    assert gamma_exposure(of(0.01), of(1000), PUT, 500.0, unit)[0] == pytest.approx(-expected)


def test_the_512_billion_of_the_build_log_are_for_a_whole_100_percent():
    """A hundred times the figure for one percent, and no factor 100 anywhere else."""
    whole = gamma_exposure(of(0.01), of(1000), CALL, 500.0, GammaUnit.WHOLE)[0]
    percent = gamma_exposure(of(0.01), of(1000), CALL, 500.0, GammaUnit.PERCENT)[0]
    assert whole == pytest.approx(100 * percent)


def test_delta_vanna_and_charm_exposure_by_hand():
    assert delta_exposure(of(0.5), of(1000), 500.0)[0] == pytest.approx(25e6)
    assert delta_exposure(of(-0.5), of(1000), 500.0)[0] == pytest.approx(-25e6)
    assert vanna_exposure(of(-0.0853492), of(1000), 100.0)[0] == pytest.approx(-8_535, abs=0.5)
    assert charm_exposure(of(-0.242297), of(1000), 100.0)[0] == pytest.approx(-6_638, abs=0.5)


STRIKES = of(90, 95, 100, 105, 110)
CALLS, PUTS = of(100, 200, 400, 300, 100), of(300, 400, 300, 100, 50)


def pain_of(calls, puts, strikes=STRIKES):
    both = np.concatenate([strikes, strikes])
    is_call = np.arange(len(both)) < len(strikes)
    return max_pain(both, np.concatenate([calls, puts]), is_call)


def test_max_pain_by_hand():
    pain = pain_of(CALLS, PUTS)
    assert pain.strike == 100
    assert pain.payoffs.tolist() == pytest.approx([7500, 3750, 3000, 5750, 10500])


def test_nobody_holds_anything_and_there_is_no_max_pain():
    assert pain_of(CALLS * 0, PUTS * 0).strike is None
    assert max_pain(of(), of(), np.array([], dtype=bool)).strike is None


def test_one_strike_is_its_own_max_pain():
    assert max_pain(of(100), of(7), CALL).strike == 100


interest = st.lists(st.integers(0, 50_000), min_size=1, max_size=12)


@given(interest, st.randoms(use_true_random=False))
def test_no_strike_pays_holders_less_than_max_pain(calls, dice):
    strikes = of(*(50.0 + 2.5 * at for at in range(len(calls))))
    puts = of(*(dice.randrange(50_000) for _ in calls))
    pain = pain_of(of(*calls), puts, strikes)

    def payoff(at: float) -> float:
        return float(
            np.sum(of(*calls) * np.maximum(at - strikes, 0) + puts * np.maximum(strikes - at, 0))
        )

    assert pain.payoffs.tolist() == pytest.approx([payoff(at) for at in strikes], abs=1e-4)
    if pain.strike is not None:
        # Between strikes the payoff is straight: no other price is better either.
        for at in np.linspace(40, 100, 25):
            assert payoff(pain.strike) <= payoff(float(at)) * (1 + 1e-12) + 1e-6


books = st.lists(
    st.tuples(
        st.sampled_from([90.0, 95.0, 100.0, 105.0]),
        st.floats(0, 0.5),
        st.integers(0, 100_000),
        st.booleans(),
    ),
    max_size=20,
)


@given(books, books, st.floats(1, 10_000))
def test_gamma_exposure_of_two_books_is_the_sum_of_theirs(one, two, spot):
    def total(book) -> float:
        rows = [np.array(column) for column in zip(*book, strict=True)] or [of()] * 4
        each = gamma_exposure(rows[1], rows[2], rows[3].astype(bool), spot)
        levels, sums = by_strike(rows[0], each)
        assert sums.sum() == pytest.approx(each.sum(), abs=1e-12 * np.abs(each).sum())
        assert (np.diff(levels) > 0).all()
        return float(each.sum())

    scale = spot * spot * 1e6
    assert total(one + two) == pytest.approx(total(one) + total(two), abs=1e-9 * scale)


def test_walls_ignore_strikes_that_hardly_anybody_holds():
    strikes, is_call = of(90, 95, 100, 105), np.array([False, False, True, True])
    found = walls(strikes, of(-9e9, -2e6, 3e6, 8e9), is_call, of(4, 5, 5, 4))
    assert (found.call, found.put, found.largest) == (100, 95, 100)
    assert (found.call_gex, found.put_gex, found.largest_gex) == (3e6, -2e6, 3e6)


def test_one_side_only_has_one_wall():
    found = walls(of(100, 105), of(1e6, 2e6), np.array([True, True]), of(10, 10))
    assert (found.call, found.put, found.largest) == (105, None, 105)


def test_nothing_has_no_walls():
    found = walls(of(100), of(1e6), CALL, of(4))
    assert (found.call, found.put, found.largest) == (None, None, None)


def test_recorded_spx_total_and_largest_strikes():
    chain = recorded_spx()
    assert chain.spot == 4697.2402
    assert len(chain.strike) == 2 * 10_519
    each = gamma_exposure(chain.gamma, chain.open_interest, chain.is_call, chain.spot)
    assert each.sum() / 1e9 == pytest.approx(-10.9987, abs=5e-5)
    levels, net = by_strike(chain.strike, each)
    largest = np.argsort(-np.abs(net))[:5]
    assert levels[largest].tolist() == [4900, 4800, 4600, 4500, 5000]
    assert (net[largest] / 1e9).round(2).tolist() == [3.04, 3.01, -2.34, -2.30, 2.26]
    assert walls(chain.strike, each, chain.is_call, chain.open_interest).largest == 4900


def test_recorded_spx_popular_flip_is_far_from_spot():
    chain = recorded_spx()
    each = gamma_exposure(chain.gamma, chain.open_interest, chain.is_call, chain.spot)
    assert cumulative_flip(chain.strike, each) == 2775


def test_a_sum_that_keeps_its_sign_has_no_popular_flip():
    assert cumulative_flip(of(90, 95), of(1, 1)) is None
    assert cumulative_flip(of(), of()) is None


def test_kernels_can_be_imported_alone():
    """They are of use in a notebook without config, store or clock."""
    code = (
        "import sys; from quanticity.quant import exposure, gamma_profile, parity, book; "
        "print(*(m for m in sys.modules if m.startswith('quanticity.') and '.quant' not in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
