"""Bodies of chains, books, tapes and bars to begin with: small, and the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from quanticity.clock import eastern
from quanticity.views import Bars, Book, Chain, Rows, Tape


def chain(
    now: float,
    symbol: str = "SPY",
    *,
    spot: float = 500.0,
    days: Sequence[int] = (0, 7),
    strikes: int = 7,
) -> dict[str, Any]:
    """An option chain: calls and puts at `strikes` strikes around `spot`, `days` from now."""
    rows = []
    for expiry in days:
        day = (eastern(now) + timedelta(days=expiry)).strftime("%y%m%d")
        for number in range(strikes):
            step = number - strikes // 2
            strike = spot + 5 * step
            for right, sign in (("C", 1), ("P", -1)):
                inside = max(0.0, sign * (spot - strike))
                rows.append(
                    {
                        "option_symbol": f"{symbol}{day}{right}{round(strike * 1000):08}",
                        "bid": inside + 2.0,
                        "ask": inside + 2.2,
                        "iv": 0.2 + 0.01 * abs(step),
                        "delta": sign * 0.5 - 0.05 * step,
                        "gamma": 0.02 / (1 + abs(step)),
                        "theta": -0.1,
                        "vega": 0.3,
                        "open_interest": 100 * (strikes - abs(step)) + (50 if sign > 0 else 0),
                        "volume": 10 * (number + 1),
                    }
                )
    return {"price": spot, "contracts": rows}


def book(now: float, *, mid: float = 500.0, levels: int = 5) -> dict[str, Any]:
    """An order book with `levels` levels of each side, a cent apart, best first."""
    return {
        "time": now,
        "bids": [[round(mid - 0.01 * (one + 1), 2), 100 * (one + 2)] for one in range(levels)],
        "asks": [[round(mid + 0.01 * (one + 1), 2), 100 * (one + 1)] for one in range(levels)],
    }


def tape(now: float, *, mid: float = 500.0, prints: int = 6) -> list[dict[str, Any]]:
    """Prints of the last seconds, oldest first, with the quote that each traded against."""
    return [
        {
            "time": now - (prints - one) * 0.5,
            "price": round(mid + 0.01 * (one % 3 - 1), 2),
            "size": 100 * (one + 1),
            "bid": round(mid - 0.01, 2),
            "ask": round(mid + 0.01, 2),
            "venue": "XNYS",
            "conditions": [],
        }
        for one in range(prints)
    ]


def bars(now: float, *, start: float = 500.0, count: int = 100) -> dict[str, Any]:
    """One-minute bars, oldest first; the last has just begun. The price waves and rises."""
    prices = [start * (1 + 2e-4 * ((7 * at * at) % 11 - 5) + 1e-5 * at) for at in range(count + 1)]
    return {
        "rows": [
            {
                "time": now // 60 * 60 - 60 * (count - 1 - at),
                "open": round(one, 4),
                "high": round(max(one, other) + 0.01, 4),
                "low": round(min(one, other) - 0.01, 4),
                "close": round(other, 4),
                "volume": 1000.0 + 100 * (at % 5),
            }
            for at, (one, other) in enumerate(pairwise(prices))
        ]
    }


def body_of(view: Any, now: float) -> Any:
    """An example of what a view reads. LookupError where only its author knows."""
    if view is Chain:
        return chain(now)
    if view is Book:
        return book(now)
    if view is Tape:
        return tape(now)
    if view is Bars:
        return bars(now)
    if view is Rows:
        return [{"price": 500.0, "size": 100, "time": now}]
    raise LookupError(getattr(view, "__name__", str(view)))
