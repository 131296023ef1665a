"""What the simulated market trades: the focus universe, and a plausible rest."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

_TICKER = re.compile(r"[A-Z]{1,5}([.\-][A-Z]{1,2})?")
_UNLISTED = re.compile(r"(ZZ|XX).*")
# In this market these are futures, internals and indices of other countries, and no stocks.
_NO_STOCKS = frozenset(
    (
        *("ES", "NQ", "YM", "RTY", "VX", "CL", "NG", "RB", "HO", "GC", "SI", "HG", "PL", "ZB"),
        *("ZN", "ZF", "ZT", "DX", "TICK", "ADD", "DAX", "FTSE", "CAC", "IBEX", "HSI", "KOSPI"),
        "TOPIX",
    )
)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One underlying.

    `price` is its long-run level, `vol` its yearly volatility (a fraction), `beta` its share in
    the market's moves, `own` the volatility that is its alone, `shares` the volume of a usual day,
    `contracts` the open interest of its busiest strike, `step` the distance of its strikes,
    `shares_out` the shares outstanding, in billions.
    """

    symbol: str
    name: str
    kind: Literal["index", "etf", "stock"]
    price: float
    vol: float
    beta: float
    own: float
    shares: int
    contracts: int
    step: float
    sector: str = ""
    shares_out: float = 0.0

    @property
    def has_dailies(self) -> bool:
        """True where options expire every trading day."""
        return self.symbol in ("SPX", "SPY", "QQQ", "IWM")


@dataclass(frozen=True, slots=True)
class _Row:
    symbol: str
    name: str
    price: float
    vol: float
    beta: float
    shares: int
    contracts: int
    step: float
    sector: str
    billions: float

    def instrument(self) -> Instrument:
        return Instrument(
            symbol=self.symbol,
            name=self.name,
            kind="stock",
            price=self.price,
            vol=self.vol,
            beta=self.beta,
            own=max(0.05, self.vol * 0.75),
            shares=self.shares,
            contracts=self.contracts,
            step=self.step,
            sector=self.sector,
            shares_out=self.billions,
        )


_TECH, _MEDIA, _SHOPS = "Technology", "Communication Services", "Consumer Cyclical"
_FUNDS = (
    Instrument("SPX", "S&P 500 INDEX", "index", 6000, 0.15, 1.0, 0.0, 0, 1_400, 5),
    Instrument("VIX", "CBOE VOLATILITY INDEX", "index", 17, 0.9, -4.0, 0.6, 0, 60_000, 0.5),
    Instrument("NDX", "NASDAQ 100 INDEX", "index", 21500, 0.2, 1.25, 0.05, 0, 900, 25),
    Instrument("RUT", "RUSSELL 2000 INDEX", "index", 2250, 0.22, 1.1, 0.1, 0, 700, 10),
    Instrument("SPY", "SPDR S&P 500", "etf", 600, 0.15, 1.0, 0.0, 62_000_000, 9_000, 1),
    Instrument("QQQ", "INVESCO QQQ", "etf", 525, 0.2, 1.25, 0.05, 38_000_000, 16_000, 1),
    Instrument("IWM", "ISHARES RUSSELL 2000", "etf", 225, 0.22, 1.1, 0.1, 29_000_000, 14_000, 1),
    Instrument("VXX", "IPATH VIX FUTURES", "etf", 45, 0.7, -3.0, 0.3, 9_000_000, 7_000, 0.5),
)
_STOCKS = (
    _Row("AAPL", "APPLE", 235, 0.27, 1.1, 52_000_000, 12_000, 2.5, _TECH, 15.1),
    _Row("MSFT", "MICROSOFT", 430, 0.24, 1.0, 21_000_000, 6_000, 2.5, _TECH, 7.43),
    _Row("GOOGL", "ALPHABET", 180, 0.29, 1.1, 27_000_000, 7_000, 2.5, _MEDIA, 12.2),
    _Row("AMZN", "AMAZON", 210, 0.31, 1.2, 40_000_000, 8_000, 2.5, _SHOPS, 10.5),
    _Row("NVDA", "NVIDIA", 140, 0.48, 1.7, 230_000_000, 30_000, 1, _TECH, 24.5),
    _Row("META", "META PLATFORMS", 600, 0.33, 1.2, 13_000_000, 4_000, 5, _MEDIA, 2.5),
    _Row("TSLA", "TESLA", 330, 0.58, 1.6, 95_000_000, 18_000, 2.5, _SHOPS, 3.2),
)
_KNOWN = {each.symbol: each for each in (*_FUNDS, *(row.instrument() for row in _STOCKS))}

FOCUS = ("SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA")
# What people who must file trade in.
TRADED_BY_PEOPLE = (
    *(row.symbol for row in _STOCKS),
    *("AMD", "PLTR", "JPM", "XOM", "UNH"),
)
_SECTORS = ("Technology", "Healthcare", "Energy", "Financial Services", "Industrials", "Utilities")


def is_ticker(text: str) -> bool:
    """Whether `text` is written as a ticker at all."""
    return _TICKER.fullmatch(text) is not None


@cache
def find(symbol: str) -> Instrument | None:
    """The instrument with options under a ticker.

    None where there is none: for what is badly written, tickers that nothing trades under (ZZ...,
    XX...), and what is no stock here (`ES`, `TICK`).
    """
    if symbol in _KNOWN:
        return _KNOWN[symbol]
    if not is_ticker(symbol) or _UNLISTED.fullmatch(symbol) or symbol in _NO_STOCKS:
        return None
    dice = hashlib.blake2b(symbol.encode(), digest_size=8).digest()
    price = round(15 + dice[0] * 1.1, 2)
    return _Row(
        symbol=symbol,
        name=f"{symbol} HOLDINGS",
        price=price,
        vol=0.25 + dice[1] / 800,
        beta=0.6 + dice[2] / 255,
        shares=400_000 + dice[3] * 30_000,
        contracts=300 + dice[4] * 10,
        step=5 if price > 200 else 2.5 if price > 60 else 1,
        sector=_SECTORS[dice[5] % len(_SECTORS)],
        billions=0.2 + dice[6] / 100,
    ).instrument()
