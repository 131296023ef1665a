"""Bodies evolve with the clock, agree with each other, and obey their parameters."""

from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.sim.vendors.unusual_whales.asked import epoch
from tests.sim.vendors.unusual_whales.ask import MORNING, ask, body, rows, shipped, vendor

STOCK = "/api/stock"
ALERTS = "/api/option-trades/flow-alerts"
FRIDAY = "2026-01-02"
NOON = MORNING + 2 * 3600
SATURDAY = MORNING - 2 * 86_400
CLOSES = 6 * 3600
MINUTES = {
    "spot-exposures": "start_time",
    "net-prem-ticks": "tape_time",
    "greek-flow": "timestamp",
    "flow-per-strike-intraday": "timestamp",
}


@pytest.mark.parametrize("asked", [pytest.param(each, id=each.name) for each in shipped()])
def test_the_same_request_at_the_same_moment_has_the_same_body(asked):
    first = ask(asked.path, asked.query)
    assert ask(asked.path, asked.query, twin=True).body == first.body
    assert ask(asked.path, asked.query, seed=8).body != first.body


@pytest.mark.parametrize(("path", "stamp"), MINUTES.items())
@settings(max_examples=8, deadline=None)
@given(first=st.integers(-1500, 22_000), later=st.integers(0, 600))
def test_a_minute_series_grows_and_its_past_stays(path, stamp, first, later):
    early = rows(f"{STOCK}/SPY/{path}", now=MORNING + first)
    late = rows(f"{STOCK}/SPY/{path}", now=MORNING + first + later)
    assert early
    settled = [row for row in early if row[stamp] != early[-1][stamp]]
    assert late[: len(settled)] == settled
    minutes = [row[stamp] for row in late]
    assert minutes == sorted(minutes)
    grown = len(set(minutes)) - len({row[stamp] for row in early})
    assert grown <= later // 60 + 1
    if first + later < CLOSES:
        assert grown >= later // 60


def test_the_last_row_of_spot_exposures_still_moves():
    def last(seconds: float) -> Any:
        return rows(f"{STOCK}/SPY/spot-exposures", now=MORNING + seconds)[-1]

    one, other = last(10), last(40)
    assert one["start_time"] == other["start_time"]
    assert one["gamma_per_one_percent_move_oi"] != other["gamma_per_one_percent_move_oi"]


@pytest.mark.parametrize("path", MINUTES)
def test_an_earlier_date_shows_its_whole_session(path):
    found = rows(f"{STOCK}/SPY/{path}", {"date": FRIDAY})
    minutes = {row[MINUTES[path]] for row in found}
    assert 389 <= len(minutes) <= 571
    assert found == rows(f"{STOCK}/SPY/{path}", {"date": FRIDAY}, now=NOON)


def test_a_half_day_is_half_as_long():
    found = rows(f"{STOCK}/NVDA/net-prem-ticks", {"date": "2025-11-28"})
    assert len(found) == 210


def test_at_the_weekend_the_last_session_is_shown():
    found = rows(f"{STOCK}/SPY/net-prem-ticks", now=SATURDAY)
    assert {row["date"] for row in found} == {FRIDAY}
    assert len(found) == 390


