"""Rank and percentile of implied volatility: by hand, of the simulated vendor, and with holes."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.analytics.iv_rank import IvRank, IvRankParams
from quanticity.testing import contract_suite
from quanticity.views import Rows
from tests.plugins.running import run
from tests.sim.vendors.asking import TEN_OCLOCK, get
from tests.views.making import NOW, view_of

BY_HAND = (10, 12, 15, 11, 14, 13, 40, 16, 12, 18)


def days(*points: float) -> list[dict[str, Any]]:
    return [
        {"date": f"2025-12-{at + 1:02}", "volatility": str(x / 100), "iv_rank_1y": "26.6667"}
        for at, x in enumerate(points)
    ]


def ranked(rows: Any, **params: int) -> dict[str, Any]:
    asked = IvRankParams(**({"least": 5} | params))
    views = {"history": view_of(Rows, {"data": rows})}
    outputs, _ = run(IvRank, views, NOW, params=asked, symbol="SPY")
    found: dict[str, Any] = outputs["analytics:iv_rank:SPY"]
    return found


def test_rank_and_percentile_by_hand():
    found = ranked(days(*BY_HAND))
    assert found["rank"] == pytest.approx(26.67, abs=0.005)
    assert found["percentile"] == pytest.approx(80)
    assert (found["lowest"], found["highest"]) == (0.10, 0.40)
    assert found["newest"] == "2025-12-10"
    assert found["vendor_rank"] == pytest.approx(found["rank"], abs=1e-3)
    assert found["reason"] is None


def test_only_the_last_days_count():
    assert ranked(days(99, *BY_HAND), days=10)["rank"] == pytest.approx(26.67, abs=0.005)


def test_order_repeats_and_impossible_days_do_no_harm():
    rows = days(*BY_HAND)
    bad = [{"date": "2025-11-01", "volatility": x} for x in ("0", "-1", "9e300", "n/a", None)]
    assert ranked([*bad, *reversed(rows), rows[2], {}, {"date": 7}]) == ranked(rows)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "0 days with a volatility"),
        (days(10), "1 days with a volatility"),
        (days(12, 12, 12, 12, 12, 12), "volatility never moved"),
    ],
)
def test_what_cannot_be_known_is_null_with_its_reason(rows: Any, reason: str):
    found = ranked(rows)
    assert found["rank"] is None
    assert reason in found["reason"]


@pytest.mark.parametrize("symbol", ["SPX", "AAPL"])
def test_of_the_simulated_vendor_it_is_the_vendors_own_rank(symbol: str):
    path = f"https://api.unusualwhales.com/api/stock/{symbol}/iv-rank"
    body = get(path, {}, {"Authorization": "Bearer t"}).body
    views = {"history": view_of(Rows, body, TEN_OCLOCK)}
    found = run(IvRank, views, TEN_OCLOCK, symbol=symbol)[0][f"analytics:iv_rank:{symbol}"]
    assert found["rank"] == pytest.approx(found["vendor_rank"], abs=2)
    assert 0 <= found["percentile"] <= 100


def test_it_keeps_the_contract():
    given = {"history": {"data": days(*BY_HAND)}}
    contract_suite(IvRank, values={"symbol": "SPY"}, given=given, params={"least": 5})
