"""What the design notes have wrong about feeds: none of it may come back.

Each test is one row of the requirements' list of mistakes (X01, X02, ...), named after what went
wrong. Others of that list stand where their subject is: `ELSEWHERE` says where. Those of `AHEAD`
are about what is not built yet; who builds it takes the row out of there.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from quanticity.clock import Calendar, MarketCalendar, Session
from quanticity.config.loader import load
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.dates import resolve
from quanticity.pace.plan import plan
from tests.sim.vendors.unusual_whales.ask import CONFIG, MORNING, ask, body, rows, source
from tests.store.running import directory, opened, write
from tests.transforms.asking import ask as transformed
from transforms.congress_trades import congress_trades
from transforms.parse_gex import parse_gex

ROOT = Path(__file__).parents[1]
SHIPPED = ("config", "plugins", "transforms", "quanticity")

IBKR = "plugins/ibkr/test_mistakes_of_the_notes.py"
ELSEWHERE = {
    "X10": (IBKR, "test_x10_a_call_and_a_put_of_one_strike_have_a_key_each"),
    "X19": (IBKR, "test_x19_of_a_set_of_books_that_changed_one_was_taken"),
    "X20": (IBKR, "test_x20_data_and_orders_had_one_client_id"),
    "X22": (
        "quant/test_spreads.py",
        "test_x22_the_width_of_calls_was_short_less_long_and_below_zero",
    ),
    "X23": (
        "quant/test_spreads.py",
        "test_x23_a_credit_of_one_share_over_a_loss_of_a_hundred_scored_the_best_case_near_1",
    ),
    "X24": ("quant/test_greeks.py", "test_zero_days_to_expiry_was_a_division_by_zero"),
    "X25": (
        "plugins/test_mistakes_of_the_exposure.py",
        "test_x25_a_net_gamma_below_zero_was_an_error",
    ),
    "X26": ("plugins/test_vpin.py", "test_stamps_of_whole_seconds_are_enough"),
    "X27": (
        "plugins/test_mistakes_of_the_exposure.py",
        "test_f31_x27_the_512_billion_of_the_sample_are_per_100_percent",
    ),
    "X28": (
        "plugins/test_mistakes_of_the_exposure.py",
        "test_f27_x28_roots_with_digits_are_adjusted_and_do_not_count",
    ),
    "X32": ("plugins/test_signal_stats.py", "test_no_loss_is_no_mean_loss_and_hides_nothing"),
    "X36": (
        "config/test_shipped_sources.py",
        "test_an_index_that_alpha_vantage_may_not_have_stops_no_other_feed",
    ),
    "X38": (
        "plugins/test_toxic_flow.py",
        "test_a_thousand_prints_of_unknown_venues_passed_for_a_score",
    ),
    "X41": ("feeds/test_feed.py", "test_staleness_and_life_stretch_with_the_session"),
    "X42": (
        "config/test_shipped_sources.py",
        "test_alpha_vantage_asks_as_often_as_the_notes_say",
    ),
    "X43": ("plugins/test_signal_stats.py", "test_the_profit_factor_of_the_notes_sample_is_two"),
    "X45": (
        "plugins/test_congress_filings.py",
        "test_no_filing_on_a_fund_passed_for_nobody_opposed",
    ),
    "X46": ("plugins/test_vpin.py", "test_a_bucket_of_1000_shares_on_spy_would_be_single_prints"),
}
AHEAD = {
    **dict.fromkeys(("X06", "X07", "X40", "X44", "X49", "X50"), "breakers and the day's loss"),
    **dict.fromkeys(("X08", "X09", "X48", "X52"), "the ledger of trades and its archive"),
    **dict.fromkeys(("X16", "X18", "X37"), "orders, their stops and what they risk"),
    **dict.fromkeys(("X11", "X47", "X51"), "the overseer and its alerts"),
    **dict.fromkeys(("X12", "X13", "X14"), "messages to subscribers and who approves them"),
    **dict.fromkeys(("X15", "X17"), "P&L as reports and the dashboard show it"),
    "X34": "containers",
}


@cache
def contract(name: str) -> Contract:
    return Contract.load(CONFIG / "contracts" / f"{name}.json", name)


def fields(name: str) -> set[str]:
    """The fields of a row that a contract knows."""
    return set(contract(name).schema["properties"]["data"]["items"]["properties"])


def shipped_files() -> list[Path]:
    return [
        file
        for folder in SHIPPED
        for file in (ROOT / folder).rglob("*")
        if file.suffix in (".py", ".yaml", ".json")
    ]


def test_x01_exposures_were_asked_for_at_a_path_that_is_not_there() -> None:
    assert source().endpoints["spot_gex"].path == "/stock/{symbol}/spot-exposures"
    assert ask("/api/stocks/SPY/spot-gex-exposures", {"date": "2026-01-05"}).status == 404
    assert ask("/api/stock/SPY/spot-exposures", {"date": "2026-01-05"}).status == 200


def test_x01_the_total_was_read_from_a_field_that_no_body_has() -> None:
    assert "total_gamma" not in fields("uw_spot_gex")
    series = body("/api/stock/SPY/spot-exposures", {"date": "2026-01-05"})
    assert all("total_gamma" not in row for row in series["data"])
    made = transformed(parse_gex, series, symbol="SPY")
    assert made["total_gamma"] == float(series["data"][-1]["gamma_per_one_percent_move_oi"])


def test_x02_the_economic_calendar_was_said_to_be_missing() -> None:
    assert source().endpoints["economic_calendar"].enabled
    assert rows("/api/market/economic-calendar")


def test_x03_chains_were_asked_for_without_their_greeks() -> None:
    assert source().endpoints["option_chains"].params == {"greeks": "true"}
    names = body("/api/stock/SPY/option-chains")
    assert all(isinstance(each, str) for each in names["data"])
    assert not contract("uw_option_chains").fits(names)
    assert contract("uw_option_chains").fits(
        body("/api/stock/SPY/option-chains", {"greeks": "true"})
    )


def test_x04_greek_flow_was_said_to_hold_gamma() -> None:
    assert not [name for name in fields("uw_greek_flow") if "gamma" in name]
    assert not [name for name in rows("/api/stock/SPY/greek-flow")[0] if "gamma" in name]
    endpoint = source().endpoints["greek_flow"]
    assert "no gamma" in endpoint.units


def test_x05_the_daily_cap_was_left_out() -> None:
    limits = source().rate_limits
    assert [window.per for window in limits.all_windows()] == [None, "day"]
    assert limits.headers is not None
    assert limits.headers.daily_used == "x-uw-daily-req-count"
    assert limits.headers.daily_limit == "x-uw-token-req-limit"


def test_x05_a_schedule_that_fits_the_minute_and_not_the_day_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "data_sources.yaml").write_text(
        """
