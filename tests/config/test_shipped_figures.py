"""What ships, figure by figure, as the catalogue of requirements has it: a slip in YAML fails here.

Paths, keys and cadences of Unusual Whales are in `test_shipped_unusual_whales`, budgets and terms
of the others in `test_shipped_sources`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from quanticity.clock import Session
from quanticity.config.loader import load
from quanticity.config.presets import digest_of
from quanticity.config.schema import Endpoint, Root, Source
from quanticity.model import Priority

CONFIG = Path(__file__).parents[2] / "config"
CRITICAL, IMPORTANT = Priority.CRITICAL, Priority.IMPORTANT
NICE, BACKGROUND = Priority.NICE_TO_HAVE, Priority.BACKGROUND

# B04-B08, and what the notes have no group for.
GROUPS = {
    CRITICAL: {"spot_gex", "flow_alerts", "call_put_ticks"},
    IMPORTANT: {
        *("greek_flow", "flow_intraday", "option_chains"),
        *("spot_gex_strike", "gex_strike", "gex_matrix", "gex_matrix_expiry"),
        *("market_tide", "candles", "stock_state"),
    },
    NICE: {
        *("max_pain", "iv_rank", "risk_reversal_skew"),
        *("gex_levels", "offlit", "darkpool", "iv_term", "news", "economic_calendar"),
    },
    BACKGROUND: {
        *("congress_trades", "insider_trades"),
        *("earnings_afterhours", "earnings_premarket", "earnings_history"),
    },
}
# Alpha Vantage: function, seconds, group (B16-B19, C22, C24-C27).
FUNCTIONS = {
    "realtime_options": ("REALTIME_OPTIONS", 5, CRITICAL),
    "index_options": ("REALTIME_OPTIONS", 5, IMPORTANT),
    "historical_options": ("HISTORICAL_OPTIONS", None, BACKGROUND),
    "intraday": ("TIME_SERIES_INTRADAY", 15, IMPORTANT),
    "index_intraday": ("TIME_SERIES_INTRADAY", 15, NICE),
    "rsi": ("RSI", 60, NICE),
    "macd": ("MACD", 60, NICE),
    "bbands": ("BBANDS", 60, NICE),
    "atr": ("ATR", 60, NICE),
    "rsi_equities": ("RSI", 210, NICE),
    "macd_equities": ("MACD", 210, NICE),
    "bbands_equities": ("BBANDS", 210, NICE),
    "atr_equities": ("ATR", 210, NICE),
    "real_gdp": ("REAL_GDP", 300, NICE),
    "cpi": ("CPI", 300, NICE),
    "federal_funds_rate": ("FEDERAL_FUNDS_RATE", 300, NICE),
    "news_sentiment": ("NEWS_SENTIMENT", 300, NICE),
    "news_sentiment_funds": ("NEWS_SENTIMENT", 300, NICE),
    "news_sentiment_index": ("NEWS_SENTIMENT", 300, NICE),
}


@cache
def root() -> Root:
    return load(CONFIG, "demo", {}).root


def sections() -> Any:
    return load(CONFIG, "demo", {}).sections


def source(name: str) -> Source:
    return root().data_sources[name]


def endpoints(name: str) -> dict[str, Endpoint]:
    found = source(name).endpoints
    return {title: each for title, each in found.items() if each.transport == "http"}


def test_the_sessions_have_the_rules_of_the_notes() -> None:
    """B09-B13. What they leave open, nights and holidays, is as a weekend."""
    least = {"all": ("minimum_updates_only",)}
    assert root().scheduler_rules == {
        Session.MARKET_HOURS: {
            "critical": ("run_always",),
            "important": ("run_if_capacity",),
            "nice_to_have": ("skip_if_busy",),
            "background": ("once_per_hour",),
        },
        Session.PRE_MARKET: {
            "critical": ("reduce_to_5min",),
            "important": ("reduce_to_15min",),
            "nice_to_have": ("run_normal",),
            "background": ("run_normal",),
        },
        Session.AFTER_HOURS: {"all": ("reduce_frequency_50%",)},
        Session.OVERNIGHT: least,
        Session.WEEKEND: least,
        Session.HOLIDAY: least,
    }
    assert set(root().scheduler_rules) == set(Session)


def test_each_feed_of_unusual_whales_is_in_its_group() -> None:
    found: dict[Priority | None, set[str]] = {}
    for name, each in endpoints("unusual_whales").items():
        found.setdefault(each.priority, set()).add(name)
    assert found == GROUPS


def test_values_of_unusual_whales_live_for_two_or_three_polls() -> None:
    """D01-D17: long enough to bridge a failed poll, and no longer than somebody may trust them."""
    for name, each in endpoints("unusual_whales").items():
        if each.interval_seconds and each.interval_seconds <= 3600:
            assert each.ttl_seconds / each.interval_seconds in (2, 3), name


def test_the_reference_feed_ships_as_the_notes_write_it() -> None:
    """A06, but for the price: a subscription has none for a call."""
    spot_gex = endpoints("unusual_whales")["spot_gex"]
    assert {"SPY", "QQQ", "IWM"} <= set(root().symbol_groups[str(spot_gex.symbols)])
    assert spot_gex.params == {"date": "today"}
    assert spot_gex.transform == "parse_gex"
    options = dict.fromkeys(("flatten_nested", "parse_timestamps", "calculate_deltas"), True)
    assert spot_gex.transform_config == options
    assert spot_gex.retry_policy is not None
    assert (spot_gex.retry_policy.attempts, spot_gex.retry_policy.backoff) == (3, "exponential")


@pytest.mark.parametrize(
    ("name", "style", "where", "variable"),
    [
        ("unusual_whales", "bearer", None, "UW_API_TOKEN"),
        ("alpha_vantage", "query", "apikey", "AV_API_KEY"),
        ("fmp", "query", "apikey", "FMP_API_KEY"),
        ("nasdaq", "none", None, None),
    ],
)
def test_each_vendor_is_told_the_key_as_it_wants_it(
    name: str, style: str, where: str | None, variable: str | None
) -> None:
    """A04."""
    auth = source(name).auth
    assert (auth.type, auth.name, auth.token_env) == (style, where, variable)


def test_only_major_headlines_are_asked_for() -> None:
    """C20."""
    assert endpoints("unusual_whales")["news"].params["major_only"] == "true"


def test_alpha_vantage_is_asked_for_the_right_function_in_time() -> None:
    found = {
        name: (each.params["function"], each.interval_seconds, each.priority)
        for name, each in endpoints("alpha_vantage").items()
    }
    assert found == FUNCTIONS


def test_candles_are_of_a_minute_and_the_latest_hundred() -> None:
    """C24. The whole history of a symbol, every 15 seconds, would be megabytes."""
    for name in ("intraday", "index_intraday"):
        params = endpoints("alpha_vantage")[name].params
        assert (params["interval"], params["outputsize"]) == ("1min", "compact")


def test_values_of_alpha_vantage_outlive_a_few_failed_polls() -> None:
    for name, each in endpoints("alpha_vantage").items():
        if each.interval_seconds is not None:
            assert each.ttl_seconds >= 3 * each.interval_seconds, name


def test_limits_and_history_of_alpha_vantage() -> None:
    """B15, B20, B24."""
    limits = source("alpha_vantage").rate_limits
    windows = {(one.limit, one.seconds, one.usable, one.market_state) for one in limits.windows}
    assert windows == {
        (600, 60, 590, None),
        (300, 60, 300, "closed"),
        (10, 1, 10, None),
    }
    assert limits.shares == {CRITICAL: 300, IMPORTANT: 200, NICE: 60}
    assert source("alpha_vantage").auth.rotate == "closed"
    assert endpoints("alpha_vantage")["historical_options"].at == ("16:45", "sun 18:00")


def test_the_broker_stands_by_for_quotes_and_takes_over_after_three_slow_minutes() -> None:
    """B23."""
    quotes = root().aggregates["quotes"]
    assert quotes.sources == ("alpha_vantage.intraday", "ibkr.quote")
    assert (quotes.failover.p95_seconds, quotes.failover.for_seconds) == (2, 180)
    assert quotes.failover.back_after == 180


def test_flow_is_merged_of_greeks_and_premium() -> None:
    """A16, D29."""
    assert root().aggregates["flow"].sources == (
        "unusual_whales.greek_flow",
        "unusual_whales.call_put_ticks",
    )


def test_strikes_that_the_live_chain_misses_are_filled_in_from_the_last_close() -> None:
    """A11."""
    chain = root().aggregates["chain"]
    assert chain.method == "fill"
    assert chain.sources == ("alpha_vantage.realtime_options", "alpha_vantage.historical_options")
    assert chain.redis_key == "aggregated:chain:{symbol}"
    assert chain.fill is not None
    assert (chain.fill.rows, chain.fill.keys) == ("contracts", ("option_symbol",))
    assert chain.fill.until == "expiry"


def test_earnings_calendars_are_asked_for_where_they_are() -> None:
    """C30, C31, B25: Nasdaq's twice a day, before the open and after the close."""
    nasdaq = endpoints("nasdaq")["earnings"]
    assert (nasdaq.path, nasdaq.at) == ("/calendar/earnings", ("06:00", "16:30"))
    assert nasdaq.params == {"date": "today"}
    fmp = endpoints("fmp")["earnings_calendar"]
    assert fmp.path == "/earnings-calendar"
    assert fmp.params["to"] == "next_n_days:5"