def test_before_the_first_row_a_series_is_empty():
    assert rows(f"{STOCK}/SPY/net-prem-ticks", now=MORNING - 3600) == []


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (f"{STOCK}/SPY/spot-exposures", "date=2026-01-06", 422),
        (f"{STOCK}/SPY/spot-exposures", "date=yesterday", 422),
        (f"{STOCK}/SPY/spot-exposures", "date=2019-01-02", 403),
        (f"{STOCK}/SPY/greek-exposure/strike-expiry", "", 422),
        (f"{STOCK}/SPY/spot-exposures/expiry-strike", "", 422),
        (f"{STOCK}/SPY/historical-risk-reversal-skew", "expiry=2026-12-18", 422),
        (f"{STOCK}/SPY/historical-risk-reversal-skew", "expiry=2026-12-18&delta=30", 422),
        (f"{STOCK}/SPY/ohlc/7m", "", 422),
        (f"{STOCK}/SPY/spot-exposures/strike", "limit=501", 422),
        (f"{STOCK}/SPY/spot-exposures/strike", "limit=0", 422),
        (f"{STOCK}/SPY/spot-exposures/strike", "page=-1", 422),
        (f"{STOCK}/SPY/flow-per-strike-intraday", "filter=Nothing", 422),
        (ALERTS, "limit=many", 422),
        (ALERTS, "min_ask_perc=1.5", 422),
        (ALERTS, "issue_types[]=Bond", 422),
        (f"{STOCK}/NOTATICKER/spot-exposures", "", 422),
        (f"{STOCK}/ZZTOP/spot-exposures", "", 404),
        (f"{STOCK}/SPY/net_prem_ticks", "", 404),
    ],
)
def test_what_is_wrong_gets_the_vendors_own_words(path, query, status):
    answer = ask(path, query)
    assert answer.status == status
    said = answer.body.decode()
    if status == 422:
        assert f'"path":"{path}"' in said
        assert f'"query":"{query}"' in said
        assert '"msg":"' in said
    elif status == 403:
        assert '"code":"historic_data_access_missing"' in said
    else:
        assert said == ("{}" if "ZZ" in path else '{"error":"Route not found"}')


def test_unknown_parameters_are_ignored():
    plain = ask("/api/darkpool/AAPL", "limit=5")
    assert ask("/api/darkpool/AAPL", "limit=5&page=3&offset=9").body == plain.body


def test_a_date_without_trading_has_no_rows():
    assert body(f"{STOCK}/SPY/spot-exposures", {"date": "2026-01-03"}) == {"data": []}


@pytest.mark.parametrize(
    ("header", "status"),
    [("Bearer good", None), ("", 401), ("Basic x", 401), ("Bearer invalid-token", 401)],
)
def test_without_a_good_token_nothing_is_told(header, status):
    from quanticity.sim.vendors.vendor import Request

    request = Request(
        "GET", "api.unusualwhales.com", "/api/x", "", {}, {"authorization": header}, b"", MORNING
    )
    refused = vendor().refuse(request)
    assert (refused.status if refused else None) == status


def test_pages_of_strikes_join_without_gap_or_double():
    first = rows(f"{STOCK}/SPX/spot-exposures/strike")
    second = rows(f"{STOCK}/SPX/spot-exposures/strike", {"page": 1})
    strikes = [float(row["strike"]) for row in first + second]
    assert len(first) == 500
    assert 0 < len(second) < 500
    assert strikes == sorted(set(strikes))
    assert rows(f"{STOCK}/SPX/spot-exposures/strike", {"page": 2}) == []


def test_a_band_of_strikes():
    found = rows(f"{STOCK}/SPY/spot-exposures/strike", {"min_strike": 660, "max_strike": 665.5})
    assert [row["strike"] for row in found] == ["660", "661", "662", "663", "664", "665"]


def test_expirations_are_a_list_and_dte_a_filter():
    query = {"expirations[]": ["2026-01-05", "2026-01-06", "2026-01-10"]}
    path = f"{STOCK}/SPY/spot-exposures/expiry-strike"
    assert {row["expiry"] for row in rows(path, query)} == {"2026-01-05", "2026-01-06"}
    assert {row["expiry"] for row in rows(path, {**query, "min_dte": 1})} == {"2026-01-06"}


def test_the_price_of_an_index_is_the_strike_at_the_money():
    price = float(rows(f"{STOCK}/SPX/spot-exposures")[-1]["price"])
    assert price % 5 == 0
    assert price == pytest.approx(vendor().world.price("SPX", MORNING), rel=0.01)


def test_calls_add_gamma_and_puts_take_it_away():
    for row in rows(f"{STOCK}/SPY/greek-exposure/strike"):
        assert float(row["call_gex"]) >= 0 >= float(row["put_gex"])
        assert float(row["call_delta"]) >= 0 >= float(row["put_delta"])


def test_walls_stand_where_the_gamma_is():
    levels = body(f"{STOCK}/SPY/gex-levels")["data"]
    strikes = rows(f"{STOCK}/SPY/spot-exposures/strike")
    assert levels["call_wall"] == max(strikes, key=lambda r: float(r["call_gamma_oi"]))["strike"]
    assert levels["put_wall"] == min(strikes, key=lambda r: float(r["put_gamma_oi"]))["strike"]


