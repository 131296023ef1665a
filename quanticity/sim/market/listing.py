"""What is known of everything that can be watched or traded, single options apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import floor, log10
from typing import Literal

Kind = Literal["index", "etf", "stock", "future", "fx", "crypto", "internal"]
Loads = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Listed:
    """One listing.

    `symbol` is our name for it, `vendor_symbol` and `exchange` are what Interactive Brokers calls
    it and where it trades there, `hours` names its sessions (`sessions.py`).

    Prices: `price` is its long-run level, `tick` the least step of a price, `loads` its share in
    the moves of each factor (`factors.py`), `own` the yearly volatility that is its alone,
    `noise` the yearly volatility of a distance from its level that never lasts beyond a close,
    `carry` the yearly rate by which a future stands above its underlying.

    Trading: `multiplier` is money for a move of 1, `lot` the size that is usual, `unit` what a
    size of 1 stands for (a share, a contract, 0.0001 coins), `volume` the size of a usual day,
    `prints` how many trades a usual minute in mid-session has, `spread` the ticks between bid and
    ask, `depth` the usual size at the best price. All three are 0 where nothing trades.
    """

    symbol: str
    name: str
    kind: Kind
    hours: str
    exchange: str
    price: float
    tick: float
    loads: Loads
    own: float = 0.0
    noise: float = 0.0
    currency: str = "USD"
    vendor_symbol: str = ""
    multiplier: float = 1.0
    lot: int = 1
    unit: float = 1.0
    volume: int = 0
    prints: int = 0
    spread: int = 1
    depth: int = 0
    carry: float = 0.0
    months: str = ""
    expires: str = ""
    rolls: int = 0
    month: str = ""
    continuous: str = ""

    @property
    def traded(self) -> bool:
        """Whether there are a tape and a book; else it is a figure that somebody computes."""
        return self.volume > 0

    @property
    def broker_symbol(self) -> str:
        """What Interactive Brokers calls it."""
        return self.vendor_symbol or self.symbol

    @cached_property
    def digits(self) -> int:
        """Decimals that its prices are written with."""
        places = max(0, -floor(log10(self.tick)))
        while round(self.tick, places) != self.tick and places < 12:
            places += 1
        return places
