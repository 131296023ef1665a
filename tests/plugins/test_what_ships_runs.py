"""The shipped components, bound by the shipped config: each where its inputs are, and no other."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

from quanticity.config.loader import load
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.loader import PluginFolders

ROOT = Path(__file__).parents[2]
FOCUS = {"SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"}
OF_FLOW = (
    "congress_filings",
    "dark_pool",
    "earnings_date",
    "flow_classification",
    "flow_momentum",
    "insider_filings",
    "moc_predictor",
    "sentiment",
    "smart_divergence",
    "strike_flow",
)
DELAYED = {"SPX", "SPY", "QQQ", "IWM", "AAPL"}


@cache
def bound(environment: str) -> dict[str, set[str]]:
    """Symbols by component."""
    keys = dict.fromkeys(("UW_API_TOKEN", "AV_API_KEY"), "k")
    loaded = load(ROOT / "config", environment, keys)
    found = bindings_of(loaded, PluginFolders([ROOT / "plugins"], installed=False).refresh())
    assert [str(one) for one in found.problems if one.severity == "error"] == []
    symbols: dict[str, set[str]] = defaultdict(set)
    for binding in found.bindings:
        symbols[binding.component.name].add(binding.values.get("symbol", ""))
    return dict(symbols)


def test_demo_computes_for_its_whole_universe():
    demo = bound("demo")
    assert demo["exposure"] == FOCUS
    assert demo["anomalies"] == FOCUS
    assert demo["gex_shift"] == demo["active_signals"] == {""}
    assert demo["ibkr"] == {""}, "one connection for all symbols"
    assert demo["book_quality"] == FOCUS - {"SPX"}
    assert demo["exposure_delayed"] == DELAYED
    for name in ("market_quote", "tick_bars", "execution_cost", "trade_patterns", "toxic_flow"):
        assert demo[name] == FOCUS - {"SPX"}, "an index has neither book nor tape"
    for name in ("technicals", "expected_range", "vwap", "vpin", "data_quality", "crosscheck"):
        assert demo[name] == FOCUS
    for name in ("portfolio_greeks", "signal_stats", "entry_timing"):
        assert demo[name] == {""}, "what waits for trading is there and says so"


def test_nothing_is_made_up_where_vendors_are_real():
    """Nobody is connected to who did not ask for it, and a simulation is for the demo."""
    for environment in ("dev", "prod"):
        assert "ibkr" not in bound(environment)
        assert "exposure_delayed" not in bound(environment)
        assert "tick_bars" not in bound(environment)


def test_flow_and_people_are_looked_at_for_the_whole_universe():
    demo = bound("demo")
    assert {name: demo[name] for name in OF_FLOW} == dict.fromkeys(OF_FLOW, FOCUS)
    assert demo["market_tide"] == demo["next_event"] == {""}
    # The stream is of the dearer plan, and off where vendors are real.
    assert demo["option_trades"] == {"SPX", "SPY", "QQQ", "IWM"}
    assert "option_trades" not in bound("prod")


def test_chains_are_looked_at_for_the_whole_universe():
    demo = bound("demo")
    for name in (
        "chain_quality",
        "expected_move",
        "expected_move_calibration",
        "gex_crosscheck",
        "iv_rank",
        "net_gamma",
        "option_activity",
        "pin_risk",
        "skew",
        "vanna_charm",
    ):
        assert demo[name] == FOCUS, name
    assert demo["gex_crosscheck_night"] == {"SPX", "SPY", "QQQ", "IWM"}
