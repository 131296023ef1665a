"""The cost of walking a book, by hand and of books that are none."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from plugins.analytics.execution_cost import ExecutionCost
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from quanticity.testing.markets import books

SPY = {"symbol": "SPY"}


def cost(body: Any, **params: Any) -> dict[str, Any]:
    harness = Harness(ExecutionCost, values=SPY, params=params)
    harness.give("book", body)
    harness.run()
    found: dict[str, Any] = harness.value("cost")
    return found


BOOK = {"bids": [[99.99, 100], [99.98, 400]], "asks": [[100.01, 100], [100.03, 100]]}


def test_by_hand():
    found = cost(BOOK, sizes=[100, 200, 500, 501])
    one, two, three, four = found["sizes"]
    assert found["mid"] == 100
    assert found["half_spread_bps"] == pytest.approx(1)
    assert found["grade"] == "C"
    assert (one["buy_bps"], one["sell_bps"]) == (pytest.approx(1), pytest.approx(1))
    assert one["round_trip_bps"] == pytest.approx(2)
    # 100 at 100.01 and 100 at 100.03; 100 at 99.99 and 100 at 99.98.
    assert (two["buy_bps"], two["sell_bps"]) == (pytest.approx(2), pytest.approx(1.5))
    assert (three["buy_bps"], three["sell_bps"]) == (None, pytest.approx(1.8))
    assert three["reason"] == "asks show 200 shares"
    assert four["reason"] == "asks show 200 shares; bids show 500 shares"
    assert found["reason"] is None


def test_capacity_is_what_costs_no_more_than_is_bearable():
    assert cost(BOOK, bearable=2.5)["capacity"] == {"buy": 100, "sell": 500, "bps": 2.5}
    assert cost(BOOK, bearable=0.5)["capacity"] == {"buy": 0, "sell": 0, "bps": 0.5}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"bids": [], "asks": []}, "no bid and no ask: there is no middle to cost against"),
        ({"bids": [[5, 5]], "asks": []}, "no ask: there is no middle to cost against"),
        ({"bids": [[6, 5]], "asks": [[5, 5]]}, "crossed: the best bid is above the best ask"),
    ],
)
def test_a_book_without_a_middle_is_null_with_its_reason(body: Any, why: str):
    found = cost(body)
    assert found["reason"] == why
    assert found["capacity"]["buy"] is None
    assert all(row["buy_bps"] is None and row["reason"] == why for row in found["sizes"])


@given(books(MONDAY))
def test_more_shares_never_cost_less_whatever_the_book(body: Any):
    found = cost(body)
    for side in ("buy_bps", "sell_bps"):
        known = [row[side] for row in found["sizes"] if row[side] is not None]
        assert all(one <= two + 1e-6 for one, two in pairwise(known))
        assert all(one >= -1e-6 for one in known)


def test_it_keeps_the_contract():
    contract_suite(ExecutionCost, values=SPY)
