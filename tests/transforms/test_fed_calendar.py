from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from quanticity.clock import EASTERN
from tests.transforms.asking import ask, recorded
from transforms.fed_calendar import fed_calendar


def event(**changed: Any) -> dict[str, Any]:
    return {"title": "FOMC Meeting", "type": "FOMC", "month": "2026-10", "days": "28"} | changed


def only(**changed: Any) -> dict[str, Any]:
    (row,) = ask(fed_calendar, {"events": [event(**changed), {}]})["rows"]
    return dict(row)


def test_a_decision_comes_on_the_last_day() -> None:
    row = only(days="27-28", time="2:00 p.m.")
    assert (row["first_date"], row["last_date"]) == ("2026-10-27", "2026-10-28")
    assert row["time"] == datetime(2026, 10, 28, 14, 0, tzinfo=EASTERN).timestamp()


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [("2:00 p.m.", 14, 0), ("12:15 p.m.", 12, 15), ("12:00 a.m.", 0, 0), ("9 a.m.", 9, 0)],
)
def test_hours_in_words(text: str, hour: int, minute: int) -> None:
    expected = datetime(2026, 10, 28, hour, minute, tzinfo=EASTERN).timestamp()
    assert only(time=text)["time"] == expected


def test_a_meeting_may_end_in_the_next_month() -> None:
    row = only(month="2026-12", days="31-1")
    assert (row["first_date"], row["last_date"]) == ("2026-12-31", "2027-01-01")


def test_html_escaped_twice_becomes_text() -> None:
    row = only(
        title=" Discussion - Governor Cook ",
        description="&lt;p&gt;Q&amp;amp;A,&lt;/p&gt;&#10;&lt;p&gt;later&lt;/p&gt;",
    )
    assert row["title"] == "Discussion - Governor Cook"
    assert row["description"] == "Q&A, later"
    assert row["time"] is None


def test_an_event_without_a_date_is_counted() -> None:
    value = ask(fed_calendar, {"events": [event(days=""), event(month="soon"), event(), {}]})
    assert (value["rejected"], len(value["rows"])) == (2, 1)


def test_the_recorded_calendar_reads() -> None:
    value = ask(fed_calendar, recorded("other-vendor-excerpts/fed_calendar_excerpt.json"))
    assert value["rejected"] == 0
    assert len(value["rows"]) == 9
    meeting = next(row for row in value["rows"] if row["title"] == "FOMC Meeting")
    assert meeting["description"] == "Two-day meeting, October 27 - 28 Press Conference"
