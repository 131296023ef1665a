"""The chain's quality filter: each threshold by hand, and what holds for any chain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.quant.chain_filter import (
    CROSSED,
    FEW_OPEN,
    FEW_TRADED,
    NO_QUOTE,
    UNPRICED,
    VAGUE,
    WIDE,
    Thresholds,
    failures,
    firm,
    passing,
    vol_spread,
)

NAN = float("nan")
GOOD = {"bid": 2.0, "ask": 2.2, "open_interest": 100.0, "volume": 1.0, "vega": 0.113799}


def failed(**figures: float) -> set[str]:
    bid, ask, held, traded, vega = (np.array([each]) for each in (GOOD | figures).values())
    found = failures(bid, ask, held, traded, vega)
    return {why for why, which in found.items() if which[0]}


def test_the_volatility_spread_by_hand():
    """Of the anchor, whose vega is .113799 a point: 20 cents are 1.757 points."""
    found = vol_spread(*(np.array([each]) for each in (2.0, 2.2, 0.113799)))
    assert found[0] == pytest.approx(0.017575, abs=1e-6)


@pytest.mark.parametrize(
    ("figures", "reasons"),
    [
        ({}, set()),
        ({"bid": 20.0, "ask": 25.0, "vega": 1.0}, set()),
        ({"bid": 20.0, "ask": 25.01, "vega": 1.0}, {WIDE}),
        ({"open_interest": 99}, {FEW_OPEN}),
        ({"volume": 0}, {FEW_TRADED}),
        ({"vega": 0.019}, {VAGUE}),
        ({"vega": 0.021}, set()),
        ({"vega": NAN}, {UNPRICED}),
        ({"vega": 0.0}, {UNPRICED}),
        ({"vega": -0.1}, {UNPRICED}),
        ({"bid": 2.3}, {CROSSED}),
        ({"bid": 0.0}, {NO_QUOTE}),
        ({"bid": 0.0, "ask": 0.0}, {NO_QUOTE}),
        ({"ask": NAN}, {NO_QUOTE}),
        ({"open_interest": NAN, "volume": NAN}, {FEW_OPEN, FEW_TRADED}),
        ({"open_interest": -500.0, "volume": -1.0}, {FEW_OPEN, FEW_TRADED}),
        ({"ask": 1e300, "vega": 1e-300}, {WIDE, VAGUE}),
    ],
)
def test_each_threshold_by_hand(figures: dict[str, float], reasons: set[str]):
    assert failed(**figures) == reasons


def test_what_is_firm_may_be_untraded():
    bid, ask = np.array([2.0, 0.0, 2.3, 2.0, NAN]), np.array([2.2, 2.2, 2.2, 7.01, 2.2])
    assert firm(bid, ask).tolist() == [True, False, False, False, False]


figure = st.one_of(st.just(NAN), st.floats(-10, 1000))


@given(st.lists(st.tuples(*[figure] * 5), max_size=20), st.floats(0, 10))
def test_a_contract_passes_or_fails_and_a_stricter_filter_passes_no_more(rows, spread):
    columns = [np.array([row[at] for row in rows], dtype=np.float64) for at in range(5)]
    bid, ask, held, traded, vega = columns
    loose, strict = (
        failures(bid, ask, held, traded, vega, Thresholds(max_spread=most))
        for most in (spread + 1, spread)
    )
    fine = passing(loose)
    assert len(fine) == len(rows)
    for at in range(len(rows)):
        assert fine[at] != any(which[at] for which in loose.values())
    assert (passing(strict) <= fine).all()
    assert (fine <= firm(columns[0], columns[1], Thresholds(max_spread=spread + 1))).all()
