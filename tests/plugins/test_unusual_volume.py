"""Unusual volume: by hand, in a halt, and where nothing is usual yet."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.unusual_volume import UnusualVolume
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

SPY = {"symbol": "SPY"}


def bars(seconds: int, volumes: dict[int, float]) -> dict[str, Any]:
    """Bars by how many of their spans ago they began, seen ten seconds after the start."""
    price = {"open": 10, "high": 10, "low": 10, "close": 10}
    return {
        "data": [
            {"time": MONDAY - ago * seconds, "volume": volume, **price}
            for ago, volume in sorted(volumes.items(), reverse=True)
        ]
    }


def told(minutes: dict[int, float], last: dict[int, float], **params: Any) -> dict[str, Any]:
    harness = Harness(UnusualVolume, values=SPY, params=params)
    harness.give("minutes", bars(60, minutes))
    harness.give("bars", bars(5, last))
    harness.run()
    found: dict[str, Any] = harness.value("volume")
    return found


def test_by_hand():
    found = told(dict.fromkeys(range(2, 12), 100.0), {1: 150, 12: 100, 13: 900})
    assert (found["volume"], found["usual"], found["minutes"]) == (250, 100, 10)
    assert (found["ratio"], found["active"], found["reason"]) == (2.5, False, None)
    assert told(dict.fromkeys(range(2, 12), 100.0), {1: 300})["active"] is True


def test_minutes_in_which_nothing_traded_count_as_empty():
    found = told({11: 300.0, 5: 200.0}, {1: 100})
    assert (found["minutes"], found["usual"]) == (10, 50)
    assert found["ratio"] == 2


def test_a_stock_that_halts_trades_nothing_and_that_is_known():
    found = told(dict.fromkeys(range(2, 12), 100.0), {})
    assert (found["volume"], found["ratio"], found["active"]) == (0, 0, False)


@pytest.mark.parametrize("minutes", [{}, {3: 100.0}, {1: 5.0}])
def test_of_few_minutes_nothing_is_usual(minutes: dict[int, float]):
    found = told(minutes, {1: 100})
    assert (found["ratio"], found["active"]) == (None, None)
    assert "of at least 5 minutes to compare with" in found["reason"]


def test_where_nothing_traded_before_there_is_no_ratio():
    found = told(dict.fromkeys(range(2, 12), 0.0), {1: 100})
    assert (found["ratio"], found["reason"]) == (None, "nothing traded in the minutes before")


def test_it_keeps_the_contract():
    contract_suite(UnusualVolume, values=SPY)
