"""Chains of which the vendor tells one side only: half a sum is not the sum."""

from __future__ import annotations

import pytest

from tests.plugins.test_exposure import DEX, FLIP, GEX, MAIN, WALLS, exposure, row, with_spot


@pytest.mark.parametrize(("right", "side"), [("C", "call"), ("P", "put")])
def test_one_side_without_greeks_left_a_sum_of_the_other(right: str, side: str):
    unknown = {"gamma": None, "delta": "n/a", "iv": None}
    rows = [row(k, each) | (unknown if each == right else {}) for k in (490, 500) for each in "CP"]
    found = exposure(with_spot(rows))
    for key, figure in ((GEX, "gamma"), (DEX, "delta"), (WALLS, "gamma")):
        assert found[key][MAIN[key]] is None
        assert found[key]["reason"] == f"no {side} with open interest has {figure}"
    assert found[FLIP]["flip"] is found[FLIP]["gex_repriced"] is None
    assert found[FLIP]["reason"] == f"no {side} with open interest has implied volatility"
