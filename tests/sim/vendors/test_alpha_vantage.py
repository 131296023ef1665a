"""Alpha Vantage: one path for everything, parameters obeyed, and every error as status 200."""

import asyncio
from datetime import UTC, datetime

import pytest

from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage import AlphaVantage
from quanticity.sim.vendors.limits import VendorLimits
from tests.sim.vendors.asking import CALENDAR, TEN_OCLOCK, Vendors, get, with_vendors
from tests.sim.vendors.engine import Engine, shipped, with_engine

QUERY = "https://www.alphavantage.co/query"
BARS = {"function": "TIME_SERIES_INTRADAY", "symbol": "SPY", "interval": "1min"}


def ask(*calls: dict[str, str], **options):
    """The decoded answers to several calls, in order."""

    async def talk(running: Vendors):
        return [
            (await running.get(QUERY, params={"apikey": "key", **call})).json() for call in calls
        ]

    return with_vendors(talk, **options)


def test_a_chain_has_greeks_only_when_they_are_asked_for():
    chain = {"function": "REALTIME_OPTIONS", "symbol": "SPY"}
    bare, full = ask(chain, {**chain, "require_greeks": "true"})
    assert "delta" not in bare["data"][0]
    assert all(isinstance(value, str) for value in full["data"][0].values())
    assert {"implied_volatility", "delta", "gamma", "theta", "vega", "rho"} <= set(full["data"][0])
    assert full["message"] == "success"


def test_a_chain_obeys_expiration_and_contract():
    chain = {"function": "REALTIME_OPTIONS", "symbol": "SPY"}
    (whole,) = ask(chain)
    row = whole["data"][-1]
    one_expiry, one_contract = ask(
        {**chain, "expiration": row["expiration"]}, {**chain, "contract": row["contractID"]}
    )
    assert {each["expiration"] for each in one_expiry["data"]} == {row["expiration"]}
    assert [each["contractID"] for each in one_contract["data"]] == [row["contractID"]]
    assert len(one_expiry["data"]) < len(whole["data"])


def test_a_past_chain_is_of_its_day_and_a_day_without_trading_says_so():
    past = {"function": "HISTORICAL_OPTIONS", "symbol": "SPY"}
    last, chosen, sunday = ask(past, {**past, "date": "2025-12-15"}, {**past, "date": "2026-01-04"})
    assert {row["date"] for row in last["data"]} == {"2026-01-02"}
    assert {row["date"] for row in chosen["data"]} == {"2025-12-15"}
    assert sunday["data"] == []
    assert sunday["message"].startswith("No data")


def test_bars_move_with_the_clock_and_past_bars_stay():
    # A bar is there once something has traded in it.
    (before,) = ask(BARS, at=TEN_OCLOCK + 10)
    (after,) = ask(BARS, at=TEN_OCLOCK + 190)
    old, new = before["Time Series (1min)"], after["Time Series (1min)"]
    assert next(iter(old)) == "2026-01-05 10:00:00"
    assert next(iter(new)) == "2026-01-05 10:03:00"
    shared = list(old)[2:]
    assert all(new[key] == old[key] for key in shared if key in new)
    assert len(new) == 100


def test_bars_obey_size_hours_interval_delay_and_month():
    full, regular, five, delayed, month = ask(
        {**BARS, "outputsize": "full", "interval": "60min"},
        {**BARS, "extended_hours": "false"},
        {**BARS, "interval": "5min"},
        {**BARS, "entitlement": "delayed"},
        {**BARS, "interval": "60min", "outputsize": "full", "month": "2025-11"},
    )
    assert len(full["Time Series (60min)"]) > 400
    assert all("09:30" <= key[11:16] < "16:00" for key in regular["Time Series (1min)"])
    assert all(int(key[14:16]) % 5 == 0 for key in five["Time Series (5min)"])
    root = "Time Series (1min) - DATA DELAYED BY 15 MINUTES"
    assert next(iter(delayed[root])) == "2026-01-05 09:45:00"
    assert {key[:7] for key in month["Time Series (60min)"]} == {"2025-11"}