data_sources:
  v:
    base_url: http://127.0.0.1:1
    rate_limits: {windows: [{limit: 120, seconds: 60}, {limit: 1000, per: day}]}
    endpoints:
      a: {path: /a, interval_seconds: 5, redis_key: "raw:v:a", ttl_seconds: 60, priority: critical}
"""
    )
    found = plan(load(tmp_path, "dev", {}).root)
    assert found.exit_status == 1


@pytest.mark.parametrize(
    ("moment", "session"),
    [
        (1_767_625_200.0, Session.MARKET_HOURS),  # Monday 2026-01-05, 15:00 UTC, 10:00 Eastern
        (1_767_279_600.0, Session.HOLIDAY),  # Thursday 2026-01-01, 10:00 Eastern
        (1_766_600_100.0, Session.AFTER_HOURS),  # Christmas Eve 2025, 13:15 Eastern: a half day
    ],
)
def test_x21_local_time_was_taken_for_the_exchanges_and_every_weekday_for_a_trading_day(
    moment: float, session: Session
) -> None:
    calendar: Calendar = MarketCalendar()
    assert calendar.session(moment) is session


def test_x21_today_was_a_date_on_which_nothing_trades() -> None:
    holiday = 1_767_279_600.0  # Thursday 2026-01-01, 10:00 Eastern
    assert resolve("today", holiday, MarketCalendar()) == "2025-12-31"
    assert resolve("last_n_days:2", holiday, MarketCalendar()) == "2025-12-30"


@pytest.mark.parametrize(
    ("gone", "instead"),
    [
        (r"financialmodelingprep\.com/api/v3", "financialmodelingprep.com/stable"),
        (r"yahoo_?earnings", "raw:nasdaq:earnings"),
        (r"claude-3-haiku-20240307", ""),
    ],
)
def test_x29_what_is_no_longer_there_was_asked_for(gone: str, instead: str) -> None:
    found = [file for file in shipped_files() if re.search(gone, file.read_text("utf-8"))]
    assert found == []
    assert instead in (CONFIG / "data_sources.yaml").read_text()


def test_x30_the_sentiment_of_a_headline_was_read_as_a_score() -> None:
    headlines: Any = {"data": rows("/api/news/headlines", {"limit": "50"})}
    assert headlines["data"]
    words = {row["sentiment"] for row in headlines["data"]}
    assert words <= {"positive", "negative", "neutral", None}
    assert contract("uw_news").fits(headlines)
    headlines["data"][0]["sentiment"] = 0.4
    assert not contract("uw_news").fits(headlines)
    assert "not a score" in source().endpoints["news"].units


def test_x31_the_index_was_asked_for_as_a_stock() -> None:
    root = load(CONFIG, "demo", {}).root
    groups = root.symbol_groups
    assert "SPX" in groups["focus"]
    for group in ("shares", "equities", "funds"):
        assert "SPX" not in groups[group], group
    whales = root.data_sources["unusual_whales"].endpoints
    for name in ("stock_state", "offlit", "candles"):
        symbols = whales[name].symbols
        asked = groups[symbols] if isinstance(symbols, str) else symbols
        assert "SPX" not in asked, name
    chains = root.data_sources["cboe"].endpoints["chains"]
    assert "_SPX" in chains.symbols
    assert "SPX" not in chains.symbols


def test_x33_a_filing_of_congress_was_read_as_news_of_today() -> None:
    trades = transformed(congress_trades, {"data": rows("/api/congress/recent-trades")})["rows"]
    assert max(row["lag_days"] for row in trades) > 7
    assert all(row["amount_low"] is None or row["amount_low"] >= 0 for row in trades)
    assert source().endpoints["congress_trades"].interval_seconds == 3600


def test_x39_stored_values_were_compared_as_bytes_and_indexed_as_text() -> None:
    async def main() -> None:
        with directory() as data:
            async with opened(data) as store:
                store.put(write("raw:a", orjson.dumps({"grade": "A", "rows": [{"n": 1}]})))
                await store.flush()
                found = await store.get("raw:a")
                assert found is not None
                assert found.data["grade"] == "A"
                assert found.data["rows"][0]["n"] == 1
                assert isinstance(found.source, str)

    asyncio.run(main())


def test_x35_an_async_selector_was_called_and_never_awaited() -> None:
    """What is never awaited is a warning of Python's, and here each warning fails its test."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert settings["tool"]["pytest"]["ini_options"]["filterwarnings"] == ["error"]


def test_each_mistake_has_its_test_here_or_elsewhere_or_waits_for_its_subject() -> None:
    here = re.findall(r"^def test_(x\d\d)_", Path(__file__).read_text("utf-8"), re.MULTILINE)
    rows = [{name.upper() for name in here}, set(ELSEWHERE), set(AHEAD)]
    assert sorted(set().union(*rows)) == [f"X{number:02}" for number in range(1, 53)]
    assert sum(map(len, rows)) == 52
    for row, (file, name) in ELSEWHERE.items():
        text = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"def {name}\(", text), row


def test_the_moment_of_these_tests_is_a_trading_day() -> None:
    assert MarketCalendar().session(MORNING) is Session.MARKET_HOURS
