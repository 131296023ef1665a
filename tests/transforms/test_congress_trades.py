from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.asking import ask, recorded
from transforms.congress_trades import congress_trades

ROW = {
    "name": "A Member",
    "ticker": "EXC",
    "txn_type": "Buy",
    "amounts": "$1,001 - $15,000",
    "transaction_date": "2026-01-05",
    "filed_at_date": "2026-02-10",
}


def only(**changed: Any) -> dict[str, Any]:
    (row,) = ask(congress_trades, {"data": [ROW | changed]})["rows"]
    return dict(row)


@pytest.mark.parametrize(
    ("amounts", "low", "high"),
    [
        ("$1,001 - $15,000", 1001.0, 15000.0),
        ("Over $50,000,000", 50_000_000.0, None),
        ("$50,000,001 +", 50_000_001.0, None),
        ("Under $1,000", 0.0, 1000.0),
        ("$12,345.67", 12345.67, 12345.67),
        ("", None, None),
        ("unknown", None, None),
    ],
)
def test_ranges_become_bounds(amounts: str, low: float | None, high: float | None) -> None:
    row = only(amounts=amounts)
    assert (row["amount_low"], row["amount_high"]) == (low, high)
    assert row["amounts"] == amounts


@pytest.mark.parametrize(
    ("kind", "side", "partial"),
    [
        ("Buy", "buy", False),
        ("Purchase", "buy", False),
        ("Sell (PARTIAL)", "sell", True),
        ("Sale (Partial)", "sell", True),
        ("Exchange", "exchange", False),
        ("Receive", None, False),
    ],
)
def test_kinds_of_trade_whatever_their_case(kind: str, side: str | None, partial: bool) -> None:
    row = only(txn_type=kind)
    assert (row["side"], row["partial"]) == (side, partial)


def test_the_lag_of_a_filing_is_stated() -> None:
    assert only()["lag_days"] == 36
    assert only(filed_at_date=None)["lag_days"] is None


def test_a_row_keeps_its_key_and_another_has_another() -> None:
    assert only()["key"] == only()["key"]
    assert only()["key"] != only(ticker="XOM")["key"]


def test_a_recorded_row_reads() -> None:
    (row,) = ask(
        congress_trades, recorded("uw-docs-digibugcat/congress__congress-recent-trades.json")
    )["rows"]
    assert (row["side"], row["amount_high"]) == ("buy", 15000.0)