def test_two_shapes_of_a_chain_by_one_flag():
    names = rows(f"{STOCK}/SPY/option-chains")
    full = rows(f"{STOCK}/SPY/option-chains", {"greeks": "true"})
    assert names == [row["option_symbol"] for row in full]
    assert "expires" in full[0]
    assert "expiry" not in full[0]


def test_contracts_come_by_pages_until_a_short_one():
    pages = [rows(f"{STOCK}/AAPL/option-contracts", {"page": page}) for page in range(6)]
    assert [len(page) for page in pages[:3]] == [500] * 3
    symbols = [row["option_symbol"] for page in pages for row in page]
    assert sorted(symbols) == sorted(rows(f"{STOCK}/AAPL/option-chains"))


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"expiry": "2026-01-16"}, lambda row: "260116" in row["option_symbol"]),
        ({"option_type": "put"}, lambda row: row["option_symbol"][-9] == "P"),
        ({"vol_greater_oi": "true"}, lambda row: row["volume"] > row["open_interest"]),
        ({"exclude_zero_vol_chains": "true"}, lambda row: row["volume"] > 0),
        ({"exclude_zero_dte": "true"}, lambda row: "260105" not in row["option_symbol"]),
        ({"min_dte": 5, "max_dte": 12}, lambda row: "260116" in row["option_symbol"]),
    ],
)
def test_filters_of_contracts(query, holds):
    found = rows(f"{STOCK}/NVDA/option-contracts", query, now=NOON)
    if "vol_greater_oi" not in query:
        assert found
    assert all(holds(row) for row in found)


def test_market_tide_adds_up_the_day_in_five_minutes_or_one():
    five = rows("/api/market/market-tide")
    one = rows("/api/market/market-tide", {"interval_5m": "false"})
    assert len(five) == 6
    assert five == one[::5]
    assert one[0]["timestamp"] == "2026-01-05T09:30:00-05:00"
    # A half day: of eleven symbols, each minute of the tape is made.
    whole = rows("/api/market/market-tide", {"date": "2025-12-24"})
    assert len(whole) == 42
    by_minute = rows("/api/market/market-tide", {"date": "2025-12-24", "interval_5m": "false"})
    assert len(by_minute) == 210
    assert whole == by_minute[::5]


def test_net_flow_of_the_stream_is_the_sum_of_the_ticks():
    ticks = rows(f"{STOCK}/SPY/net-prem-ticks")
    frame = vendor().frames("net_flow", "SPY", MORNING - 5, MORNING)[0]
    total = sum(float(row["net_call_premium"]) for row in ticks)
    assert float(frame["net_call_prem"]) == pytest.approx(total, rel=1e-6, abs=0.1)
    assert frame["net_put_vol"] == sum(row["net_put_volume"] for row in ticks)


def test_candles_are_newest_first_and_cover_the_extended_day():
    found = rows(f"{STOCK}/SPY/ohlc/5m", {"date": FRIDAY})
    times = [row["start_time"] for row in found]
    assert times == sorted(times, reverse=True)
    assert {row["market_time"] for row in found} == {"pr", "r", "po"}
    for row in found:
        assert float(row["low"]) <= float(row["open"]) <= float(row["high"])
        assert float(row["low"]) <= float(row["close"]) <= float(row["high"])
    traded = sum(row["volume"] for row in found[:-1])
    assert found[0]["total_volume"] == found[-1]["total_volume"] + traded


def test_daily_candles_carry_no_times():
    found = rows(f"{STOCK}/SPY/ohlc/1d", {"limit": 3})
    assert len(found) == 3
    assert "start_time" not in found[0]


def test_max_pain_has_its_date_beside_the_rows():
    found = body(f"{STOCK}/SPY/max-pain")
    assert found["date"] == "2026-01-05"
    assert [row["expiry"] for row in found["data"]] == sorted(
        row["expiry"] for row in found["data"]
    )


