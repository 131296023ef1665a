"""Rates of a config are fractions: 4.3 for 4.3% is refused, and not computed with."""

from __future__ import annotations

import pytest

from plugins.analytics.exposure import Exposure
from plugins.analytics.greeks import Greeks
from plugins.analytics.pin_risk import PinRisk
from plugins.analytics.vanna_charm import VannaCharm
from quanticity.testing import Harness

VALUES = {"symbol": "SPY"}


@pytest.mark.parametrize("component", [Exposure, Greeks, PinRisk, VannaCharm])
@pytest.mark.parametrize("name", ["rate", "dividend"])
def test_a_rate_in_percent_was_a_rate_of_hundreds(component: type, name: str) -> None:
    for wrong in (4.3, 1e308, -1.0):
        with pytest.raises(ValueError, match=name):
            Harness(component, params={name: wrong}, values=VALUES)
    Harness(component, params={name: 0.043}, values=VALUES)
