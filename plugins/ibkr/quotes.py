"""Quotes: what ticks of market data make of an instrument, by the number of the tick."""

from __future__ import annotations

import math
from typing import Any

# Prices that come with a size, and the fields they fill. Delayed ones have numbers of their own.
_PRICED = {
    1: ("bid", "bid_size"),
    2: ("ask", "ask_size"),
    4: ("last", "last_size"),
    6: ("high", ""),
    7: ("low", ""),
    9: ("close", ""),
    14: ("open", ""),
    37: ("mark", ""),
    66: ("bid", "bid_size"),
    67: ("ask", "ask_size"),
    68: ("last", "last_size"),
    72: ("high", ""),
    73: ("low", ""),
    75: ("close", ""),
    76: ("open", ""),
}
_SIZES = {
    0: "bid_size",
    3: "ask_size",
    5: "last_size",
    8: "volume",
    27: "call_open_interest",
    28: "put_open_interest",
    29: "call_volume",
    30: "put_volume",
    69: "bid_size",
    70: "ask_size",
    71: "last_size",
    74: "volume",
    86: "open_interest",
}
_GENERIC = {24: "implied_volatility", 23: "historical_volatility", 49: "halted"}
LAST_STAMP, LAST_VENUE, RT_VOLUME, RT_TRADE_VOLUME = 45, 84, 48, 77
MODEL = (13, 83)
_DATA_TYPES = {1: "live", 2: "frozen", 3: "delayed", 4: "delayed_frozen"}
_GREEKS = ("iv", "delta", "price", "pv_dividend", "gamma", "vega", "theta", "underlying")
_SHOWN = (
    *("bid", "ask", "bid_size", "ask_size", "last", "last_size", "volume"),
    *("open", "high", "low", "close", "halted"),
)


class Quote:
    """The figures of one instrument since it was last subscribed to. Nothing in it is older."""

    __slots__ = ("data_type", "figures", "greeks", "ticks", "time")

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}
        self.greeks: dict[str, float] = {}
        self.data_type = "live"
        self.time = 0.0
        self.ticks = 0

    def reset(self) -> None:
        """Forget all of it."""
        self.figures.clear()
        self.greeks.clear()
        self.data_type = "live"
        self.time = 0.0

    def price(self, now: float, tick: int, price: float, size: float) -> None:
        """A price with its size. -1 says that there is none; indices and spreads may be below 0."""
        names = _PRICED.get(tick)
        if names is None:
            return
        name, sized = names
        self._touch(now)
        # The wire's word for none; a bid of 0 is a bid, an ask of 0 none.
        missing = price == -1 or not math.isfinite(price) or (name == "ask" and price == 0)
        if missing:
            self.figures.pop(name, None)
        else:
            self.figures[name] = price
        if sized:
            self.figures[sized] = size

    def size(self, now: float, tick: int, size: float) -> None:
        """A size, or the day's volume."""
        if (name := _SIZES.get(tick)) is not None and math.isfinite(size):
            self._touch(now)
            self.figures[name] = size

    def generic(self, now: float, tick: int, value: float) -> None:
        """A figure that is neither a price nor a size."""
        if (name := _GENERIC.get(tick)) is not None and math.isfinite(value):
            self._touch(now)
            self.figures[name] = value

    def model(self, now: float, tick: int, values: tuple[float, ...]) -> None:
        """The vendor's own Greeks; -1 and -2 are its words for what it has not computed."""
        if tick not in MODEL:
            return
        self._touch(now)
        for name, value in zip(_GREEKS, values, strict=True):
            unknown = value == -2 or (value == -1 and name in ("iv", "price"))
            if unknown or not math.isfinite(value) or abs(value) > 1e12:
                self.greeks.pop(name, None)
            else:
                self.greeks[name] = value

    def kind(self, number: int) -> None:
        """Whether it is live, frozen or delayed."""
        self.data_type = _DATA_TYPES.get(number, f"type {number}")

    def get(self, name: str) -> float | None:
        """A figure; None where it has not come."""
        return self.figures.get(name)

    @property
    def mid(self) -> float | None:
        """The middle of a quote that has both sides and is not crossed."""
        bid, ask = self.get("bid"), self.get("ask")
        return (bid + ask) / 2 if bid is not None and ask is not None and ask >= bid else None

    @property
    def best(self) -> float | None:
        """The last price, else the middle, else the vendor's mark, else the last close."""
        for found in (self.get("last"), self.mid, self.get("mark"), self.get("close")):
            if found is not None:
                return found
        return None

    def _touch(self, now: float) -> None:
        self.time = now
        self.ticks += 1

    def as_row(self, symbol: str) -> dict[str, Any]:
        """The quote as it is written: figures that have not come are null."""
        row: dict[str, Any] = {"symbol": symbol, "time": self.time or None}
        row |= {name: self.figures.get(name) for name in _SHOWN}
        row |= {"mid": self.mid, "data_type": self.data_type}
        row["change"] = _change(self.best, self.get("close"))
        return row

    def as_book(self, symbol: str) -> dict[str, Any]:
        """The best bid and ask as a book of one level, for what has no depth subscription."""

        def level(side: str) -> list[list[Any]]:
            price, size = self.get(side), self.get(f"{side}_size")
            return [[price, size, ""]] if price is not None and size else []

        return {
            "symbol": symbol,
            "time": self.time,
            "bids": level("bid"),
            "asks": level("ask"),
            "kind": "top",
        }


def _change(price: float | None, close: float | None) -> float | None:
    """From the last close, as a fraction."""
    if price is None or close is None or close <= 0:
        return None
    return price / close - 1