def test_iv_rank_is_a_percentage_oldest_first_and_written_in_the_evening():
    found = rows(f"{STOCK}/SPY/iv-rank")
    assert [row["date"] for row in found] == sorted(row["date"] for row in found)
    assert found[-1]["date"] == FRIDAY
    assert all(0 <= float(row["iv_rank_1y"]) <= 100 for row in found)
    assert max(float(row["iv_rank_1y"]) for row in found) > 10
    evening = rows(f"{STOCK}/SPY/iv-rank", now=MORNING + 8.75 * 3600)
    assert evening[-1]["date"] == "2026-01-05"


def test_skew_has_no_history_for_a_near_expiry():
    path = f"{STOCK}/SPY/historical-risk-reversal-skew"
    assert rows(path, {"expiry": "2026-01-09", "delta": 25}) == []
    assert len(rows(path, {"expiry": "2026-12-18", "delta": 25})) == 251


def test_skew_is_put_less_call_as_the_vendor_says_and_not_call_less_put():
    """It had the other sign, that of a risk reversal everywhere else."""
    found = rows(
        f"{STOCK}/SPY/historical-risk-reversal-skew", {"expiry": "2026-12-18", "delta": 25}
    )
    assert all(float(row["risk_reversal"]) > 0 for row in found)


def test_levels_on_and_off_the_exchanges_have_a_price_that_is_a_number():
    found = rows(f"{STOCK}/AAPL/stock-volume-price-levels")
    assert all(isinstance(row["price"], float) for row in found)
    shown = sum(row["off_vol"] + row["lit_vol"] for row in found)
    assert 0 < shown < vendor().world.volume("AAPL", MORNING)


def test_dark_prints_walk_back_in_time_and_include_the_second_they_start_from():
    path = "/api/darkpool/NVDA"
    first = rows(path, {"limit": 20}, now=NOON)
    oldest = first[-1]["executed_at"]
    second = rows(path, {"limit": 20, "older_than": oldest}, now=NOON)
    assert second[0]["executed_at"] == oldest
    known = {row["tracking_id"] for row in first}
    merged = first + [row for row in second if row["tracking_id"] not in known]
    assert merged == rows(path, {"limit": len(merged)}, now=NOON)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("min_size=5000", lambda row: row["size"] >= 5000),
        ("max_premium=100000", lambda row: float(row["premium"]) <= 100_000),
        ("newer_than=1767625000", lambda row: (epoch(row["executed_at"]) or 0) > 1_767_625_000),
    ],
)
def test_filters_of_prints(query, holds):
    found = rows("/api/darkpool/NVDA", query)
    assert found
    assert all(holds(row) for row in found)


@pytest.mark.parametrize("field", ["premium", "size", "volume"])
def test_prints_can_be_put_in_order(field):
    found = rows("/api/darkpool/recent", {"order_by": field, "order": "asc", "limit": 50})
    figures = [float(row[field]) for row in found]
    assert figures == sorted(figures)


def test_alerts_are_newest_first_and_walk_back_without_gap():
    whole = rows(ALERTS, {"limit": 200}, now=NOON)
    stamps = [row["created_at"] for row in whole]
    assert stamps == sorted(stamps, reverse=True)
    first = rows(ALERTS, {"limit": 120}, now=NOON)
    rest = rows(ALERTS, {"limit": 81, "older_than": first[-1]["created_at"]}, now=NOON)
    known = {row["id"] for row in first}
    assert first + [row for row in rest if row["id"] not in known] == whole


def test_newer_than_counts_in_seconds_and_ignores_iso():
    since = NOON - 600
    found = rows(ALERTS, {"newer_than": since}, now=NOON)
    assert all((epoch(row["created_at"]) or 0) > since for row in found)
    assert len(rows(ALERTS, {"newer_than": "2026-01-05T16:50:00Z"}, now=NOON)) == 100


ONE = st.fixed_dictionaries(
    {},
    optional={
        "ticker_symbol": st.sampled_from(["SPY", "SPY,AAPL", "-SPY,-SPX"]),
        "is_call": st.sampled_from(["false", "true"]),
        "is_sweep": st.sampled_from(["false", "true"]),
        "min_premium": st.integers(0, 400_000),
        "max_dte": st.integers(0, 30),
        "issue_types[]": st.lists(st.sampled_from(["ETF", "Index", "Common Stock"]), max_size=2),
        "is_otm": st.sampled_from(["false", "true"]),
        "min_ask_perc": st.floats(0, 1),
    },
)


