"""Greeks of the simulated chains are what the kernels of the analytics make of their volatility."""

from __future__ import annotations

import numpy as np
import pytest

from quanticity.quant import greeks
from quanticity.sim.market.options import RATE
from tests.sim.market.markets import CLOSE, MORNING, world


@pytest.mark.parametrize("scenario", ["quiet", "crash"])
@pytest.mark.parametrize(("symbol", "at"), [("SPX", MORNING), ("NVDA", CLOSE - 900)])
def test_greeks_are_those_of_the_kernels(symbol: str, at: float, scenario: str):
    for each in world(scenario).chain(symbol, at):
        for side in each.sides:
            given = (each.spot, each.strikes, each.years, side.iv, side.right == "call")
            one = greeks.first_order(*given, rate=RATE)
            other = greeks.higher_order(*given, rate=RATE)
            # Its normal distribution has seven digits; what has none of it is exact.
            assert side.mid == pytest.approx(one.price, abs=3e-7 * each.spot)
            assert side.delta == pytest.approx(one.delta, abs=2e-7)
            assert side.theta == pytest.approx(one.theta, rel=1e-9, abs=1e-7 * each.spot)
            assert side.rho == pytest.approx(one.rho, abs=1e-7 * each.spot)
            assert side.gamma == pytest.approx(one.gamma, rel=1e-9, abs=1e-15)
            assert side.vega == pytest.approx(one.vega, rel=1e-9, abs=1e-12)
            assert side.vanna == pytest.approx(other.vanna / 100, rel=1e-9, abs=1e-12)
            assert side.charm == pytest.approx(other.charm / 365, rel=1e-9, abs=1e-12)
            assert np.isfinite(side.delta).all()
