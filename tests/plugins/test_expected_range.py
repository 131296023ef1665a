"""The range by average true range, and where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.expected_range import ExpectedRange
from quanticity.testing import Harness, contract_suite

SPY = {"symbol": "SPY"}
ATR = {"atr_5min": 0.5, "close": 99.0, "source": "own prints", "reason": None}


def told(**given: Any) -> dict[str, Any]:
    harness = Harness(ExpectedRange, values=SPY)
    for name in sorted(given, reverse=True):
        harness.give(name, given[name])
    harness.run()
    found: dict[str, Any] = harness.value("range")
    return found


def test_by_hand():
    found = told(atr=ATR, last={"price": 100.0})
    assert found["range"] == pytest.approx(0.015)
    assert (found["range_usd"], found["low"], found["high"]) == (1.5, 98.5, 101.5)
    assert (found["spot_from"], found["reason"]) == ("last print", None)


@pytest.mark.parametrize("last", [{"price": None}, {"price": 0}, {}, []])
def test_without_a_print_it_is_of_the_last_minute(last: Any):
    found = told(atr=ATR, last=last)
    assert (found["spot"], found["spot_from"]) == (99, "last minute")


@pytest.mark.parametrize("atr", [None, "n/a", -1, 1e300])
def test_without_a_true_range_there_is_none(atr: Any):
    found = told(atr={"atr_5min": atr, "close": 99.0, "reason": "5 minutes are too few"})
    assert found["range"] is None
    assert found["reason"] == "no true range of five minutes: 5 minutes are too few"


def test_without_a_price_there_is_none():
    found = told(atr={"atr_5min": 0.5})
    assert (found["range"], found["reason"]) == (None, "no price to compare with")


def test_it_keeps_the_contract():
    contract_suite(ExpectedRange, values=SPY, given={"atr": ATR, "last": {"price": 100.0}})
