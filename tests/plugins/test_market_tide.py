"""The market's tide: by hand, and of bodies that hold none."""

from __future__ import annotations

import pytest

from plugins.analytics.market_tide import MarketTide
from quanticity.testing import Harness, contract_suite


def minutes(totals, date: str = "2026-01-05"):
    return [
        {
            "timestamp": f"{date}T09:{30 + at:02}:00-05:00",
            "date": date,
            "net_call_premium": f"{total}.0000",
            "net_put_premium": f"{-total}.0000",
            "net_volume": 5,
        }
        for at, total in enumerate(totals)
    ]


def told(rows):
    harness = Harness(MarketTide)
    harness.give("tide", {"data": rows})
    harness.run()
    return harness.value("tide")


def test_by_hand():
    tide = told(minutes([10 * (at + 1) for at in range(29)] + [1000]))
    assert tide["net"] == 2000
    assert tide["calls"] == 1000
    assert tide["puts"] == -1000
    assert tide["direction"] == "up"
    assert tide["windows"]["5"]["change"] == 2000 - 2 * 250
    assert tide["windows"]["5"]["acceleration"] == 1500 - 100
    assert tide["windows"]["60"]["reason"] == "less than 60 minutes so far"
    assert tide["reason"] is None


def test_the_last_session_in_the_body_does_not_count():
    tide = told(minutes([9999] * 20, "2026-01-02") + minutes([-3] * 10))
    assert tide["net"] == -6
    assert tide["minutes"] == 10
    assert tide["direction"] == "down"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [None, 1],
        minutes([1])[:0],
        [{"timestamp": "soon", "net_call_premium": "1", "net_put_premium": "1"}],
        [{"timestamp": "2026-01-05T09:30:00-05:00", "net_call_premium": "1"}],
        [minutes([1])[0] | {"net_put_premium": "1e300"}],
        [minutes([1])[0] | {"timestamp": "2026-01-05T10:00:00-05:00"}],
    ],
)
def test_bodies_without_a_whole_minute(rows):
    tide = told(rows)
    assert tide["net"] is tide["direction"] is None
    assert tide["reason"] == "no whole minute of this session yet"


def test_it_keeps_the_contract():
    contract_suite(MarketTide, given={"tide": {"data": minutes([1, 2, 3])}})
