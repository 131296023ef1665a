"""What a short demo does not reach, for the whole universe: of what vendors send at 15:00.

A whole demo begins at ten, and nothing waits five hours for the close to be predicted; and feeds
of the lower groups have no turn in its first minute.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from plugins.analytics.congress_filings import CongressFilings
from plugins.analytics.dark_pool import DarkPool
from plugins.analytics.expected_move_calibration import ExpectedMoveCalibration
from plugins.analytics.flow_classification import FlowClassification
from plugins.analytics.insider_filings import InsiderFilings
from plugins.analytics.iv_rank import IvRank
from plugins.analytics.moc_predictor import MocPredictor
from plugins.analytics.sentiment import Sentiment
from plugins.analytics.smart_divergence import SmartDivergence
from plugins.analytics.strike_flow import StrikeFlow
from plugins.analytics.vol_forecast import VolForecast
from tests.plugins.fetched import fetched, value_at
from tests.sim.vendors.asking import eastern
from tests.transforms.asking import ask
from transforms.congress_trades import congress_trades
from transforms.cumulate_ticks import cumulate_ticks

DAY = "2026-11-25"
AT = eastern(f"{DAY} 15:00")
FUNDS = ("SPY", "QQQ", "IWM")
FOCUS = ("SPX", *FUNDS, "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA")
MOST_NULL = 0.1 * len(FOCUS)


# What is made of one tape is fetched together, for a server makes it once; and nothing else with
# it, for a worker may need but a part.
TOGETHER: tuple[dict[str, tuple[str, dict[str, str]]], ...] = (
    {
        "ticks": ("/stock/{}/net-prem-ticks", {"date": DAY}),
        "greeks": ("/stock/{}/greek-flow", {"date": DAY}),
        "strikes": ("/stock/{}/flow-per-strike-intraday", {"date": DAY}),
    },
    {"days": ("/stock/{}/iv-rank", {})},
    {"term": ("/stock/{}/volatility/term-structure", {})},
    {"alerts": ("/option-trades/flow-alerts", {"limit": "200"})},
    {"prints": ("/darkpool/recent", {"limit": "200"})},
    {"congress": ("/congress/recent-trades", {"limit": "200"})},
    {"insiders": ("/insider/transactions", {"group": "false", "limit": "500"})},
    {"news": ("NEWS_SENTIMENT", {"tickers": "{}"})},
)


@cache
def bodies(group: int) -> dict[str, Any]:
    """What the feeds of a group would have fetched, by `feed` or `feed:symbol`."""
    asked = {}
    for feed, (what, params) in TOGETHER[group].items():
        if "{}" not in f"{what}{params}":
            asked[feed] = (what, params)
            continue
        for symbol in FOCUS:
            # The news of an index are those of its fund.
            name = "SPY" if (feed, symbol) == ("news", "SPX") else symbol
            given = {key: text.format(name) for key, text in params.items()}
            asked[f"{feed}:{symbol}"] = (what.format(name), given)
    return fetched(asked, AT)


def body(feed: str, symbol: str = "") -> Any:
    (group,) = (at for at, feeds in enumerate(TOGETHER) if feed in feeds)
    return bodies(group)[f"{feed}:{symbol}" if symbol else feed]


def value(component: Any, output: str, symbol: str, **given: Any) -> Any:
    return value_at(AT, component, output, symbol, **given)


def dark(symbol: str) -> Any:
    return value(DarkPool, "dark", symbol, prints=body("prints"))


def prediction(symbol: str) -> Any:
    strikes = body("strikes", symbol)
    return value(
        MocPredictor,
        "prediction",
        symbol,
        ticks=ask(cumulate_ticks, body("ticks", symbol), symbol=symbol),
        greeks=body("greeks", symbol),
        dark=dark(symbol),
        strikes=value(StrikeFlow, "flow", symbol, strikes=strikes, gex={"spot": 100.0}),
        gex={"spot": 100.0},
    )


def divergence(symbol: str) -> Any:
    filed = ask(congress_trades, body("congress"))
    return value(
        SmartDivergence,
        "divergence",
        symbol,
        flow=value(FlowClassification, "flow", symbol, alerts=body("alerts")),
        congress=value(CongressFilings, "congress", symbol, trades=filed),
        insiders=value(InsiderFilings, "insiders", symbol, trades=body("insiders")),
        dark=dark(symbol),
    )


def rank(symbol: str) -> Any:
    return value(IvRank, "rank", symbol, history=body("days", symbol))


def calibration(symbol: str) -> Any:
    history = body("days", symbol)
    return value(ExpectedMoveCalibration, "calibration", symbol, history=history)


def forecast(symbol: str) -> Any:
    days, term = body("days", symbol), body("term", symbol)
    return value(VolForecast, "forecast", symbol, days=days, term=term)


def sentiment(symbol: str) -> Any:
    return value(Sentiment, "score", symbol, scored=body("news", symbol))


@pytest.mark.parametrize(
    ("made", "figures"),
    [
        (prediction, ("direction", "confidence", "size")),
        (divergence, ("score", "direction")),
        (sentiment, ("score", "class")),
        (rank, ("rank", "percentile")),
        (calibration, ("ratio", "moves")),
        (forecast, ("forecast", "implied")),
    ],
)
def test_nine_of_ten_symbols_have_it_and_the_rest_a_reason(made: Any, figures: tuple[str, ...]):
    found = {symbol: made(symbol) for symbol in FOCUS}
    null = {symbol: one["reason"] for symbol, one in found.items() if one["reason"] is not None}
    assert len(null) <= MOST_NULL, null
    assert all(null.values())
    for symbol in set(FOCUS) - set(null):
        assert all(found[symbol][name] is not None for name in figures), symbol


def test_whose_figures_they_are_is_said_where_they_are_not_the_symbols_own():
    assert {symbol: sentiment(symbol)["about"] for symbol in ("SPX", *FUNDS)} == {
        "SPX": "SPY", "SPY": "SPY", "QQQ": "QQQ", "IWM": "IWM",
    }  # fmt: skip
    for symbol in FUNDS:
        assert divergence(symbol)["smart"]["of"] == "those who trade large"
