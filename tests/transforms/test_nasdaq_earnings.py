from __future__ import annotations

import pytest

from tests.transforms.asking import ask, recorded
from transforms.nasdaq_earnings import nasdaq_earnings

ROW = {
    "symbol": "OKE",
    "name": "ONEOK, Inc.",
    "time": "time-after-hours",
    "marketCap": "$57,618,086,758",
    "fiscalQuarterEnding": "Dec/2025",
    "epsForecast": "($0.10)",
    "noOfEsts": "4",
    "lastYearEPS": "$1.18",
    "lastYearRptDt": "2/26/2025",
}


def test_money_in_words_becomes_figures() -> None:
    (row,) = ask(nasdaq_earnings, {"data": {"asOf": "x", "rows": [ROW]}})["rows"]
    assert row["market_cap"] == 57_618_086_758.0
    assert row["eps_forecast"] == -0.10
    assert row["estimates"] == 4
    assert row["time"] == "after_hours"
    assert row["last_year_date"] == "2025-02-26"


def test_what_is_not_supplied_is_null() -> None:
    bare = ROW | {"time": "time-not-supplied", "epsForecast": "", "lastYearEPS": "NA"}
    bare |= {"lastYearRptDt": "N/A", "noOfEsts": "N/A"}
    (row,) = ask(nasdaq_earnings, {"data": {"rows": [bare]}})["rows"]
    for name in ("time", "eps_forecast", "last_year_eps", "last_year_date", "estimates", "eps"):
        assert row[name] is None


def test_a_weekend_has_no_rows() -> None:
    assert ask(nasdaq_earnings, {"data": {"asOf": "x", "rows": None}})["rows"] == []


def test_another_body_is_told() -> None:
    with pytest.raises(ValueError, match="no object 'data'"):
        ask(nasdaq_earnings, {"data": None})


def test_a_recorded_day_reads() -> None:
    day = recorded("other-vendor-excerpts/nasdaq_calendar_earnings_20191223.json")
    rows = ask(nasdaq_earnings, day)["rows"]
    assert rows[0]["last_year_eps"] == -0.12
    assert rows[2]["last_year_eps"] is None
