"""Flow and people of what the simulated vendors send at a quarter to three, and in the morning."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from plugins.analytics.congress_filings import CongressFilings
from plugins.analytics.dark_pool import DarkPool
from plugins.analytics.earnings_date import EarningsDate
from plugins.analytics.flow_classification import FlowClassification
from plugins.analytics.flow_momentum import FlowMomentum
from plugins.analytics.insider_filings import InsiderFilings
from plugins.analytics.market_tide import MarketTide
from plugins.analytics.moc_predictor import MocPredictor
from plugins.analytics.next_event import NextEvent
from plugins.analytics.sentiment import Sentiment
from plugins.analytics.smart_divergence import SmartDivergence
from plugins.analytics.strike_flow import StrikeFlow
from tests.plugins.fetched import fetched, value_at
from tests.sim.vendors.asking import eastern
from tests.transforms.asking import ask
from transforms.congress_trades import congress_trades
from transforms.cumulate_ticks import cumulate_ticks

AT = eastern("2026-01-05 14:45")
TODAY = {"date": "2026-01-05"}
SYMBOLS = ("SPX", "SPY", "AAPL")


@cache
def bodies() -> dict[str, Any]:
    """What the feeds would have fetched, by their names and symbols."""
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "alerts": ("/option-trades/flow-alerts", {"limit": "200"}),
        "congress": ("/congress/recent-trades", {"limit": "200"}),
        "insiders": ("/insider/transactions", {"group": "false", "limit": "500"}),
        "events": ("/market/economic-calendar", {}),
        "earnings:AAPL": ("/earnings/AAPL", {}),
        "news:AAPL": ("NEWS_SENTIMENT", {"tickers": "AAPL", "limit": "50"}),
    }
    for symbol in SYMBOLS:
        asked[f"ticks:{symbol}"] = (f"/stock/{symbol}/net-prem-ticks", TODAY)
        asked[f"greeks:{symbol}"] = (f"/stock/{symbol}/greek-flow", TODAY)
        asked[f"strikes:{symbol}"] = (f"/stock/{symbol}/flow-per-strike-intraday", TODAY)
        # What the feed shows of a symbol in many turns; one shows a few prints of each.
        asked[f"prints:{symbol}"] = (f"/darkpool/{symbol}", {"limit": "500"})
        asked[f"levels:{symbol}"] = (f"/stock/{symbol}/stock-volume-price-levels", TODAY)

    return fetched(asked, AT)


def value(component: Any, output: str, symbol: str, **given: Any) -> Any:
    return value_at(AT, component, output, symbol, **given)


def ticks(symbol: str) -> Any:
    return ask(cumulate_ticks, bodies()[f"ticks:{symbol}"], symbol=symbol)


def momentum(symbol: str) -> Any:
    greeks = bodies()[f"greeks:{symbol}"]
    return value(FlowMomentum, "momentum", symbol, ticks=ticks(symbol), greeks=greeks)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_momentum_has_every_window_and_adds_up_to_what_the_vendor_sent(symbol: str):
    found = momentum(symbol)
    assert found["reason"] is None
    for flow in ("premium", "delta", "vega"):
        assert [one["reason"] for one in found[flow]["windows"].values()] == [None] * 3
    rows = bodies()[f"ticks:{symbol}"]["data"]
    newest = [float(row["net_call_premium"]) - float(row["net_put_premium"]) for row in rows]
    # 315 whole minutes since 09:30; of these the last hour is the last 60.
    assert found["premium"]["minutes"] == 315
    assert found["premium"]["total"] == pytest.approx(sum(newest[:315]), rel=1e-9, abs=1e-3)
    hour = found["premium"]["windows"]["60"]
    assert hour["change"] == pytest.approx(sum(newest[255:315]), rel=1e-9, abs=1e-3)
    before = sum(newest[195:255])
    assert hour["acceleration"] == pytest.approx(hour["change"] - before, rel=1e-9, abs=1e-3)


def dark(symbol: str) -> Any:
    levels = bodies()[f"levels:{symbol}"]
    return value(DarkPool, "dark", symbol, prints=bodies()[f"prints:{symbol}"], levels=levels)


def test_dark_prints_of_a_share_and_of_a_fund_have_a_side_and_an_index_has_none():
    for symbol in ("SPY", "AAPL"):
        found = dark(symbol)
        assert found["reason"] is None
        assert found["n"] >= 10
        assert 0.3 < found["share"]["now"] < 0.7
    assert dark("SPX")["score"] is None


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_close_is_predicted_at_a_quarter_to_three(symbol: str):
    strikes = bodies()[f"strikes:{symbol}"]
    flow = value(StrikeFlow, "flow", symbol, strikes=strikes, gex={"spot": 100.0})
    assert flow["reason"] is flow["late"]["reason"] is None
    found = value(
        MocPredictor,
        "prediction",
        symbol,
        ticks=ticks(symbol),
        greeks=bodies()[f"greeks:{symbol}"],
        dark=dark(symbol),
        strikes=flow,
        gex={"spot": 100.0},
    )
    assert found["reason"] is None
    assert found["direction"] in ("buy", "sell")
    assert 0 < found["confidence"] < 1
    assert found["size_usd"] == pytest.approx(100 * found["size"])
    assert 0.5 <= found["one_sided"] <= 1
    assert 0.5 <= found["one_sided_premium"] <= 1


def test_people_diverge_from_small_orders_and_on_a_fund_large_traders_do():
    filed = ask(congress_trades, bodies()["congress"])
    for symbol, whose in (("AAPL", "those who file"), ("SPY", "those who trade large")):
        parts = {
            "flow": value(FlowClassification, "flow", symbol, alerts=bodies()["alerts"]),
            "congress": value(CongressFilings, "congress", symbol, trades=filed),
            "insiders": value(InsiderFilings, "insiders", symbol, trades=bodies()["insiders"]),
            "dark": dark(symbol),
        }
        found = value(SmartDivergence, "divergence", symbol, **parts)
        assert parts["flow"]["reason"] is None
        assert found["score"] is not None
        assert found["smart"]["of"] == whose
        assert found["reason"] is None


def test_news_reports_and_events_are_there():
    score = value(Sentiment, "score", "AAPL", scored=bodies()["news:AAPL"])
    assert score["reason"] is None
    assert -1 <= score["score"] <= 1
    earnings = value(EarningsDate, "earnings", "AAPL", history=bodies()["earnings:AAPL"])
    assert 0 <= earnings["days"] < 120
    assert earnings["last"]["surprise"] is not None
    event = value(NextEvent, "event", "", uw=bodies()["events"])
    assert event["next"]["seconds"] > 0
    # In the morning: the tide is that of all symbols, minute by minute.
    early = eastern("2026-01-05 10:15")
    asked = {"tide": ("/market/market-tide", {**TODAY, "interval_5m": "false"})}
    tide = value_at(early, MarketTide, "tide", "", **fetched(asked, early))
    assert tide["minutes"] == 45
    assert tide["net"] == pytest.approx(tide["calls"] - tide["puts"])
