from __future__ import annotations

from datetime import datetime

import pytest

from quanticity.clock import EASTERN
from tests.transforms.asking import ask, recorded
from transforms.treasury_auctions import treasury_auctions

ROW = {
    "cusip": "912810000",
    "security_type": "Bond",
    "security_term": "29-Year 11-Month",
    "original_security_term": "null",
    "auction_date": "2026-01-08",
    "closing_time_comp": "01:00 PM",
    "offering_amt": "22000000000",
    "high_yield": "null",
    "bid_to_cover_ratio": "null",
    "reopening": "Yes",
}


def test_the_text_null_is_null_and_figures_are_numbers() -> None:
    (row,) = ask(treasury_auctions, {"data": [ROW]})["rows"]
    assert row["offering_amt"] == 22e9
    assert row["high_yield"] is None
    assert row["reopening"] is True
    assert row["cusip"] == "912810000"
    assert row["has_results"] is False
    assert row["closes"] == datetime(2026, 1, 8, 13, 0, tzinfo=EASTERN).timestamp()


@pytest.mark.parametrize(
    ("term", "original", "tenor"),
    [
        ("29-Year 11-Month", "null", "30-Year"),
        ("9-Year 10-Month", "10-Year", "10-Year"),
        ("7-Year", "7-Year", "7-Year"),
        ("52-Week", "null", "52-Week"),
        ("null", "null", None),
    ],
)
def test_a_reopening_has_the_tenor_it_was_first_sold_with(
    term: str, original: str, tenor: str | None
) -> None:
    given = ROW | {"security_term": term, "original_security_term": original}
    (row,) = ask(treasury_auctions, {"data": [given]})["rows"]
    assert row["tenor"] == tenor


def test_newest_first_and_an_hour_that_is_missing_is_null() -> None:
    later = ROW | {"auction_date": "2026-02-01", "closing_time_comp": "null"}
    rows = ask(treasury_auctions, {"data": [ROW, later]})["rows"]
    assert [row["auction_date"] for row in rows] == ["2026-02-01", "2026-01-08"]
    assert rows[0]["closes"] is None


@pytest.mark.parametrize("name", ["auctions_query_rows", "upcoming_auctions_row"])
def test_recorded_auctions_read(name: str) -> None:
    rows = ask(treasury_auctions, recorded(f"other-vendor-excerpts/fiscaldata_{name}.json"))["rows"]
    assert rows
    assert all(row["tenor"] for row in rows)
