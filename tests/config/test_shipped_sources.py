"""What ships beside Unusual Whales: the notes' cadences and budgets, keys, and terms."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from quanticity.config.schema import Endpoint, Root, Source
from quanticity.config.sections import split
from quanticity.model import Priority

ROOT = Path(__file__).parents[2]
FOCUS = ("SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA")
OPTIONS = {"realtime_options", "index_options"}
BARS = {"intraday", "index_intraday"}
TECHNICALS = {
    f"{name}{whose}" for name in ("rsi", "macd", "bbands", "atr") for whose in ("", "_equities")
}
MACRO = {"real_gdp", "cpi", "federal_funds_rate"}


@cache
def root() -> Root:
    text = (ROOT / "config" / "data_sources.yaml").read_text()
    return Root.model_validate(split(yaml.load(text, yaml.CSafeLoader))[0])


def source(name: str) -> Source:
    return root().data_sources[name]


def symbols(endpoint: Endpoint) -> tuple[str, ...]:
    given = endpoint.symbols
    return root().symbol_groups[given] if isinstance(given, str) else given


def a_minute(names: set[str]) -> float:
    """Calls a minute of some Alpha Vantage feeds."""
    feeds = source("alpha_vantage").endpoints
    return sum(
        max(1, len(symbols(feeds[name]))) * 60 / (feeds[name].interval_seconds or 86_400)
        for name in names
    )


def test_the_focus_is_the_notes_eleven() -> None:
    assert root().symbol_groups["focus"] == FOCUS
    assert not set(root().symbol_groups["shares"]) - set(FOCUS)


def test_alpha_vantage_keeps_below_its_safety_line() -> None:
    minute = max(source("alpha_vantage").rate_limits.all_windows(), key=lambda one: one.length)
    assert (minute.limit, minute.length, minute.usable) == (600, 60, 590)


@pytest.mark.parametrize(
    ("names", "calls"),
    [(OPTIONS, 48), (BARS, 44), (TECHNICALS, 20), (MACRO, 1)],
    ids=["options", "bars", "technicals", "macro"],
)
def test_alpha_vantage_asks_as_often_as_the_notes_say(names: set[str], calls: float) -> None:
    """B16-B19, X42: RSI, MACD, BBANDS and ATR of eleven symbols each minute would be 44."""
    assert a_minute(names) <= calls
    assert a_minute(names) > calls / 2


def test_options_come_before_technicals_and_news() -> None:
    feeds = source("alpha_vantage").endpoints
    assert feeds["realtime_options"].priority is Priority.CRITICAL
    for name in TECHNICALS | MACRO | {"news_sentiment"}:
        assert (feeds[name].priority or Priority.NICE_TO_HAVE).rank > Priority.IMPORTANT.rank


def test_indicators_have_a_cadence_for_each_of_the_two_groups_of_shares() -> None:
    """A32: `level2` and `standard` are apart, and together all shares."""
    groups, feeds = root().symbol_groups, source("alpha_vantage").endpoints
    assert not set(groups["level2"]) & set(groups["standard"])
    assert {*groups["level2"], *groups["standard"]} == set(groups["shares"])
    for name in ("rsi", "macd", "bbands", "atr"):
        close, other = feeds[name], feeds[f"{name}_equities"]
        assert (close.symbols, other.symbols) == ("level2", "standard")
        assert close.interval_seconds is not None
        assert other.interval_seconds is not None
        assert close.interval_seconds < other.interval_seconds


def test_the_portfolio_is_told_of_at_the_limits_of_all() -> None:
    exposure = root().risk_management.exposure.model_dump()
    assert root().components["portfolio_greeks"].params == exposure


def test_every_alpha_vantage_call_names_its_function() -> None:
    """The notes' log: an indicator asked without it brought another body."""
    for name, endpoint in source("alpha_vantage").endpoints.items():
        assert endpoint.params["function"], name
    assert source("alpha_vantage").endpoints["realtime_options"].params["require_greeks"] == "true"


def test_an_index_that_alpha_vantage_may_not_have_stops_no_other_feed() -> None:
    """X36: apart, tried once, and soon left alone."""
    feeds = source("alpha_vantage").endpoints
    assert "SPX" not in symbols(feeds["realtime_options"])
    for name in ("index_options", "index_intraday"):
        assert symbols(feeds[name]) == ("SPX",)
        policy = feeds[name].retry_policy
        assert policy is not None
        assert policy.attempts == 1
        assert feeds[name].priority is not Priority.CRITICAL


def test_news_sentiment_is_asked_for_shares_and_apart_for_what_is_none() -> None:
    """C27: the funds' feed may be turned off alone, and no index is asked for by its name."""
    feeds = source("alpha_vantage").endpoints
    assert not {"SPX", "SPY", "QQQ", "IWM", "VXX"} & set(symbols(feeds["news_sentiment"]))
    assert set(symbols(feeds["news_sentiment_funds"])) == {"SPY", "QQQ", "IWM"}
    assert feeds["news_sentiment_index"].params["tickers"] == "SPY"


def test_the_plain_time_of_the_last_option_chain_is_kept() -> None:
    chain = source("alpha_vantage").endpoints["realtime_options"]
    assert chain.timestamp_key == "av:options:timestamp"
    assert chain.redis_key == "raw:av:options:{symbol}"


def test_earnings_calendars_have_the_notes_keys_and_times() -> None:
    assert source("nasdaq").endpoints["earnings"].redis_key == "raw:nasdaq:earnings"
    assert len(source("nasdaq").endpoints["earnings"].at) == 2
    fmp = source("fmp")
    assert fmp.endpoints["earnings_calendar"].redis_key == "raw:fmp:earnings"
    assert fmp.base_url.endswith("/stable")


def test_fmp_fits_its_250_calls_a_day() -> None:
    (day,) = (each for each in source("fmp").rate_limits.all_windows() if each.per == "day")
    assert day.limit == 250
    asked = sum(86_400 / (each.interval_seconds or 0) for each in source("fmp").endpoints.values())
    assert asked < day.usable


def test_every_feed_is_described_typed_and_expires() -> None:
    for name, each in root().data_sources.items():
        assert each.description, name
        assert each.terms, name
        for title, endpoint in each.endpoints.items():
            where = f"{name}.{title}"
            assert endpoint.description, where
            assert "\n" not in endpoint.description, where
            assert endpoint.units, where
            assert endpoint.contract, where
            assert endpoint.priority, where
            assert endpoint.redis_key.startswith("raw:"), where
            every = endpoint.interval_seconds
            assert every is None or endpoint.ttl_seconds > every, where


def test_what_forbids_automated_use_is_off() -> None:
    off = {name for name, each in root().data_sources.items() if not each.enabled}
    assert off == {"nasdaq", "cboe"}
    for name in off:
        assert "Off by default" in source(name).terms


def test_some_sources_need_no_key() -> None:
    keyless = {
        name
        for name, each in root().data_sources.items()
        if each.enabled and each.auth.type == "none"
    }
    assert keyless == {"fred_csv", "treasury", "finra", "fed", "bls_data"}


def test_every_variable_that_a_source_wants_is_in_the_example_of_dotenv() -> None:
    wanted = {name for each in root().data_sources.values() for name in each.auth.variables}
    offered = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert wanted <= offered
    assert {"UW_API_TOKEN", "AV_API_KEY", "FMP_API_KEY", "FRED_API_KEY"} <= wanted


def test_one_aggregate_merges_flow_and_premium() -> None:
    flow = root().aggregates["flow"]
    assert flow.redis_key == "aggregated:flow:{symbol}"
    assert flow.method == "merge_on_timestamp"