@pytest.mark.parametrize(
    ("name", "a_second", "a_minute"),
    [
        *((name, 1, 10) for name in ("nasdaq", "fed", "bls")),
        *((name, 2, 30) for name in ("treasury", "finra")),
        ("fred_csv", 2, 20),
        ("cboe", 1, 20),
        ("sec_edgar", 6, 120),
    ],
)
def test_vendors_without_a_plan_are_asked_gently(name: str, a_second: int, a_minute: int) -> None:
    """B14."""
    usable = {one.length: one.usable for one in source(name).rate_limits.all_windows()}
    assert usable == {1: a_second, 60: a_minute}


def test_how_toxic_flow_is_is_weighed_as_in_the_notes() -> None:
    """A32: four weights, and more than twenty venues with a score."""
    toxic = sections()["toxic_flow"]
    assert toxic["weights"] == {"vpin": 0.50, "venues": 0.25, "patterns": 0.20, "book": 0.05}
    assert len(toxic["venues"]) > 20
    assert set(toxic["aliases"].values()) <= set(toxic["venues"])


def test_the_risk_of_all_strategies_is_that_of_the_notes() -> None:
    """A32, R04, R05: a loss of 6% ends a day and one of 4% is told; 5% is the most of one trade."""
    risk = root().risk_management
    assert (risk.per_trade, risk.per_day, risk.warn_per_day) == (0.05, 0.06, 0.04)


