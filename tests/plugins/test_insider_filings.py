"""Filings of insiders: what counts as an opinion, and what does not."""

from __future__ import annotations

import pytest

from plugins.analytics.insider_filings import InsiderFilings
from quanticity.testing import Harness, contract_suite

NVDA = {"symbol": "NVDA"}


def trade(shares=1000, price="100.0000", **more):
    row = {
        "ticker": "NVDA",
        "owner_name": "KESTREL DANA",
        "officer_title": "CFO",
        "is_officer": True,
        "is_director": False,
        "is_ten_percent_owner": False,
        "is_10b5_1": False,
        "formtype": "4",
        "transaction_code": "P" if shares > 0 else "S",
        "amount": shares,
        "price": price,
        "filing_date": "2026-01-02",
        "transaction_date": "2025-12-31",
    }
    return row | more


def filed(*rows, symbol=NVDA):
    harness = Harness(InsiderFilings, values=symbol)
    harness.give("trades", {"data": [{"id": f"i{at}"} | row for at, row in enumerate(rows)]})
    harness.run()
    return harness.value("insiders")


def test_by_hand():
    found = filed(trade(1000), trade(-300, owner_name="B", officer_title=None))
    assert found["net"] == 70_000
    assert found["bought"] == 100_000
    assert found["sold"] == 30_000
    assert found["buyers"] == found["sellers"] == 1
    assert found["chiefs"] == 100_000
    assert found["direction"] == "buy"
    # 100 - 30 over the root of 100² + 30².
    assert found["score"] == pytest.approx(70 / 10_900**0.5)
    assert found["reason"] is None


def test_three_different_sellers_are_many_and_one_who_sells_thrice_is_not():
    assert filed(*(trade(-10, owner_name=name) for name in "ABC"))["many_sellers"] is True
    assert filed(*(trade(-10) for _ in range(3)))["many_sellers"] is False


def test_planned_sales_and_large_holders_are_no_opinion():
    holder = {"is_officer": False, "is_ten_percent_owner": True, "owner_name": "FUND"}
    found = filed(trade(-10, is_10b5_1=True), trade(50, **holder))
    assert found["net"] is found["score"] is found["many_sellers"] is None
    assert found["planned"] == -1000
    assert found["large_holders"] == 5000
    assert "by plan or as large holders only" in found["reason"]


@pytest.mark.parametrize("code", ["A", "M", "F", "G", "", None])
def test_grants_exercises_and_taxes_are_no_trades(code):
    found = filed(trade(500, transaction_code=code))
    assert found["n"] == 0
    assert found["left_out"] == {"no trade on the open market": 1}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"formtype": "144"}, "form 144: only meant to sell"),
        ({"price": None}, "no amount, price or date"),
        ({"price": "NaN"}, "no amount, price or date"),
        ({"price": "-3"}, "no amount, price or date"),
        ({"amount": "x"}, "no amount, price or date"),
        ({"amount": 0}, "no amount, price or date"),
        ({"filing_date": "soon"}, "no amount, price or date"),
        ({"amount": -1000}, "amount and code say different sides"),
        ({"id": "i0"}, "repeated"),
    ],
)
def test_what_is_left_out_is_counted(more, why):
    found = filed(trade(), trade() | more)
    assert found["n"] == 1
    assert found["left_out"] == {why: 1}


def test_a_fund_has_no_insiders():
    found = filed(trade(), symbol={"symbol": "SPY"})
    assert found["net"] is found["direction"] is None
    assert "funds and indexes have no insiders" in found["reason"]
    assert found["since"] == "2026-01-02"


def test_an_empty_body():
    found = filed()
    assert found["n"] == 0
    assert found["since"] is None


def test_it_keeps_the_contract():
    contract_suite(InsiderFilings, values=NVDA, given={"trades": {"data": [trade()]}})
