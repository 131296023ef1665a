"""Zero gamma: hand check, published figure, and roots that are really roots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant import greeks
from quanticity.quant.gamma_profile import GammaProfile, nearest, spot_grid
from tests.quant.spx import recorded_spx


def of(*values: float):
    return np.array(values, dtype=np.float64)


MONTH = 30 / 365
BY_HAND = GammaProfile(
    of(105, 95), of(MONTH, MONTH), of(0.20, 0.25), of(1000, 1500), np.array([True, False])
)


def test_flips_by_hand():
    assert BY_HAND.at(100) == pytest.approx(-133_330, abs=1)
    roots = BY_HAND.roots(spot_grid(100.0))
    assert len(roots) == 2
    assert roots[0] == pytest.approx(100.98467, abs=5e-6)
    assert roots[1] == pytest.approx(155, abs=1)
    assert nearest(roots, 100.0) == roots[0]


def test_gamma_of_the_anchor():
    """S=K=100, 30 days, r 5%, vol 20%: gamma .0692276."""
    one = GammaProfile(of(100), of(MONTH), of(0.2), of(1000), np.array([True]), rate=0.05)
    assert one.at(100) == pytest.approx(0.0692276 * 1000 * 100 * 100**2 * 0.01, rel=1e-6)


def test_recorded_spx_flip_on_the_publishers_own_grid():
    chain = recorded_spx()
    usable = chain.iv > 0
    profile = GammaProfile(
        chain.strike[usable],
        chain.years[usable],
        chain.iv[usable],
        chain.open_interest[usable],
        chain.is_call[usable],
    )
    grid = np.linspace(0.8 * chain.spot, 1.2 * chain.spot, 60)
    values = profile.over(grid)
    (at,) = np.flatnonzero(np.diff(np.sign(values)))
    share = values[at] / (values[at] - values[at + 1])
    straight = grid[at] + share * (grid[at + 1] - grid[at])
    assert straight == pytest.approx(4734.478, abs=5e-4)
    (exact,) = profile.roots(spot_grid(chain.spot))
    assert exact == pytest.approx(straight, abs=1)
    assert profile.at(chain.spot) / 1e9 == pytest.approx(-20.9, abs=0.06)


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_it_is_the_sum_of_each_contracts_own_gamma(count: int):
    dice = np.random.default_rng(count)
    strikes, years = dice.uniform(60, 160, count), dice.uniform(1e-4, 2, count)
    vol, held = dice.uniform(0.05, 1.5, count), dice.integers(0, 9000, count).astype(float)
    calls = dice.random(count) < 0.5
    profile = GammaProfile(strikes, years, vol, held, calls, rate=0.04, dividend=0.01)
    spots = np.linspace(50, 200, count)
    gamma = greeks.gamma(spots[:, None], strikes, years, vol, calls, rate=0.04, dividend=0.01)
    each = np.where(calls, 1, -1) * gamma * held * 100 * spots[:, None] ** 2 * 0.01
    scale = np.abs(each).sum(axis=1) * 1e-12
    assert (np.abs(profile.over(spots) - each.sum(axis=1)) <= scale).all()
    assert (np.abs([profile.at(spot) for spot in spots] - each.sum(axis=1)) <= scale).all()


def test_where_nothing_is_left_gamma_is_zero_and_changes_no_sign():
    minute = 1 / (365 * 24 * 60)
    profile = GammaProfile(of(100), of(minute), of(0.1), of(1000), np.array([False]))
    assert profile.at(50.0) == 0
    assert profile.over(of(50.0, 200.0)).tolist() == [0, 0]
    assert profile.roots(spot_grid(100.0)) == ()


def test_one_sign_has_no_flip():
    calls = GammaProfile(of(95, 105), of(0.1, 0.1), of(0.2, 0.2), of(10, 10), np.array([True] * 2))
    assert calls.roots(spot_grid(100.0)) == ()
    assert nearest((), 100.0) is None


def test_no_contracts_have_no_flip():
    empty = GammaProfile(of(), of(), of(), of(), np.array([], dtype=bool))
    assert empty.at(100.0) == 0
    assert empty.roots(spot_grid(100.0)) == ()


@pytest.mark.parametrize(("years", "vol"), [(0.0, 0.2), (-0.1, 0.2), (0.1, 0.0), (0.1, np.nan)])
def test_what_has_no_gamma_is_refused(years: float, vol: float):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="time left"):
        GammaProfile(of(100), of(years), of(vol), of(10), np.array([True]))


def test_a_flip_between_strikes_of_the_last_hour_is_found():
    """On expiry day a strike's gamma is as narrow as a few dollars."""
    hour = 1 / (365 * 24)
    profile = GammaProfile(
        of(598, 602), of(hour, hour), of(0.15, 0.15), of(5000, 5000), np.array([False, True])
    )
    roots = profile.roots(spot_grid(600.0))
    assert nearest(roots, 600.0) == pytest.approx(600.0, abs=0.01)


contracts = st.lists(
    st.tuples(
        st.floats(80, 120), st.floats(0.002, 2), st.floats(0.05, 1.5),
        st.integers(1, 100_000), st.booleans(),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@given(contracts)
def test_gamma_changes_sign_at_every_root_that_is_told(rows):
    strikes, years, vol, held, calls = (np.array(column) for column in zip(*rows, strict=True))
    profile = GammaProfile(strikes, years, vol, held, calls)
    grid = spot_grid(100.0)
    roots = profile.roots(grid)
    values = profile.over(grid)
    signs = np.sign(values[values != 0])
    assert len(roots) == int(np.count_nonzero(np.diff(signs)))
    for root in roots:
        around = profile.at(root * (1 - 1e-7)), profile.at(root * (1 + 1e-7))
        assert around[0] * around[1] <= 0


def test_the_grid_is_finest_around_spot():
    grid = spot_grid(100.0)
    assert grid[0] == pytest.approx(50)
    assert grid[-1] == pytest.approx(200)
    steps = np.diff(grid)
    assert (steps > 0).all()
    assert steps[np.searchsorted(grid, 100.0)] < 0.11
