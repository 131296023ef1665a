"""What ships for Unusual Whales: every feed of the catalogue, and a schedule that fits."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from quanticity.config.schema import Endpoint, Root
from quanticity.config.sections import split
from quanticity.model import Priority

FILE = Path(__file__).parents[2] / "config" / "data_sources.yaml"

# name: (key, seconds, path), from the catalogue: C01-C21 and D01-D17
CATALOGUE = {
    "spot_gex": ("raw:uw:spot_gex:{symbol}", 60, "/stock/{symbol}/spot-exposures"),
    "flow_alerts": ("raw:uw:flow_alerts", 60, "/option-trades/flow-alerts"),
    "call_put_ticks": ("raw:uw:ticks:{symbol}", 60, "/stock/{symbol}/net-prem-ticks"),
    "greek_flow": ("raw:uw:greek_flow:{symbol}", 120, "/stock/{symbol}/greek-flow"),
    "flow_intraday": (
        "raw:uw:flow_intraday:{symbol}",
        120,
        "/stock/{symbol}/flow-per-strike-intraday",
    ),
    "option_chains": ("raw:uw:chains:{symbol}", 120, "/stock/{symbol}/option-chains"),
    "gex_strike": ("raw:uw:gex_strike:{symbol}", 300, "/stock/{symbol}/greek-exposure/strike"),
    "gex_matrix": (
        "raw:uw:gex_matrix:{symbol}",
        300,
        "/stock/{symbol}/spot-exposures/expiry-strike",
    ),
    "offlit": ("raw:uw:offlit:{symbol}", 300, "/stock/{symbol}/stock-volume-price-levels"),
    "darkpool": ("raw:uw:darkpool", 300, "/darkpool/recent"),
    "max_pain": ("raw:uw:max_pain:{symbol}", 900, "/stock/{symbol}/max-pain"),
    "iv_rank": ("raw:uw:iv_rank:{symbol}", 900, "/stock/{symbol}/iv-rank"),
    "iv_term": ("raw:uw:iv_term:{symbol}", 900, "/stock/{symbol}/volatility/term-structure"),
    "risk_reversal_skew": (
        "raw:uw:skew:{symbol}",
        900,
        "/stock/{symbol}/historical-risk-reversal-skew",
    ),
    "congress_trades": ("raw:uw:congress", 3600, "/congress/recent-trades"),
    "insider_trades": ("raw:uw:insiders", 3600, "/insider/transactions"),
    "earnings_afterhours": ("raw:uw:earnings_afterhours", 3600, "/earnings/afterhours"),
    "earnings_premarket": ("raw:uw:earnings_premarket", 3600, "/earnings/premarket"),
    "earnings_history": ("raw:uw:earnings:{symbol}", 86400, "/earnings/{symbol}"),
    "news": ("raw:uw:news:{symbol}", 300, "/news/headlines"),
    "economic_calendar": ("raw:uw:economic_calendar", 3600, "/market/economic-calendar"),
}
BESIDES = {"market_tide", "gex_levels", "spot_gex_strike", "stock_state", "candles"}
GROUPS = {
    Priority.CRITICAL: {"spot_gex", "flow_alerts", "call_put_ticks"},
    Priority.IMPORTANT: {"greek_flow", "flow_intraday", "option_chains"},
    Priority.NICE_TO_HAVE: {"max_pain", "iv_rank", "risk_reversal_skew"},
    Priority.BACKGROUND: {
        *("congress_trades", "insider_trades"),
        *("earnings_afterhours", "earnings_premarket", "earnings_history"),
    },
}


@cache
def root() -> Root:
    return Root.model_validate(split(yaml.load(FILE.read_text(), yaml.CSafeLoader))[0])


def polled() -> dict[str, Endpoint]:
    endpoints = root().data_sources["unusual_whales"].endpoints
    return {name: each for name, each in endpoints.items() if each.transport == "http"}


def calls(endpoint: Endpoint) -> int:
    """Most requests of one round of all its feeds."""
    symbols = endpoint.symbols
    many = root().symbol_groups[symbols] if isinstance(symbols, str) else symbols
    return max(1, len(many)) * (endpoint.max_calls or 1)


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_feed_of_the_catalogue_ships_as_it_is_written_there(name):
    key, seconds, path = CATALOGUE[name]
    endpoint = polled()[name]
    assert endpoint.redis_key == key
    assert endpoint.interval_seconds == seconds
    assert endpoint.path == path
    assert endpoint.enabled
    assert name != "spot_gex" or endpoint.ttl_seconds == 180, "D01, A06"


def test_the_rest_of_the_feeds():
    assert set(polled()) >= set(CATALOGUE) | BESIDES


def test_groups_are_as_the_notes_have_them():
    for group, names in GROUPS.items():
        assert {name for name in names if polled()[name].priority is group} == names


def test_every_feed_is_described_typed_and_expires():
    for name, endpoint in root().data_sources["unusual_whales"].endpoints.items():
        assert endpoint.description, name
        assert endpoint.units, name
        assert endpoint.contract, name
        assert endpoint.priority, name
        assert endpoint.redis_key.startswith("raw:uw:"), name
        if endpoint.interval_seconds:
            assert endpoint.ttl_seconds >= 2 * endpoint.interval_seconds, name


def test_keys_are_written_once_and_paths_have_hyphens():
    endpoints = polled()
    assert max(Counter(each.redis_key for each in endpoints.values()).values()) == 1
    assert not [name for name, each in endpoints.items() if "_" in (each.path or "")]


def test_chains_ask_for_greeks_and_insiders_for_single_rows():
    assert polled()["option_chains"].params["greeks"] == "true"
    assert polled()["insider_trades"].params["group"] == "false"
    assert polled()["market_tide"].params["interval_5m"] == "false"


def test_limits_are_the_vendors_less_a_buffer():
    limits = root().data_sources["unusual_whales"].rate_limits
    minute, day = limits.all_windows()
    assert (minute.limit, minute.seconds, minute.usable) == (120, 60, 110)
    assert (day.per, day.reset) == ("day", "20:00 America/New_York")
    assert (limits.burst_size, limits.max_in_flight) == (20, 3)
    assert limits.shares == {
        Priority.CRITICAL: 60,
        Priority.IMPORTANT: 40,
        Priority.NICE_TO_HAVE: 10,
    }
    assert limits.headers.reset_unit == "milliseconds"


def test_each_group_fits_its_share_of_a_minute():
    need: Counter[Priority] = Counter()
    for endpoint in polled().values():
        if endpoint.priority is not None and endpoint.interval_seconds is not None:
            need[endpoint.priority] += calls(endpoint) * 60 / endpoint.interval_seconds  # type: ignore[assignment]
    limits = root().data_sources["unusual_whales"].rate_limits
    for group, share in limits.shares.items():
        assert need[group] <= share, group
    assert sum(need.values()) <= limits.all_windows()[0].usable


def test_a_trading_day_fits_the_daily_limit():
    """All at full cadence in regular hours, and the shipped rules around them."""
    total = 0.0
    for endpoint in polled().values():
        every = endpoint.interval_seconds or 86_400
        slow = {Priority.CRITICAL: 300, Priority.IMPORTANT: 900}.get(endpoint.priority, 0)  # type: ignore[arg-type]
        regular = max(every, 3600) if endpoint.priority is Priority.BACKGROUND else every
        minutes = {"regular": 390.0, "before": 330.0, "after": 240.0, "night": 480.0}
        if endpoint.conditions.time_range:
            minutes |= {"before": 0, "after": 15, "night": 0}
        runs = (
            minutes["regular"] * 60 / regular
            + minutes["before"] * 60 / max(every, slow)
            + minutes["after"] * 60 / (2 * every)
            + minutes["night"] * 60 / 3600
        )
        total += calls(endpoint) * runs
    day = root().data_sources["unusual_whales"].rate_limits.all_windows()[-1]
    assert total < 0.95 * day.usable


def test_streams_are_off_and_wait_for_a_dearer_plan():
    endpoints = root().data_sources["unusual_whales"].endpoints
    streams = {name: each for name, each in endpoints.items() if each.transport == "websocket"}
    assert set(streams) == {
        *("stream_gex", "stream_flow_alerts", "stream_news"),
        *("stream_option_trades", "stream_price", "stream_net_flow"),
    }
    assert not [name for name, each in streams.items() if each.enabled]
