"""Nasdaq, Cboe, EDGAR and FINRA: who is let in, shapes, parameters, errors, limits."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.tables import rows_of
from quanticity.feeds.xml_rows import rows_of as entries_of
from quanticity.sim.market import World
from quanticity.sim.vendors.companies import COMPANIES, earnings_on, next_report
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.sec import SecEdgar
from quanticity.sim.vendors.vendor import Request
from tests.sim.vendors.asking import (
    CALENDAR,
    TEN_OCLOCK,
    Reply,
    Vendors,
    eastern,
    get,
    with_vendors,
)

NASDAQ = "https://api.nasdaq.com/api/calendar"
CBOE = "https://cdn.cboe.com/api/global/delayed_quotes"
SHORT_VOLUME = "https://cdn.finra.org/equity/regsho/daily/CNMSshvol{}.txt"
SHORT_INTEREST = "https://api.finra.org/data/group/otcMarket/name/consolidatedShortInterest"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux)", "Accept": "application/json, text/plain, */*"}
PERSON = {"User-Agent": "Jane Doe jane@example.org"}


# Nasdaq


def nasdaq(path: str, day: str | None = None, **options: Any) -> Reply:
    return get(f"{NASDAQ}/{path}", {"date": day} if day else None, BROWSER, **options)


def test_nasdaq_answers_browsers_only():
    assert get(f"{NASDAQ}/earnings").status == 403
    assert get(f"{NASDAQ}/earnings", headers={"User-Agent": "Mozilla/5.0"}).status == 403
    assert nasdaq("earnings").status == 200


def test_a_day_ahead_has_last_years_figures_and_a_day_past_has_results():
    ahead = nasdaq("earnings", "2026-01-06").json()["data"]
    past = nasdaq("earnings", "2025-12-30").json()["data"]
    assert all("lastYearEPS" in row and "eps" not in row for row in ahead["rows"])
    assert all("eps" in row and "lastYearEPS" not in row for row in past["rows"])
    assert set(ahead["headers"]) == set(ahead["rows"][0])
    assert all(isinstance(value, str) for row in ahead["rows"] for value in row.values())


def test_a_weekend_has_null_for_rows():
    body = nasdaq("earnings", "2026-01-10").json()
    assert body["data"]["rows"] is None
    assert body["status"]["rCode"] == 200


def test_a_wrong_date_is_refused_inside_a_body_of_status_200():
    reply = nasdaq("earnings", "tomorrow")
    assert reply.status == 200
    assert reply.json()["status"]["rCode"] == 400
    assert reply.json()["data"] is None


def test_a_figure_is_blank_until_it_is_released():
    day = "2026-01-08"  # a Thursday: jobless claims at 08:30
    name = "Unemployment Insurance Weekly Claims Report"

    def actual(at: str) -> str:
        rows = nasdaq("economicevents", day, at=eastern(f"{day} {at}")).json()["data"]["rows"]
        return str(next(row["actual"] for row in rows if row["eventName"] == name))

    assert actual("08:29") == "&nbsp;"
    assert actual("08:31").endswith("K")


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_reports_are_on_weekdays_and_a_next_one_is_never_more_than_half_a_year_away(day):
    draw = Draw(7)
    reports = earnings_on(draw, day)
    assert (day.weekday() >= 5) == (not reports)
    assert all(report.quarter_end < report.day for report in reports)
    for company in list(COMPANIES.values())[:5]:
        found = next_report(draw, company, day)
        assert day <= found <= day + timedelta(days=184)


# Cboe


def test_an_index_is_asked_with_an_underscore_and_a_stock_without():
    index = get(f"{CBOE}/options/_SPX.json").json()
    stock = get(f"{CBOE}/options/AAPL.json").json()
    roots = {row["option"][: row["option"].index("2")] for row in index["data"]["options"]}
    assert roots == {"SPX", "SPXW"}
    assert index["data"]["security_type"] == "index"
    assert {row["option"][:4] for row in stock["data"]["options"]} == {"AAPL"}
    for wrong in ("SPX.json", "_AAPL.json", "ZZZZ.json", "AAPL.xml"):
        reply = get(f"{CBOE}/options/{wrong}")
        assert reply.status == 403
        assert b"AccessDenied" in reply.body


def test_a_chain_has_two_clocks_a_quarter_of_an_hour_apart():
    body = get(f"{CBOE}/quotes/AAPL.json").json()
    assert body["timestamp"] == "2026-01-05 15:00:00"
    assert body["data"]["last_trade_time"] == "2026-01-05T09:45:00"


def test_every_figure_of_an_option_is_a_float_and_a_missing_volatility_is_zero():
    options = get(f"{CBOE}/options/AAPL.json").json()["data"]["options"]
    texts = {"option", "tick", "last_trade_time"}
    figures = [value for row in options for name, value in row.items() if name not in texts]
    assert all(isinstance(value, float) for value in figures)
    assert any(row["iv"] == 0.0 for row in options)
    assert all(row["iv"] < 5 for row in options)
    assert {row["last_trade_time"] for row in options if not row["volume"]} <= {None}


def test_chains_move_with_the_clock():
    before = get(f"{CBOE}/options/AAPL.json")
    later = get(f"{CBOE}/options/AAPL.json", at=TEN_OCLOCK + 300)
    assert before.body != later.body
    assert before.body == get(f"{CBOE}/options/AAPL.json").body


# SEC EDGAR


def browse(**params: Any) -> Any:
    given = {"action": "getcurrent", "output": "atom", **params}
    reply = get("https://www.sec.gov/cgi-bin/browse-edgar", given, PERSON)
    return entries_of(reply.body, "entry")


def test_edgar_wants_a_name_and_an_address_on_every_host():
    for url in (
        "https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent&output=atom",
        "https://data.sec.gov/submissions/CIK0000320193.json",
        "https://efts.sec.gov/LATEST/search-index?forms=4",
    ):
        refused = get(url, headers={"User-Agent": "python"})
        assert refused.status == 403
        assert b"Undeclared Automated Tool" in refused.body
        assert get(url, headers=PERSON).status == 200


def test_the_type_is_a_prefix_and_owner_says_whose_filings():
    insiders = browse(type="4", owner="only", count=20)
    everything = browse(type="4", owner="include", count=100)
    assert {entry["category"]["@term"] for entry in insiders} == {"4"}
    assert {"4", "424B2"} <= {entry["category"]["@term"] for entry in everything}
    roles = [entry["title"].rsplit("(", 1)[1] for entry in insiders]
    assert roles == ["Reporting)", "Issuer)"] * 20
    stamps = [entry["updated"] for entry in insiders]
    assert stamps == sorted(stamps, reverse=True)


def test_a_filing_is_the_same_in_the_feed_the_submissions_and_its_document():
    entry = browse(type="4", owner="only", count=1)[1]
    accession = entry["id"].rpartition("=")[2]
    cik = entry["title"].split("(")[-2][:10]
    known = get(f"https://data.sec.gov/submissions/CIK{cik}.json", headers=PERSON).json()
    recent = known["filings"]["recent"]
    index = recent["accessionNumber"].index(accession)
    assert recent["form"][index] == "4"
    assert len({len(column) for column in recent.values()}) == 1
    folder = accession.replace("-", "")
    url = f"https://www.sec.gov/Archives/edgar/data/{int(cik)}/{folder}/form4.xml"
    document = entries_of(get(url, headers=PERSON).body, "ownershipDocument")[0]
    assert document["issuer"]["issuerCik"] == cik


def test_a_search_obeys_forms_companies_dates_and_words():
    def search(**params: str) -> Any:
        reply = get("https://efts.sec.gov/LATEST/search-index", params, PERSON)
        return [hit["_source"] for hit in reply.json()["hits"]["hits"]]

    span = {"startdt": "2025-12-10", "enddt": "2025-12-24"}
    by_form = search(forms="4", **span)
    assert {hit["form"] for hit in by_form} == {"4"}
    assert all("2025-12-10" <= hit["file_date"] <= "2025-12-24" for hit in by_form)
    apple = search(ciks="0000320193", **span)
    assert all("0000320193" in hit["ciks"] for hit in apple)
    named = search(q='"boeing"', **span)
    assert named
    assert all("Boeing" in " ".join(hit["display_names"]) for hit in named)


def test_an_unknown_company_has_no_file():
    reply = get("https://data.sec.gov/submissions/CIK0000000001.json", headers=PERSON)
    assert (reply.status, b"NoSuchKey" in reply.body) == (404, True)


def test_ten_a_second_over_all_hosts_and_then_the_door_is_shut():
    async def talk(running: Vendors):
        urls = (
            "https://data.sec.gov/submissions/CIK0000320193.json",
            "https://efts.sec.gov/LATEST/search-index?forms=4",
        )
        replies = await asyncio.gather(
            *(running.get(urls[number % 2], headers=PERSON) for number in range(12))
        )
        await asyncio.sleep(1.1)
        return replies, await running.get(urls[0], headers=PERSON)

    replies, after = with_vendors(talk)
    refused = [reply for reply in replies if reply.status == 403]
    assert len(refused) == 2
    assert b"Request Rate Threshold Exceeded" in refused[0].body
    assert after.status == 403


def test_the_door_opens_again_after_ten_minutes():
    vendor = SecEdgar(World(7, CALENDAR))

    def request(now: float) -> Request:
        return Request("GET", "data.sec.gov", "/", "", {}, {"user-agent": "a@b.org"}, b"", now)

    assert vendor.limited(None, None, request(TEN_OCLOCK)).status == 403  # type: ignore[arg-type]
    assert vendor.refuse(request(TEN_OCLOCK + 599)) is not None
    assert vendor.refuse(request(TEN_OCLOCK + 601)) is None


# FINRA


def test_a_days_file_ends_with_its_count_and_comes_at_six_in_the_evening():
    url = SHORT_VOLUME.format("20260105")
    assert get(url, at=eastern("2026-01-05 17:59")).status == 403
    reply = get(url, at=eastern("2026-01-05 18:01"))
    rows = rows_of(reply.body.decode(), "|")
    assert int(reply.body.split()[-1]) == len(rows)
    assert {row["Date"] for row in rows} == {"20260105"}
    assert all(float(row["ShortVolume"]) <= float(row["TotalVolume"]) for row in rows)


@pytest.mark.parametrize("day", ["20260103", "20260101", "20260106", "nonsense"])
def test_a_day_without_a_file_is_403_and_not_404(day):
    assert get(SHORT_VOLUME.format(day)).status == 403


def interest(body: Any, accept: str = "application/json") -> Reply:
    return with_vendors(
        lambda running: running.ask("POST", SHORT_INTEREST, json=body, headers={"Accept": accept})
    )


def test_short_interest_obeys_fields_filters_order_limit_and_offset():
    query = {
        "fields": ["symbolCode", "settlementDate"],
        "domainFilters": [{"fieldName": "symbolCode", "values": ["AAPL", "NVDA"]}],
        "compareFilters": [
            {"compareType": "GREATER", "fieldName": "settlementDate", "fieldValue": "2025-11-01"}
        ],
        "sortFields": ["-settlementDate"],
        "limit": 3,
    }
    reply = interest(query)
    rows = reply.json()
    rest = interest({**query, "offset": 1}).json()
    assert len(rows) == 3
    assert rows[1:] == rest[:2]
    assert {row["symbolCode"] for row in rows} <= {"AAPL", "NVDA"}
    assert all(set(row) == {"symbolCode", "settlementDate"} for row in rows)
    assert int(reply.headers["record-total"]) > 3
    dates = [row["settlementDate"] for row in rows]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] < "2025-12-31"  # later ones are not out yet


def test_short_interest_is_csv_unless_json_is_accepted_and_204_where_there_is_none():
    everything = interest({"limit": 2}, accept="*/*")
    assert everything.body.startswith(b'"settlementDate"')
    nobody = {"domainFilters": [{"fieldName": "symbolCode", "values": ["ZZZZ"]}]}
    assert interest(nobody).status == 204
    assert interest({"fields": ["nope"]}).status == 400
    assert interest({"limit": 9999}).status == 400


# What all of it is drawn from


@given(st.integers(-100, 100), st.text(max_size=20), st.integers(0, 10_000))
def test_the_same_labels_draw_the_same_number(seed, text, number):
    draw = Draw(seed)
    value = draw.unit(text, number)
    assert 0 <= value < 1
    assert value == Draw(seed).unit(text, number)
    assert 3 <= draw.integer(3, 5, text, number) <= 5
    assert len(draw.digits(6, text)) == 6


def test_other_seeds_and_labels_draw_other_numbers():
    values = {Draw(seed).unit("a", label) for seed in range(20) for label in range(20)}
    assert len(values) == 400
