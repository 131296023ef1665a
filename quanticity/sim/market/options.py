"""Contracts, prices and Greeks of the simulated chains, on arrays of strikes.

Black-Scholes-Merton with a smile, by `quanticity.quant.quick_greeks`. Units: delta per 1 of the
underlying; gamma per 1, twice; vega per volatility point (0.01); theta and charm per day; rho per
0.01 of the rate; vanna per volatility point.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.quant.quick_greeks import one_side
from quanticity.sim.market.expiries import is_monthly

Array = npt.NDArray[np.float64]

RATE = 0.04
RIGHTS = ("call", "put")


@dataclass(frozen=True, slots=True)
class Side:
    """The calls or the puts of one expiry, an entry for each strike."""

    right: str
    mid: Array
    bid: Array
    ask: Array
    iv: Array
    delta: Array
    gamma: Array
    theta: Array
    vega: Array
    rho: Array
    charm: Array
    vanna: Array
    oi: npt.NDArray[np.int64]
    volume: npt.NDArray[np.int64]
    ask_share: Array


@dataclass(frozen=True, slots=True)
class Slice:
    """All strikes of one expiry at one moment."""

    symbol: str
    expiry: date
    dte: int
    years: float
    spot: float
    strikes: Array
    call: Side
    put: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Calls, then puts."""
        return self.call, self.put


def osi(symbol: str, expiry: date, right: str, strike: float) -> str:
    """The OSI symbol without padding: `SPY240105C00480000`.

    The index's options have the root SPX on standard monthly expiries, settled in the morning, and
    SPXW on all others.
    """
    return f"{_head(symbol, expiry, right)}{round(strike * 1000):08d}"


def osis(symbol: str, expiry: date, right: str, strikes: Array) -> list[str]:
    """The OSI symbols of several strikes."""
    head = _head(symbol, expiry, right)
    return [
        f"{head}{thousandths:08d}" for thousandths in np.rint(strikes * 1000).astype(int).tolist()
    ]


# A chain holds thousands of contracts, and few of these.
@lru_cache(maxsize=2048)
def _head(symbol: str, expiry: date, right: str) -> str:
    root = symbol.replace(".", "")
    if root == "SPX" and not is_monthly(expiry):
        root = "SPXW"
    return f"{root}{expiry:%y%m%d}{right[0].upper()}"


def greeks(
    spot: float | Array, strikes: Array, years: float | Array, iv: Array, right: str
) -> dict[str, Any]:
    """Price and Greeks of one side, as arrays by name."""
    return one_side(spot, strikes, years, iv, is_call=right == "call", rate=RATE)


def quotes(mid: Array, wide: float = 1.0) -> tuple[Array, Array]:
    """Bid and ask around a mid, on ticks of 0.01 below 3 and 0.05 above; `wide` times as far."""
    tick = np.where(mid < 3, 0.01, 0.05)
    half = np.maximum(tick / 2, mid * 0.008) * wide
    bid = np.maximum(np.floor((mid - half) / tick) * tick, 0.0)
    ask = np.maximum(np.ceil((mid + half) / tick) * tick, bid + tick)
    return np.round(bid, 2), np.round(ask, 2)
