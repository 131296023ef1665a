from __future__ import annotations

from datetime import datetime

from quanticity.clock import EASTERN
from tests.transforms.asking import ask
from transforms.bls_calendar import bls_calendar

EVENT = {
    "uid": "1",
    "summary": "Employment  Situation",
    "start": "2026-01-09T08:30:00-05:00",
    "categories": ["IMPORTANT", "BLS"],
    "location": "Washington, DC",
}


def test_releases_have_moments() -> None:
    expected = datetime(2026, 1, 9, 8, 30, tzinfo=EASTERN).timestamp()
    naive = EVENT | {"start": "2026-01-09T08:30:00", "categories": []}
    value = ask(bls_calendar, [EVENT, naive])
    assert [row["time"] for row in value["rows"]] == [expected, expected]
    assert [row["important"] for row in value["rows"]] == [True, False]
    assert value["rows"][0]["release"] == "Employment Situation"
    assert value["rows"][0]["date"] == "2026-01-09"


def test_whole_days_have_no_moment_and_events_without_a_date_are_counted() -> None:
    value = ask(bls_calendar, [EVENT | {"start": "2026-01-09"}, EVENT | {"start": None}])
    assert value["rejected"] == 1
    assert value["rows"][0]["time"] is None


def test_a_release_that_was_called_off_stood_among_those_that_come() -> None:
    event = {"summary": "CPI", "start": "2026-01-13T08:30:00-05:00", "status": "CANCELLED"}
    sure = {**event, "summary": "Payrolls", "status": "TENTATIVE"}
    value, _ = bls_calendar([event, sure], {}, None)
    assert [row["release"] for row in value["rows"]] == ["Payrolls"]
    assert value["rejected"] == 1
