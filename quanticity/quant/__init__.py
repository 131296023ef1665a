"""Kernels on arrays: figures of the market, with their units, and nothing of keys or time.

Each module can be imported alone, and is imported when it is first asked for: some bring a
compiler along, which a process that asks for none of them need not load.

`exposure` (what dealers would have to hedge), `gamma_profile` (the same with gamma repriced at
other spots, and where it changes sign), `parity` (the spot that a chain's own quotes imply),
`book` (imbalance and liquidity of an order book),
`activity` (what trades in a chain today),
`quality` (bounds that figures keep, and gaps in time),
`expected_move` (how far a price is expected to move, and did),
`smile` (volatility at the money, at a delta, and skew),
`ranks` (rank and percentile of a value in its past),
`momentum` (change and acceleration of a running total),
`evidence` (how far signed amounts lean, and whether chance would do that),
`greeks` (price and Greeks of European options), `quick_greeks` (to seven digits, without compiler),
`normal` (the normal distribution and its tails),
`tape` (who began a trade; odd lots and blocks), `vpin` (volume buckets and their imbalance),
`bars` (bars of prints), `indicators` (RSI, MACD, Bollinger's bands, ATR),
`filings` (net amounts of people who must file their trades),
`chain_filter` (which contracts are worth believing),
`option_orders` (whose option orders, and whether they open),
`pinning` (how likely a price ends at a strike),
`volatility` (what prices did), `vol_forecast` (what they will),
`risk` (what may be lost), `spreads` (what a condor brings, loses, and how likely it wins),
`correlation` (of series that need not be complete),
`regime` (what kind of market it is),
`mean_reversion` (whether and when a price comes back), `discovery` (parameters that data suggest),
`sentiment` (five classes of sentiment),
`implied_vol` (volatility that a price implies, or why there is none),
`agreement` (whether two figures for one thing agree).
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quanticity.quant import (
        activity,
        agreement,
        bars,
        book,
        chain_filter,
        correlation,
        discovery,
        evidence,
        expected_move,
        exposure,
        filings,
        gamma_profile,
        greeks,
        implied_vol,
        indicators,
        mean_reversion,
        momentum,
        normal,
        option_orders,
        parity,
        pinning,
        quality,
        ranks,
        regime,
        risk,
        sentiment,
        smile,
        spreads,
        tape,
        vol_forecast,
        volatility,
        vpin,
    )

__all__ = [
    "activity",
    "agreement",
    "bars",
    "book",
    "chain_filter",
    "correlation",
    "discovery",
    "evidence",
    "expected_move",
    "exposure",
    "filings",
    "gamma_profile",
    "greeks",
    "implied_vol",
    "indicators",
    "mean_reversion",
    "momentum",
    "normal",
    "option_orders",
    "parity",
    "pinning",
    "quality",
    "ranks",
    "regime",
    "risk",
    "sentiment",
    "smile",
    "spreads",
    "tape",
    "vol_forecast",
    "volatility",
    "vpin",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        near = ", ".join(sorted(one.name for one in iter_modules(__path__)))
        raise AttributeError(f"quanticity.quant has no module {name}; it has {near}")
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted(__all__)