def test_the_broker_is_where_it_listens_to_paper_accounts_within_its_own_limits() -> None:
    """A34, B26, B27: 50 messages a second, 100 lines and three books with them."""
    ibkr = sections()["ibkr"]
    assert (ibkr["host"], ibkr["port"]) == ("127.0.0.1", 7497)
    assert ibkr["client_id"] != ibkr["order_client_id"]
    assert 0 not in (ibkr["client_id"], ibkr["order_client_id"])
    limits = ibkr["limits"]
    assert (limits["lines"], limits["books"], limits["ticks"]) == (100, 3, 3)
    assert limits["messages"] < 50


def test_connections_to_the_store_are_fifty_at_most() -> None:
    """D75."""
    assert root().store.pool_size == 50


def test_what_was_discovered_is_written_to_its_file() -> None:
    """A33."""
    assert root().components["discovered_file"].enabled


def test_the_constants_of_the_combos_ship_frozen_as_they_were_calibrated() -> None:
    """A38, with the figures of G50-G53."""
    preset = root().presets["combos-v2.1"]
    assert preset.frozen == digest_of(preset.params) == "d64e33ac22f35d45"
    condor, butterfly, vertical = (
        preset.params[name] for name in ("condor", "butterfly", "vertical")
    )
    assert condor["most_range"] == 0.006
    assert condor["short"] == {"delta": 0.10, "least": 0.10, "most": 0.15}
    assert condor["long"] == {"delta": 0.05, "least": 0.05, "most": 0.07}
    assert (butterfly["most_distance"], butterfly["centre_steps"]) == (0.01, 1)
    assert butterfly["most_debit"] == 0.002
    assert vertical["least_distance"] == 0.004
    assert vertical["short"] == {"least": 0.20, "most": 0.25}
    assert vertical["long"] == {"least": 0.10, "most": 0.15}
    scores = [one["least_score"] for one in (condor, butterfly, vertical)]
    assert scores == [70, 75, 65]
    assert [one["probability"] for one in (condor, butterfly, vertical)] == [0.68, 0.60, 0.60]