@settings(max_examples=12, deadline=None)
@given(query=ONE)
def test_filters_of_alerts_let_through_what_they_say_and_all_of_it(query):
    found = rows(ALERTS, {**query, "limit": 100}, now=NOON)
    wanted = [row for row in alerts() if fits(row, query)]
    assert found[: len(wanted)] == wanted[: len(found)]
    assert len(found) >= min(100, len(wanted))
    assert all(fits(row, query) for row in found)


@cache
def alerts() -> list[Any]:
    """The last ones of a morning, of all kinds."""
    return rows(ALERTS, {"limit": 200}, now=NOON)


def fits(row: Any, query: Any) -> bool:
    symbols = query.get("ticker_symbol", "").split(",") if "ticker_symbol" in query else []
    without = [symbol[1:] for symbol in symbols if symbol.startswith("-")]
    only = [symbol for symbol in symbols if not symbol.startswith("-")]
    dte = (date.fromisoformat(row["expiry"]) - date(2026, 1, 5)).days
    otm = (float(row["strike"]) > float(row["underlying_price"])) == (row["type"] == "call")
    share = float(row["total_ask_side_prem"]) / float(row["total_premium"])
    return (
        row["ticker"] not in without
        and (not only or row["ticker"] in only)
        and (query.get("is_call") != "false" or row["type"] != "call")
        and (query.get("is_sweep") != "false" or not row["has_sweep"])
        and float(row["total_premium"]) >= query.get("min_premium", 0)
        and dte <= query.get("max_dte", 999)
        and (not query.get("issue_types[]") or row["issue_type"] in query["issue_types[]"])
        and query.get("is_otm", str(otm).lower()) == str(otm).lower()
        and share >= query.get("min_ask_perc", 0)
    )


def test_congress_filings_have_no_id_and_a_range_for_an_amount():
    found = rows("/api/congress/recent-trades", {"limit": 50})
    assert len(found) == 50
    assert "id" not in found[0]
    assert all(row["amounts"].startswith("$") for row in found)
    assert all(row["transaction_date"] <= row["filed_at_date"] for row in found)
    assert [row["filed_at_date"] for row in found] == sorted(
        (row["filed_at_date"] for row in found), reverse=True
    )


def test_grouping_insiders_adds_up_and_loses_nobody():
    raw = [
        row
        for page in range(4)
        for row in rows("/api/insider/transactions", {"group": "false", "page": page})
    ]
    grouped = [
        row for page in range(4) for row in rows("/api/insider/transactions", {"page": page})
    ]
    assert sum(row["transactions"] for row in grouped) == len(raw)
    assert {one for row in grouped for one in row["ids"]} == {row["id"] for row in raw}
    assert sum(row["amount"] for row in grouped) == sum(row["amount"] for row in raw)


def test_a_report_becomes_known_after_the_bell():
    path, query = "/api/earnings/afterhours", {"date": "2026-01-05", "limit": 100}
    before, after = rows(path, query), rows(path, query, now=MORNING + 8 * 3600)
    assert {row["actual_eps"] for row in before} == {None}
    assert [row["symbol"] for row in before] == [row["symbol"] for row in after]
    assert None not in {row["actual_eps"] for row in after}
    assert {row["post_earnings_close"] for row in after} == {None}


def test_a_company_reports_on_the_day_its_history_says():
    history = rows("/api/earnings/AAPL")
    past = history[1]["report_date"]
    listed = [
        row["symbol"]
        for page in range(3)
        for row in rows("/api/earnings/afterhours", {"date": past, "limit": 100, "page": page})
    ]
    assert "AAPL" in listed
    assert history[0]["source"] == "estimation"
    assert rows("/api/earnings/SPY") == []


