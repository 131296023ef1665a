"""Order books: both sides, best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import orjson

from quanticity.parse import moment, number
from quanticity.views.base import Stored
from quanticity.views.sealed import MOST_SHARES, MOST_USD, Floats, Sealed, still


class Book(Sealed):
    """One instrument's book. Prices in USD, sizes in shares or contracts; arrays for reading only.

    Reads `{"time": ..., "bids": [...], "asks": [...]}`, a level being `[price, size]`,
    `[price, size, venue]` or `{"price": ..., "size": ..., "venue": ...}`. Bids descend, asks
    ascend, whatever order they came in; venues at one price stay levels of their own. Levels
    without a price and a size above zero, or with one that nothing has (from 10 million USD or 10
    billion shares on), are left out, and counted in `bad` by reason.
    """

    bid_prices: Floats
    bid_sizes: Floats
    bid_venues: tuple[str, ...]
    ask_prices: Floats
    ask_sizes: Floats
    ask_venues: tuple[str, ...]
    time: float | None
    bad: Mapping[str, int]

    @classmethod
    def of(cls, one: Stored) -> Self:
        """Decode it. ValueError where it is no book; one without levels is a book."""
        data = _loads(one)
        if not isinstance(data, dict) or not ("bids" in data or "asks" in data):
            raise ValueError("this is no order book: it has neither 'bids' nor 'asks'")
        view = cls(one)
        bad: Counter[str] = Counter()
        view.bid_prices, view.bid_sizes, view.bid_venues = _side(data.get("bids"), bad, -1)
        view.ask_prices, view.ask_sizes, view.ask_venues = _side(data.get("asks"), bad, 1)
        view.time = moment(data.get("time"))
        view.bad = MappingProxyType({why: bad[why] for why in sorted(bad)})
        view._seal()
        return view

    @classmethod
    def of_events(cls, events: Sequence[Stored]) -> Self:
        """The newest of them: a book replaces the one before. ValueError where there is none."""
        if not events:
            raise ValueError("no new book")
        return cls.of(events[-1])

    @property
    def bid(self) -> float | None:
        """The best bid."""
        return float(self.bid_prices[0]) if len(self.bid_prices) else None

    @property
    def ask(self) -> float | None:
        """The best ask."""
        return float(self.ask_prices[0]) if len(self.ask_prices) else None

    @property
    def mid(self) -> float | None:
        """The middle; None where a side is missing or they are crossed."""
        if self.bid is None or self.ask is None or self.is_crossed:
            return None
        return (self.bid + self.ask) / 2

    @property
    def is_crossed(self) -> bool:
        """Whether the best bid is above the best ask, which no market is for long."""
        return self.bid is not None and self.ask is not None and self.bid > self.ask


def _loads(one: Stored) -> Any:
    return orjson.loads(memoryview(one.data))


def _side(given: Any, bad: Counter[str], sign: int) -> tuple[Floats, Floats, tuple[str, ...]]:
    levels: list[tuple[float, float, str]] = []
    if given is None:
        bad["side not given"] += 1
    elif not isinstance(given, list):
        bad["not a list of levels"] += 1
    for level in given if isinstance(given, list) else ():
        price, size, venue = _level(level)
        if price is None or size is None:
            bad["level without price or size"] += 1
        elif price <= 0:
            bad["price not above zero"] += 1
        elif size <= 0:
            bad["size not above zero"] += 1
        elif price >= MOST_USD or size >= MOST_SHARES:
            bad["price or size impossible"] += 1
        else:
            levels.append((price, size, venue))
    levels.sort(key=lambda each: sign * each[0])
    return (
        still(np.array([each[0] for each in levels], dtype=np.float64)),
        still(np.array([each[1] for each in levels], dtype=np.float64)),
        tuple(each[2] for each in levels),
    )


def _level(level: Any) -> tuple[float | None, float | None, str]:
    if isinstance(level, dict):
        return number(level.get("price")), number(level.get("size")), str(level.get("venue") or "")
    if isinstance(level, list) and len(level) >= 2:
        venue = level[2] if len(level) > 2 and isinstance(level[2], str) else ""
        return number(level[0]), number(level[1]), venue
    return None, None, ""