def test_indicators_are_right_where_arithmetic_says_so():
    five = {"symbol": "SPY", "interval": "5min"}
    bands, rsi, atr = ask(
        {**five, "function": "BBANDS", "time_period": "20", "series_type": "close"},
        {**five, "function": "RSI", "time_period": "14", "series_type": "close"},
        {**five, "function": "ATR", "time_period": "14"},
    )
    for row in bands["Technical Analysis: BBANDS"].values():
        upper, middle, lower = (
            float(row[f"Real {name} Band"]) for name in ("Upper", "Middle", "Lower")
        )
        assert upper >= middle >= lower
        assert upper - middle == pytest.approx(middle - lower, abs=2e-4)
    assert all(0 <= float(row["RSI"]) <= 100 for row in rsi["Technical Analysis: RSI"].values())
    assert all(float(row["ATR"]) > 0 for row in atr["Technical Analysis: ATR"].values())


def test_only_the_newest_indicator_key_carries_seconds():
    (rsi,) = ask(
        {"function": "RSI", "symbol": "SPY", "interval": "1min", "time_period": "14",
         "series_type": "close"}
    )  # fmt: skip
    first, *rest = rsi["Technical Analysis: RSI"]
    assert len(first) == 19
    assert {len(key) for key in rest} == {16}
    assert rsi["Meta Data"]["3: Last Refreshed"] == first


@pytest.mark.parametrize(
    "call",
    [
        {"function": "RSI", "symbol": "SPY"},
        {**BARS, "interval": "2min"},
        {**BARS, "symbol": "ZZZZ"},
        {"function": "REALTIME_OPTIONS"},
        {"function": "NO_SUCH_THING"},
        {"function": "HISTORICAL_OPTIONS", "symbol": "SPY", "date": "yesterday"},
    ],
)
def test_a_wrong_call_is_an_error_message_with_status_200(call):
    (body,) = ask(call)
    assert list(body) == ["Error Message"]


def test_macro_series_are_newest_first_and_obey_their_interval():
    yearly, quarterly, monthly, daily = ask(
        {"function": "REAL_GDP"},
        {"function": "REAL_GDP", "interval": "quarterly"},
        {"function": "CPI"},
        {"function": "FEDERAL_FUNDS_RATE", "interval": "daily"},
    )
    assert len(quarterly["data"]) > 3 * len(yearly["data"])
    for body in (yearly, quarterly, monthly, daily):
        dates = [row["date"] for row in body["data"]]
        assert dates == sorted(dates, reverse=True)
    assert any(row["value"] == "." for row in daily["data"])


def test_news_is_for_its_tickers_in_the_order_and_span_asked_for():
    news = {"function": "NEWS_SENTIMENT", "tickers": "AAPL,MSFT", "limit": "5"}
    latest, earliest, wrong = ask(
        news,
        {**news, "sort": "EARLIEST", "time_from": "20260101T0000", "time_to": "20260102T0000"},
        {**news, "tickers": "ZZZZ"},
    )
    assert latest["items"] == "5"
    times = [article["time_published"] for article in latest["feed"]]
    assert times == sorted(times, reverse=True)
    assert all(
        {each["ticker"] for each in article["ticker_sentiment"]} == {"AAPL", "MSFT"}
        for article in latest["feed"]
    )
    assert all(article["time_published"] < "20260102T0000" for article in earliest["feed"])
    now = f"{datetime.fromtimestamp(TEN_OCLOCK, UTC):%Y%m%dT%H%M}"
    assert all(stamp <= now + "59" for stamp in times)
    assert list(wrong) == ["Information"]


def test_news_obeys_its_topics():
    news = {"function": "NEWS_SENTIMENT", "tickers": "AAPL", "topics": "earnings"}
    found, unknown = ask(news, {**news, "topics": "gossip"})
    carried = {each["topic"] for article in found["feed"] for each in article["topics"]}
    assert carried == {"Earnings"}
    assert list(unknown) == ["Information"]


