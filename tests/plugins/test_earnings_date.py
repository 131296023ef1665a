"""The next report: whose word counts, and when today's is over."""

from __future__ import annotations

import pytest

from plugins.analytics.earnings_date import EarningsDate
from quanticity.testing import Harness, contract_suite
from quanticity.testing.harness import MONDAY

AAPL = {"symbol": "AAPL"}


def report(on="2026-01-29", **more):
    row = {
        "report_date": on,
        "report_time": "postmarket",
        "source": "estimation",
        "street_mean_est": "1.50",
        "actual_eps": None,
        "expected_move_perc": "0.04",
        "post_earnings_move_1d": None,
    }
    return row | more


def alert(on="2026-01-29", ticker="AAPL"):
    return {"ticker": ticker, "next_earnings_date": on, "er_time": "postmarket"}


def told(values=AAPL, start=MONDAY, **given):
    harness = Harness(EarningsDate, values=values, start=start)
    for name, body in given.items():
        harness.give(name, body)
    harness.run()
    return harness.value("earnings")


def test_days_by_hand():
    found = told(history={"data": [report(), report("2025-10-30", actual_eps="1.64")]})
    # From Monday the 5th to Thursday the 29th.
    assert found["date"] == "2026-01-29"
    assert found["days"] == 24
    assert found["weekdays"] == 18
    assert found["time"] == "postmarket"
    assert found["expected_move"] == 0.04
    assert found["confirmed"] is False
    assert found["last"] == {
        "date": "2025-10-30",
        "surprise": pytest.approx(0.14),
        "move_1d": None,
    }
    assert found["reason"] is None


def test_flow_alerts_name_the_day_until_the_calendars_have_come():
    found = told(alerts={"data": [alert(ticker="MSFT"), alert()]})
    assert found["date"] == "2026-01-29"
    assert found["source"] == "uw_alerts"
    assert found["last"] is None


def test_an_expected_move_and_a_last_report_that_were_null_had_no_reason():
    found = told(alerts={"data": [alert()]})
    assert found["expected_move"] is None
    assert found["expected_move_reason"] == "uw_alerts tells none"
    assert found["last_reason"] == "no history of its reports that is fresh"
    found = told(history={"data": [report(), report("2025-10-30", actual_eps="1.64")]})
    assert found["expected_move_reason"] is found["last_reason"] is None


def test_where_calendars_differ_the_earliest_counts_and_they_are_named():
    found = told(
        history={"data": [report("2026-01-29")]},
        calendar=[{"symbol": "AAPL", "date": "2026-01-27", "epsActual": None}],
    )
    assert found["date"] == "2026-01-27"
    assert found["agree"] is False
    assert found["sources"] == {"uw_history": "2026-01-29", "fmp": "2026-01-27"}


def test_a_day_that_the_company_has_confirmed_wins():
    found = told(
        history={"data": [report("2026-01-29", source="company")]},
        calendar=[{"symbol": "AAPL", "date": "2026-01-27"}],
    )
    assert found["date"] == "2026-01-29"
    assert found["confirmed"] is True


def test_todays_report_is_next_until_it_is_told():
    today = "2026-01-05"
    evening = {"symbol": "AAPL", **report(today)}
    assert told(evening={"data": [evening]})["days"] == 0
    past = told(evening={"data": [evening | {"actual_eps": "1.7"}]})
    assert past["date"] is None


def test_a_report_before_the_open_is_over_at_the_open():
    morning = {"symbol": "AAPL", **report("2026-01-05", report_time="premarket")}
    assert told(morning={"data": [morning]})["date"] is None
    assert told(start=MONDAY - 1801, morning={"data": [morning]})["days"] == 0


def test_a_fund_reports_nothing():
    found = told({"symbol": "SPY"}, alerts={"data": [alert()]})
    assert found["date"] is found["days"] is found["agree"] is None
    assert found["reason"] == "no calendar names a report of SPY; funds and indexes have none"


def test_days_go_by_without_a_new_calendar():
    harness = Harness(EarningsDate, values=AAPL)
    harness.give("history", {"data": [report()]})
    harness.run()
    harness.advance(86_400)
    assert harness.value("earnings")["days"] == 23


def test_nasdaqs_calendar_is_of_the_day_on_which_it_came():
    body = {"rows": [{"symbol": "AAPL", "time": "after_hours", "eps": None}]}
    assert told(nasdaq=body)["days"] == 0
    harness = Harness(EarningsDate, values=AAPL)
    harness.give("nasdaq", body, age=86_400)
    harness.give("calendar", [])
    harness.run()
    assert harness.value("earnings")["date"] is None


@pytest.mark.parametrize("on", [None, "", "soon", "2026-02-30", 20260129, "2025-01-29"])
def test_a_day_that_is_none_or_past_is_not_next(on):
    assert told(history={"data": [report(on)]})["date"] is None


def test_it_keeps_the_contract():
    contract_suite(
        EarningsDate,
        values=AAPL,
        given={
            "history": {"data": [report(), report("2025-10-30", actual_eps="1.64")]},
            "evening": {"data": [{"symbol": "AAPL", **report("2026-01-05")}]},
            "morning": {"data": [{"symbol": "AAPL", **report("2026-01-06")}]},
            "alerts": {"data": [alert()]},
            "calendar": [{"symbol": "AAPL", "date": "2026-01-27"}],
            "nasdaq": {"rows": [{"symbol": "AAPL", "time": "after_hours", "eps": None}]},
        },
    )
