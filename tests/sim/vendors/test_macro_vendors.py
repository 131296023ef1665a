"""FRED, FMP, BLS, the Fed and the Treasury: shapes, parameters, errors, and one economy."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.ics import events_of
from quanticity.sim.vendors.auctions import auctions
from quanticity.sim.vendors.economy import is_business_day, meetings, releases
from quanticity.sim.vendors.limits import VendorLimits
from tests.sim.vendors.asking import Reply, Vendors, eastern, get, with_vendors
from tests.sim.vendors.engine import Engine, with_engine

FRED = "https://api.stlouisfed.org/fred"
FMP = "https://financialmodelingprep.com/stable"
TREASURY = "https://api.fiscaldata.treasury.gov/services/api/fiscal_service/v1/accounting/od"
BLS_API = "https://api.bls.gov/publicAPI/v1/timeseries/data/"
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))


# FRED


def fred(path: str, **params: Any) -> Reply:
    return get(f"{FRED}/{path}", {"api_key": "k", "file_type": "json", **params})


def test_fred_observations_obey_order_span_limit_and_offset():
    body = fred("series/observations", series_id="DGS10", observation_start="2025-11-24",
                observation_end="2025-11-28").json()  # fmt: skip
    assert [row["date"][-2:] for row in body["observations"]] == ["24", "25", "26", "27", "28"]
    assert body["observations"][3]["value"] == "."  # Thanksgiving
    newest = fred("series/observations", series_id="DGS10", sort_order="desc", limit=3).json()
    rest = fred(
        "series/observations", series_id="DGS10", sort_order="desc", limit=2, offset=1
    ).json()
    assert newest["observations"][1:] == rest["observations"]
    assert newest["observations"][0]["date"] == "2026-01-02"


def test_fred_gives_changes_of_a_series_when_asked():
    span = {"series_id": "DGS10", "observation_start": "2025-12-01"}
    levels, changes, percent = (
        fred("series/observations", **span, units=units).json()["observations"]
        for units in ("lin", "chg", "pch")
    )
    first, second = float(levels[0]["value"]), float(levels[1]["value"])
    assert changes[0]["value"] == "."
    assert float(changes[1]["value"]) == pytest.approx(second - first, abs=0.005)
    assert float(percent[1]["value"]) == pytest.approx(100 * (second / first - 1), abs=1e-4)


@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({"series_id": "NOPE"}, 400, "series does not exist"),
        ({}, 400, "series_id is not set"),
        ({"series_id": "GDP", "limit": "0"}, 400, "limit"),
        ({"series_id": "GDP", "api_key": "invalid"}, 400, "api_key"),
        ({"series_id": "GDP", "api_key": ""}, 400, "api_key is not set"),
    ],
)
def test_fred_says_what_is_wrong_in_its_own_words(params, status, said):
    reply = fred("series/observations", **params)
    assert reply.status == status
    assert reply.json()["error_code"] == status
    assert said in reply.json()["error_message"]


def test_fred_sends_xml_unless_json_is_asked_for():
    reply = get(f"{FRED}/series/observations", {"api_key": "k", "series_id": "GDP"})
    assert reply.body.startswith(b"<?xml")
    error = get(f"{FRED}/series/observations", {"series_id": "GDP"})
    assert error.status == 400
    assert b"<error code" in error.body


def test_fred_counts_120_a_minute_for_each_key():
    async def talk(running: Vendors):
        async def one(key: str) -> int:
            params = {"api_key": key, "file_type": "json", "series_id": "GDP", "limit": "1"}
            return (await running.get(f"{FRED}/series/observations", params=params)).status

        mine = await asyncio.gather(*(one("mine") for _ in range(121)))
        return sorted(mine), await one("yours")

    mine, yours = with_vendors(talk)
    assert mine.count(429) == 1
    assert yours == 200


def test_fred_release_dates_reach_ahead_only_when_asked():
    july = eastern("2026-07-15 09:00")
    params = {"api_key": "k", "file_type": "json"}
    past = get(f"{FRED}/releases/dates", params, at=july).json()["release_dates"]
    ahead = fred(
        "releases/dates", include_release_dates_with_no_data="true", sort_order="asc",
        realtime_start="2026-01-05", realtime_end="9999-12-31",
    ).json()["release_dates"]  # fmt: skip
    assert max(row["date"] for row in past) <= "2026-07-15"
    assert ahead[0]["date"] >= "2026-01-05"
    assert any(row["date"] > "2026-06-01" for row in ahead)
    by_name = fred(
        "releases/dates", include_release_dates_with_no_data="true", order_by="release_name",
        sort_order="asc", realtime_start="2026-01-05", realtime_end="2026-03-05",
    ).json()["release_dates"]  # fmt: skip
    names = [row["release_name"] for row in by_name]
    assert names == sorted(names)


def test_the_graph_needs_no_key_and_leaves_a_missing_value_empty():
    params = {"id": "DGS10", "cosd": "2025-12-24", "coed": "2025-12-26"}
    reply = get("https://fred.stlouisfed.org/graph/fredgraph.csv", params)
    lines = reply.body.decode().splitlines()
    assert lines[0] == "observation_date,DGS10"
    assert lines[2] == "2025-12-25,"
    assert get("https://fred.stlouisfed.org/graph/fredgraph.csv", {"id": "NOPE"}).status == 404


# FMP


def fmp(path: str, **params: Any) -> Reply:
    return get(f"{FMP}/{path}", {"apikey": "k", **params})


def test_fmp_earnings_obey_their_span_and_hide_what_is_not_out():
    body = fmp("earnings-calendar", **{"from": "2025-12-29", "to": "2026-01-09"}).json()
    assert {row["date"] for row in body} <= {
        f"{date(2025, 12, 29) + timedelta(days=n)}" for n in range(12)
    }
    assert all(row["epsActual"] is None for row in body if row["date"] > "2026-01-05")
    assert all(row["epsActual"] is not None for row in body if row["date"] < "2026-01-05")


def test_fmp_gives_no_more_than_ninety_days_of_events():
    body = fmp("economic-calendar", **{"from": "2025-01-01", "to": "2026-01-05"}).json()
    assert min(row["date"] for row in body) >= "2025-10-07"


def test_fmp_errors_are_mappings_where_values_are_lists():
    assert isinstance(fmp("treasury-rates").json(), list)
    unknown = get(f"{FMP}/treasury-rates", {"apikey": "invalid"})
    legacy = get("https://financialmodelingprep.com/api/v3/earning_calendar", {"apikey": "k"})
    assert (unknown.status, legacy.status) == (401, 403)
    assert "Invalid API KEY" in unknown.json()["Error Message"]
    assert "Legacy Endpoint" in legacy.json()["Error Message"]


def test_the_free_plan_ends_after_its_day():
    async def talk(running: Vendors):
        running.server.gate("fmp", "k").spend_day(249)
        url, params = f"{FMP}/treasury-rates", {"apikey": "k"}
        return [(await running.get(url, params=params)).status for _ in range(2)]

    assert with_vendors(talk) == [200, 429]


# Treasury


def treasury(table: str, **params: Any) -> Reply:
    return get(f"{TREASURY}/{table}", params)


def test_auctions_are_oldest_first_unless_sorted_and_page():
    default = treasury("auctions_query", **{"page[size]": "2"}).json()
    newest = treasury("auctions_query", sort="-auction_date", **{"page[size]": "3"}).json()
    second = treasury(
        "auctions_query", sort="-auction_date", **{"page[size]": "2", "page[number]": "2"}
    ).json()
    assert default["data"][0]["record_date"] < "2025-01-01"
    assert newest["data"][2] == second["data"][0]
    assert newest["meta"]["count"] == 3
    assert newest["meta"]["total-count"] == default["meta"]["total-count"]


def test_everything_of_an_auction_is_text_and_results_come_after_it():
    body = treasury("auctions_query", sort="-auction_date", **{"page[size]": "200"}).json()
    assert all(isinstance(value, str) for row in body["data"] for value in row.values())
    done = [row for row in body["data"] if row["auction_date"] < "2026-01-05"]
    open_ = [row for row in body["data"] if row["auction_date"] > "2026-01-05"]
    assert all(row["bid_to_cover_ratio"] != "null" for row in done)
    assert open_
    assert all(row["bid_to_cover_ratio"] == "null" for row in open_)


def test_auctions_obey_fields_and_filter_and_refuse_unknown_ones():
    body = treasury(
        "auctions_query", fields="cusip,auction_date",
        filter="security_type:eq:Bond,auction_date:gte:2025-12-01",
    ).json()  # fmt: skip
    assert body["data"]
    assert all(set(row) == {"cusip", "auction_date"} for row in body["data"])
    wrong = treasury("auctions_query", sort="-nope")
    assert wrong.status == 400
    assert set(wrong.json()) == {"error", "message"}


@given(DAYS)
def test_auctions_are_announced_before_they_are_held_and_issued_after(day):
    for auction in auctions(day, day + timedelta(days=40)):
        assert auction.announced < auction.day <= auction.issued < auction.matures
        assert is_business_day(auction.day)
        assert is_business_day(auction.issued)


# Fed and BLS


def test_the_feds_file_begins_with_a_mark_and_ends_with_an_empty_event():
    reply = get("https://www.federalreserve.gov/json/calendar.json")
    assert reply.body.startswith(b"\xef\xbb\xbf")
    events = orjson.loads(reply.body[3:])["events"]
    assert events[-1] == {}
    meetings_known = [each for each in events[:-1] if each["title"] == "FOMC Meeting"]
    assert ("2026-01", "28") in {(each["month"], each["days"]) for each in meetings_known}


def test_a_file_that_is_known_is_not_sent_again():
    async def talk(engine: Engine):
        url = "https://www.federalreserve.gov/json/calendar.json"
        first = await engine.get(url)
        again = await engine.get(url, headers={"If-None-Match": first.headers["ETag"]})
        feed = engine.of("fed.calendar")[0]
        await engine.run(feed)
        await engine.run(feed)
        return again, feed.stats

    again, stats = with_engine(talk)
    assert (again.status, again.body) == (304, b"")
    assert (stats.status, stats.error, stats.note) == (304, "", "not modified")


def test_the_bls_wants_to_know_who_asks():
    url = "https://www.bls.gov/schedule/news_release/bls.ics"
    assert get(url, headers={"User-Agent": "curl/8"}).status == 403
    reply = get(url, headers={"User-Agent": "Jane Doe jane@example.org"})
    assert b"\n\n" in reply.body
    events = events_of(reply.body.decode())
    jobs = [event for event in events if event["summary"] == "Employment Situation"]
    assert len(jobs) >= 12
    assert jobs[0]["start"].endswith(("-05:00", "-04:00"))


def test_the_bureaus_api_counts_a_day_and_tells_it_with_status_200():
    async def talk(running: Vendors):
        replies = [
            await running.ask("POST", BLS_API, json={"seriesid": ["LNS14000000", "NOPE"]})
            for _ in range(3)
        ]
        bad = await running.ask("POST", BLS_API, data=b"nonsense")
        return [reply.json() for reply in replies], bad.status

    limits = {"bls_data": VendorLimits(windows=((50, 10.0),), per_day=2, day_resets_at=0)}
    (first, _, last), _ = with_vendors(talk, limits=limits)
    assert first["status"] == "REQUEST_SUCCEEDED"
    assert first["message"] == ["Series does not exist for Series NOPE"]
    data = first["Results"]["series"][0]["data"]
    assert data[0]["latest"] == "true"
    assert any(row["value"] == "-" for row in data)
    assert last["status"] == "REQUEST_NOT_PROCESSED"
    assert "daily threshold" in last["message"][0]


# One economy


def test_the_same_release_is_on_the_same_day_at_every_vendor():
    day, now = "2026-01-09", eastern("2026-01-09 09:00")
    agent = {"User-Agent": "a@b.org"}
    schedule = get("https://www.bls.gov/schedule/news_release/bls.ics", headers=agent, at=now)
    bls = events_of(schedule.body.decode())
    browser = {"User-Agent": "Mozilla/5.0 (X11)", "Accept": "application/json"}
    nasdaq = get(
        "https://api.nasdaq.com/api/calendar/economicevents", {"date": day}, browser, at=now
    ).json()
    calendar = get(
        f"{FMP}/economic-calendar", {"apikey": "k", "from": day, "to": day}, at=now
    ).json()
    name = "Employment Situation"
    assert any(e["summary"] == name and e["start"].startswith(day) for e in bls)
    row = next(row for row in nasdaq["data"]["rows"] if row["eventName"] == name)
    event = next(event for event in calendar if event["event"] == name)
    assert row["gmt"] == "08:30"
    assert row["actual"] != "&nbsp;"
    assert event["date"] == "2026-01-09 13:30:00"
    assert event["actual"] is not None


@given(DAYS)
def test_releases_are_on_business_days_and_the_same_however_they_are_asked_for(day):
    month = releases(day, day + timedelta(days=30))
    assert all(is_business_day(release.day) for release in month)
    parts = [release for n in range(31) for release in releases(*[day + timedelta(days=n)] * 2)]
    assert parts == month


@given(st.integers(2020, 2032))
def test_the_committee_meets_eight_times_a_year_on_two_days(year):
    found = meetings(year)
    assert len(found) == 8
    assert all(meeting.last - meeting.first == timedelta(days=1) for meeting in found)
    assert all(a.last < b.first for a, b in pairwise(found))
