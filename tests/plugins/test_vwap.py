"""VWAP of prints, of minutes, and the mode where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.vwap import Vwap
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

SPY = {"symbol": "SPY"}
OPEN = MONDAY - 1800
LEAN = {"imbalance": 0.4, "reason": None}


def ticker(since: float = OPEN, **more: Any) -> dict[str, Any]:
    figures = {"vwap": 100.0, "last": 100.5, "vwap_since": since, "vwap_volume": 900}
    return figures | {"reason": None} | more


def minutes(first: float, *closes: float) -> dict[str, Any]:
    return {
        "rows": [
            {
                "time": first + 60 * at,
                "open": close,
                "high": close + 1,
                "low": close - 1,
                "close": close,
                "volume": 100 * (at + 1),
            }
            for at, close in enumerate(closes)
        ]
    }


def told(**given: Any) -> dict[str, Any]:
    harness = Harness(Vwap, values=SPY)
    for name, body in given.items():
        harness.give(name, body)
    harness.advance(10)
    found: dict[str, Any] = harness.value("vwap")
    return found


def test_of_the_tape_since_the_open():
    found = told(ticker=ticker(), imbalance=LEAN, alpha_vantage=minutes(OPEN, 50, 50))
    assert (found["vwap"], found["mode"], found["reason"]) == (100, "vwap_and_obi", None)
    assert found["bias_bps"] == pytest.approx(50)
    assert found["imbalance"] == 0.4
    assert found["method"] == "every print of the session"


def test_a_tape_that_came_late_gives_way_to_minutes_since_the_open():
    body = minutes(OPEN - 120, 7, 7, 10, 13)
    found = told(ticker=ticker(OPEN + 900), alpha_vantage=body)
    # Minutes of the session only: 300 shares at 10 and 400 at 13.
    assert found["vwap"] == pytest.approx((300 * 10 + 400 * 13) / 700)
    assert found["since"] == OPEN
    assert found["method"].startswith("typical prices")
    assert "Alpha Vantage's minutes" in found["method"]


def test_minutes_that_do_not_reach_back_are_no_vwap_of_the_session():
    late = minutes(OPEN + 600, 10, 11)
    found = told(ticker=ticker(OPEN + 900), alpha_vantage=late)
    assert found["vwap"] == 100
    assert found["method"] == "prints since they were first seen"
    found = told(alpha_vantage=late, unusual_whales=minutes(OPEN, 20, 20))
    assert found["vwap"] == pytest.approx(20)
    assert "Unusual Whales' minutes" in found["method"]


@pytest.mark.parametrize("given", [{}, {"ticker": ticker(vwap=None)}, {"ticker": {}}])
def test_without_a_vwap_the_books_imbalance_alone_decides(given: Any):
    """A bias against a VWAP that was not there was taken for none at all (G45)."""
    found = told(imbalance=LEAN, **given)
    assert (found["vwap"], found["bias_bps"], found["mode"]) == (None, None, "obi_only")
    assert found["imbalance"] == 0.4
    assert found["method"] == "order-book imbalance alone"
    assert found["reason"] == "neither prints nor minutes of the session"


def test_an_index_has_no_volume():
    body = minutes(OPEN, 6000, 6001)
    for row in body["rows"]:
        row["volume"] = 0
    assert told(alpha_vantage=body)["mode"] == "obi_only"
    assert told(alpha_vantage=body)["imbalance_reason"] == "no imbalance that is fresh"


def test_minutes_without_volume_were_told_as_no_minutes():
    body = minutes(OPEN, 6000, 6001)
    for row in body["rows"]:
        row["volume"] = 0
    assert told(alpha_vantage=body)["reason"] == "its minutes have no volume: an index has none"


def test_it_keeps_the_contract():
    contract_suite(Vwap, values=SPY, given={"ticker": ticker(), "imbalance": LEAN})
