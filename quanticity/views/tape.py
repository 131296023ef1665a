"""Prints: what traded, at which price, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import orjson

from quanticity.parse import moment, number
from quanticity.views.base import NOTHING, Stored
from quanticity.views.sealed import MOST_SHARES, MOST_USD, Bools, Floats, Sealed, still

_TIMES = ("time", "executed_at", "timestamp")
_BIDS, _ASKS = ("bid", "nbbo_bid"), ("ask", "nbbo_ask")
_VENUES = ("venue", "exchange", "market_center")


class Tape(Sealed):
    """Prints, oldest first; arrays of one length, for reading only.

    `times` (epoch seconds; NaN where not given), `prices` (USD), `sizes` (shares or contracts),
    `bids` and `asks` when it traded (NaN where not given), `venues`, and `conditions` (a tuple
    for each). Reads prints as our sources write them, `{"time", "price", "size", "bid", "ask",
    "venue", "conditions"}`, and Unusual Whales' rows of trades on and off the exchanges. An event
    may hold one print or a list. Cancelled prints, and those without price and size above zero,
    are left out and counted in `bad` by reason.
    """

    times: Floats
    prices: Floats
    sizes: Floats
    bids: Floats
    asks: Floats
    venues: tuple[str, ...]
    conditions: tuple[tuple[str, ...], ...]
    bad: Mapping[str, int]

    @classmethod
    def of(cls, one: Stored) -> Self:
        """The prints of a latest value: a list, or a body with the list in `data`."""
        return cls._of(one, [one])

    @classmethod
    def of_events(cls, events: Sequence[Stored]) -> Self:
        """The prints of new events; there may be none."""
        return cls._of(events[-1] if events else NOTHING, events)

    @classmethod
    def _of(cls, newest: Stored, events: Sequence[Stored]) -> Self:
        view, bad = cls(newest), Counter[str]()
        prints = [row for one in events for row in _rows(one) if _counts(row, bad)]
        times = np.array([_first(row, _TIMES, moment) for row in prints], dtype=np.float64)
        order = np.argsort(times, kind="stable")
        prints = [prints[at] for at in order.tolist()]
        view.times = still(times[order])
        view.prices = _column(prints, ("price",))
        view.sizes = _column(prints, ("size",))
        view.bids, view.asks = _column(prints, _BIDS), _column(prints, _ASKS)
        view.venues = tuple(str(_first(row, _VENUES, str) or "") for row in prints)
        view.conditions = tuple(_conditions(row) for row in prints)
        view.bad = MappingProxyType({why: bad[why] for why in sorted(bad)})
        view._seal()
        return view

    def __len__(self) -> int:
        return len(self.prices)

    @property
    def has_quotes(self) -> Bools:
        """Which prints carry the quote they traded against."""
        return np.isfinite(self.bids) & np.isfinite(self.asks)


def _rows(one: Stored) -> list[Any]:
    data = orjson.loads(memoryview(one.data))
    if isinstance(data, dict):
        inside = data.get("data", data.get("trades"))
        return inside if isinstance(inside, list) else [data]
    if not isinstance(data, list):
        raise ValueError("these are no prints: neither an object nor a list")
    return data


def _counts(row: Any, bad: Counter[str]) -> bool:
    if not isinstance(row, dict):
        bad["not a print"] += 1
        return False
    price, size = number(row.get("price")), number(row.get("size"))
    if price is None or size is None:
        bad["print without price or size"] += 1
    elif price <= 0 or size <= 0:
        bad["price or size not above zero"] += 1
    elif price >= MOST_USD or size >= MOST_SHARES:
        bad["price or size impossible"] += 1
    elif row.get("canceled"):
        bad["cancelled"] += 1
    else:
        return True
    return False


def _column(prints: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Floats:
    values = [_first(row, names, number) for row in prints]
    array: Floats = still(np.array(values, dtype=np.float64))
    return array


def _first(row: Mapping[str, Any], names: Sequence[str], read: Any) -> Any:
    for name in names:
        if row.get(name) is not None:
            return read(row[name])
    return None


def _conditions(row: Mapping[str, Any]) -> tuple[str, ...]:
    given = row.get("conditions")
    if isinstance(given, list):
        return tuple(str(one) for one in given)
    codes = (given, row.get("sale_cond_codes"), row.get("trade_code"))
    return tuple(str(code) for code in codes if code)
