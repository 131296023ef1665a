"""What comes next, of several calendars that name the same things differently."""

from __future__ import annotations

import pytest

from plugins.analytics.next_event import NextEvent
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY
from tests.transforms.asking import recorded

# Monday 2026-01-05 10:00 Eastern is 15:00 UTC.
HOUR = 3600.0


def uw(event="Factory orders", time="2026-01-05T16:00:00Z", **more):
    return {"event": event, "time": time, "type": "report", "prev": "", "forecast": ""} | more


def fmp(event="Consumer Price Index", date="2026-01-13 13:30:00", country="US", **more):
    row = {"event": event, "date": date, "country": country, "impact": "Low", "estimate": 0.3}
    return row | more


def fed(title="FOMC Minutes", at=MONDAY + 4 * HOUR, kind="FOMC"):
    return {"type": kind, "title": title, "time": at, "last_date": "2026-01-05"}


def bls(release="Consumer Price Index", at=MONDAY + 8 * 86_400 - 1.5 * HOUR, important=True):
    return {"release": release, "time": at, "important": important}


def told(**given):
    harness = Harness(NextEvent)
    for name, rows in given.items():
        harness.give(name, {"rows": rows} if name in ("fed", "bls") else {"data": rows})
    harness.run()
    return harness.value("event")


def test_the_next_one_and_the_next_that_matters():
    found = told(uw=[uw()], fed=[fed()])
    assert found["next"]["name"] == "Factory orders"
    assert found["next"]["seconds"] == HOUR
    assert found["next"]["importance"] == "low"
    assert found["next_high"]["kind"] == "fomc_minutes"
    assert found["next_high"]["seconds"] == 4 * HOUR
    assert found["calendars"] == {"uw": True, "fmp": False, "fed": True, "bls": False}


def test_the_same_release_in_three_calendars_is_one():
    found = told(
        uw=[uw("*Consumer price index", "2026-01-13T13:30:00Z", forecast="0.3%")],
        fmp=[fmp()],
        bls=[bls()],
    )
    assert found["n"] == 1
    event = found["next"]
    assert event["kind"] == "cpi"
    assert event["forecast"] == "0.3%"
    assert set(event["sources"]) == {"uw", "fmp", "bls"}


def test_different_speeches_of_one_day_are_not_one():
    found = told(fed=[fed("Speech - Governor A", kind="Speeches"), fed("Speech - B", MONDAY + 99)])
    assert found["n"] == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("FOMC interest-rate decision", "fomc_decision"),
        ("FOMC Meeting", "fomc_decision"),
        ("FOMC Minutes", "fomc_minutes"),
        ("FOMC Press Conference", "fomc_press"),
        ("Nonfarm payrolls", "jobs"),
        ("Employment Situation", "jobs"),
        ("Unemployment rate", "jobs"),
        ("Gross Domestic Product", "gdp"),
        ("Producer Price Index", "ppi"),
        ("Personal Income and Outlays", "pce"),
        ("ECB Interest Rate Decision", "other_central_bank"),
        ("Initial jobless claims", "claims"),
        ("Crude oil inventories", None),
    ],
)
def test_kinds_by_name(name, kind):
    assert told(uw=[uw(name)])["next"]["kind"] == kind


def test_an_asterisk_marks_what_matters():
    event = told(uw=[uw("*New home sales")])["next"]
    assert event["name"] == "New home sales"
    assert event["importance"] == "high"


def test_other_countries_count_for_their_central_banks_only():
    rows = [fmp("Industrial Production", country="DE"), fmp("ECB Rate Decision", country="EU")]
    found = told(fmp=rows)
    assert found["n"] == 1
    assert found["next"]["name"] == "ECB Rate Decision"
    assert found["left_out"] == {"of another country or no event": 1}


def test_what_is_past_is_not_next_and_time_goes_by_without_a_new_calendar():
    harness = Harness(NextEvent)
    harness.give("uw", {"data": [uw(), uw("*Later", "2026-01-05T17:00:00Z")]})
    harness.run()
    harness.advance(HOUR + 60)
    assert harness.value("event")["next"]["name"] == "Later"
    harness.advance(HOUR)
    event = harness.value("event")
    assert event["next"] is event["next_high"] is None
    assert event["reason"] == "nothing ahead in any calendar"


def test_events_without_a_time_are_left_out_and_counted():
    found = told(uw=[uw(time=None), uw(time="soon"), uw(event="")])
    assert found["next"] is None
    assert found["left_out"] == {"without a time of day or a name": 3}


def test_holidays_of_the_board_are_no_events():
    assert told(fed=[fed("Holiday", kind="Other")])["n"] == 0


def test_without_any_calendar_it_says_so():
    harness = Harness(NextEvent)
    harness.give("fmp", [], age=3 * HOUR)
    harness.advance(60)
    assert harness.value("event")["reason"] == "no calendar is fresh"


def test_a_recorded_calendar_can_be_read():
    body = recorded("uw-docs-digibugcat/market__economic-calendar.json")
    harness = Harness(NextEvent, start=1_761_300_000.0)  # 2025-10-24 10:00 UTC
    harness.give("uw", body)
    harness.run()
    event = harness.value("event")
    assert event["next"]["name"] == "New home sales"
    assert event["n"] == 3


def test_it_keeps_the_contract():
    given = {
        "uw": {"data": [uw(), uw("*CPI")]},
        "fmp": [fmp()],
        "fed": {"rows": [fed()]},
        "bls": {"rows": [bls()]},
    }
    contract_suite(NextEvent, given=given)