def test_headlines_of_a_ticker_are_those_of_all_that_name_it():
    every = [row for page in range(8) for row in rows("/api/news/headlines", {"page": page})]
    found = rows("/api/news/headlines", {"ticker": "TSLA", "limit": 5})
    assert found == [row for row in every if "TSLA" in row["tickers"]][:5]
    major = rows("/api/news/headlines", {"major_only": "true"})
    assert {row["is_major"] for row in major} == {True}


def test_the_calendar_is_in_order_and_has_gaps_where_figures_are_unknown():
    found = rows("/api/market/economic-calendar")
    assert all(one["time"] <= other["time"] for one, other in pairwise(found))
    assert {"report", "fed-speaker"} <= {row["type"] for row in found}
    assert {None, ""} & {row["forecast"] for row in found}


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("ticker_symbol=AAPL,NVDA", lambda row: row["ticker"] in ("AAPL", "NVDA")),
        ("owner_name=kestrel", lambda row: row["owner_name"] == "KESTREL DANA"),
        ("transaction_codes[]=P", lambda row: row["transaction_code"] == "P"),
        ("is_director=true", lambda row: row["is_director"]),
        ("min_value=1000000", lambda row: abs(row["amount"]) * float(row["price"]) >= 1_000_000),
        ("market_cap_size=big", lambda row: float(row["marketcap"]) >= 2e11),
        ("market_cap_size=large", lambda row: 1e10 <= float(row["marketcap"]) < 2e11),
        ("sectors[]=Technology", lambda row: row["sector"] == "Technology"),
        ("start_date=2026-01-02", lambda row: row["filing_date"] >= FRIDAY),
        ("end_date=2026-01-02", lambda row: row["filing_date"] <= FRIDAY),
        ("max_earnings_dte=25", lambda row: row["next_earnings_date"] <= "2026-01-31"),
    ],
)
def test_filters_of_insiders_let_through_what_they_say_and_all_of_it(query, holds):
    path = "/api/insider/transactions"

    def every(more: str) -> list[Any]:
        return [row for page in range(5) for row in rows(path, f"group=false&page={page}&{more}")]

    found = every(query)
    assert found
    if "dte" not in query:
        assert found == [row for row in every("") if holds(row)]
    assert all(holds(row) for row in found)


def test_one_member_of_congress_by_pages_and_from_a_date():
    path, query = "/api/congress/congress-trader", {"name": "casey thornbury", "limit": 10}
    first, second = rows(path, query), rows(path, {**query, "page": 1})
    assert first + second == rows(path, {**query, "limit": 20})
    assert {row["name"] for row in first} == {"Casey Thornbury"}
    late = rows(path, {**query, "date_from": "2025-12-15"})
    assert late == [row for row in first if row["filed_at_date"] >= "2025-12-15"]


@pytest.mark.parametrize(("timeframe", "first"), [("5D", "2025-12-31"), ("1M", "2025-12-05")])
def test_a_timeframe_says_how_far_back(timeframe, first):
    candles = rows(f"{STOCK}/SPY/ohlc/1d", {"timeframe": timeframe})
    assert candles[-1]["date"] == first
    skew = rows(
        f"{STOCK}/SPY/historical-risk-reversal-skew",
        {"expiry": "2026-12-18", "delta": 25, "timeframe": timeframe},
    )
    assert skew[0]["date"] >= "2025-12-02"


def test_alerts_on_companies_know_the_next_report_and_can_be_asked_by_it():
    found = rows(ALERTS, {"max_days_between_expiry_and_earnings": 0}, now=NOON)
    assert found
    assert all(row["next_earnings_date"] <= row["expiry"] for row in found)
    funds = rows(ALERTS, {"issue_types[]": "ETF"}, now=NOON)
    assert {row["next_earnings_date"] for row in funds} == {None}


def test_nothing_from_the_future_is_in_a_list_of_reports_to_come():
    day, query = "2026-02-05", {"limit": 100}
    for row in rows("/api/earnings/afterhours", {**query, "date": day}):
        assert row["actual_eps"] is None
        assert row["post_earnings_close"] is None
        known = vendor().world.close(row["symbol"], date(2026, 1, 2))
        assert float(row["pre_earnings_close"]) == pytest.approx(known, abs=0.01)