def test_an_indicator_of_a_past_month_is_of_that_month():
    (body,) = ask(
        {"function": "ATR", "symbol": "SPY", "interval": "60min", "time_period": "5",
         "month": "2025-10"}
    )  # fmt: skip
    assert {key[:7] for key in body["Technical Analysis: ATR"]} == {"2025-10"}


@pytest.mark.parametrize(
    ("call", "head"),
    [
        ({"function": "REALTIME_OPTIONS", "symbol": "SPY"}, "contractID,symbol,expiration"),
        (BARS, "timestamp,open,high,low,close,volume"),
        ({"function": "ATR", "symbol": "SPY", "interval": "5min", "time_period": "9"}, "time,ATR"),
        ({"function": "CPI"}, "timestamp,value"),
    ],
)
def test_the_same_figures_come_as_csv_where_they_are_asked_for_so(call, head):
    async def talk(running: Vendors):
        params = {"apikey": "key", **call}
        rows = (await running.get(QUERY, params={**params, "datatype": "csv"})).body
        return rows.decode().splitlines(), (await running.get(QUERY, params=params)).json()

    lines, body = with_vendors(talk)
    assert lines[0].startswith(head)
    table = list(body.values())[-1]
    assert len(lines) == len(table) + 1


def test_a_free_key_gets_the_artificial_row():
    params = {"function": "REALTIME_OPTIONS", "symbol": "SPY", "apikey": "free-key"}
    body = get(QUERY, params).json()
    assert "premium" in body["message"]
    assert body["data"][0]["symbol"] == "XXYYZZ"
    assert body["data"][0]["expiration"] == "2099-99-99"


def test_each_limit_has_its_own_message_and_the_daily_one_echoes_the_key():
    def flood(limits: VendorLimits):
        async def talk(running: Vendors):
            params = {"function": "CPI", "apikey": "secret-key-of-mine"}
            calls = [running.get(QUERY, params=params) for _ in range(4)]
            return [reply.json() for reply in await asyncio.gather(*calls)]

        bodies = with_vendors(talk, limits={"alpha_vantage": limits})
        return next(body for body in bodies if "data" not in body)

    burst = flood(VendorLimits(windows=((3, 1.0), (600, 60.0))))
    minute = flood(VendorLimits(windows=((30, 1.0), (3, 60.0))))
    daily = flood(VendorLimits(windows=((30, 1.0), (600, 60.0)), per_day=3))
    assert "Burst pattern" in burst["Information"]
    assert "calls per minute" in minute["Note"]
    assert "secret-key-of-mine" in daily["Information"]
    assert "3 requests per day" in daily["Information"]


def test_an_index_that_the_vendor_has_not_got_never_stops_the_other_chains():
    async def talk(engine: Engine):
        index = engine.of("alpha_vantage.index_options")[0]
        fund = engine.of("alpha_vantage.realtime_options")[0]
        for _ in range(4):
            await engine.run(index)
            await engine.run(fund)
        now = fund.recipe.around.clock.now()
        return index.stats.error, index.ready(now), fund.stats.error, fund.ready(now)

    vendors = [AlphaVantage(World(7, CALENDAR), index_options=False)]
    index_error, index_held, fund_error, fund_held = with_engine(talk, vendors=vendors)
    assert "Invalid API call" in index_error
    assert index_held is not None
    assert fund_error == ""
    assert fund_held is None


def test_the_budget_of_a_minute_is_what_the_config_promises():
    source = shipped().effective.sources["alpha_vantage"]
    calls = {
        name: 60 / each.endpoint.interval_seconds * max(1, len(each.symbols))
        for name, each in source.endpoints.items()
        if each.endpoint.interval_seconds
    }
    chains = calls["realtime_options"] + calls["index_options"]
    bars = calls["intraday"] + calls["index_intraday"]
    technicals = sum(
        rate
        for name, rate in calls.items()
        if name.split("_")[0] in ("rsi", "macd", "bbands", "atr")
    )
    macro = calls["real_gdp"] + calls["cpi"] + calls["federal_funds_rate"]
    assert (round(chains), round(bars), round(technicals)) == (48, 44, 20)
    assert macro < 5
    assert sum(calls.values()) < 590
