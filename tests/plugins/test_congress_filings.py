"""Filings of Congress: bounds, lateness, and what silence is not."""

from __future__ import annotations

import pytest

from plugins.analytics.congress_filings import CongressFilings
from quanticity.testing import Harness, contract_suite

NVDA = {"symbol": "NVDA"}


def trade(side="buy", low=15_001.0, high=50_000.0, **more):
    row = {
        "ticker": "NVDA",
        "name": "Avery Whitcomb",
        "side": side,
        "amount_low": low,
        "amount_high": high,
        "transaction_date": "2025-12-20",
        "filed_at_date": "2026-01-02",
    }
    return row | more


def filed(*rows, symbol=NVDA):
    harness = Harness(CongressFilings, values=symbol)
    told = [{"key": f"k{at}"} | row for at, row in enumerate(rows)]
    harness.give("trades", {"rows": told})
    harness.run()
    return harness.value("congress")


def test_ranges_become_bounds_and_direction_needs_both():
    both = filed(trade(low=500_001.0, high=1e6), trade("sell", name="B"))
    assert both["net"] == {"least": 450_001, "most": 984_999}
    assert both["direction"] == "buy"
    assert both["bought"] == {"least": 500_001, "n": 1, "people": 1}
    assert filed(trade(), trade("sell", name="B"))["direction"] == "unclear"
    assert filed(trade("sell"))["direction"] == "sell"


def test_filings_say_how_late_they_are():
    found = filed(trade(), trade(transaction_date="2025-12-28"))
    assert found["lag_days"] == 9
    assert found["newest_trade"] == "2025-12-28"
    assert found["newest_filing"] == "2026-01-02"


def test_an_older_trade_counts_less_in_the_score():
    fresh = trade("sell", transaction_date="2026-01-03", name="A")
    old = trade("buy", transaction_date="2025-10-20", name="B")
    assert filed(fresh, old)["score"] < 0
    assert filed(fresh | {"side": "buy"}, old | {"side": "sell"})["score"] > 0


def test_one_member_is_one_opinion_however_many_trades():
    rows = [trade() for _ in range(9)]
    assert filed(*rows)["score"] == pytest.approx(1)
    rows = [trade(name=f"member {at}") for at in range(9)]
    assert filed(*rows)["score"] == pytest.approx(3)


def test_no_filing_on_a_fund_passed_for_nobody_opposed():
    found = filed(trade(), symbol={"symbol": "SPY"})
    assert found["direction"] is found["score"] is found["net"]["least"] is None
    assert found["bought"]["least"] is None
    assert "not to say that nobody is against it" in found["reason"]


def test_a_range_without_an_upper_bound():
    found = filed(trade(low=50e6, high=None))
    assert found["net"] == {"least": 50e6, "most": None}
    assert found["direction"] == "buy"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"transaction_date": "soon"}, "unreadable"),
        ({"transaction_date": "2026-02-01"}, "unreadable"),
        ({"side": "exchange"}, "unreadable"),
        ({"side": None}, "unreadable"),
        ({"amount_low": None}, "unreadable"),
        ({"amount_low": -5}, "unreadable"),
        ({"amount_high": 1}, "unreadable"),
        ({"transaction_date": "2025-09-01"}, "too old"),
        ({"key": "k0"}, "repeated"),
    ],
)
def test_what_is_left_out_is_counted(more, why):
    found = filed(trade(), trade() | more)
    assert found["n"] == 1
    assert found["left_out"][why] == 1


@pytest.mark.parametrize("body", [[], {}, {"rows": None}, {"rows": "x"}, {"rows": [1, None]}])
def test_bodies_without_rows(body):
    harness = Harness(CongressFilings, values=NVDA)
    harness.give("trades", body)
    harness.run()
    assert harness.value("congress")["n"] == 0
    assert harness.value("congress")["reason"]


def test_it_keeps_the_contract():
    contract_suite(CongressFilings, values=NVDA, given={"trades": {"rows": [trade()]}})
