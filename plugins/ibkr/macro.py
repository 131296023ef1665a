"""Estimates of yields, the dollar and volatility from futures and indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# A contract's price is that of a bond with this coupon, of this many years, per 100 of face value:
# CBOT, Treasury futures, contract specifications.
_COUPON = 6.0


@dataclass(frozen=True, slots=True)
class Note:
    """What a bond future stands for: `years` of the deliverable's usual maturity."""

    symbol: str
    name: str
    years: float


NOTES = (
    Note("ZT", "2y", 2.0),
    Note("ZF", "5y", 5.0),
    Note("ZN", "10y", 6.75),
    Note("ZB", "30y", 17.0),
)
_DOLLAR = ("DX", "EUR.USD", "USD.JPY")


def bond_yield(price: float, years: float, coupon: float = _COUPON) -> float | None:
    """Yield to maturity in percent, half-yearly, of a 6% bond at a price per 100 of face value.

    By bisection of the present value; None for a price that no yield between -5 and 30% gives.
    """

    def worth(rate: float) -> float:
        half, periods = rate / 200, round(2 * years)
        if half == 0:
            return coupon / 2 * periods + 100
        discount = (1 + half) ** -periods
        return coupon / 2 * (1 - discount) / half + 100 * float(discount)

    low, high = -5.0, 30.0
    if not worth(high) <= price <= worth(low):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        if worth(middle) > price:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def yields(prices: Mapping[str, float | None]) -> dict[str, Any]:
    """Yields by tenor, and the slope from two to ten years in basis points."""
    found = {
        note.name: None
        if (price := prices.get(note.symbol)) is None
        else bond_yield(price, note.years)
        for note in NOTES
    }
    missing = [note.symbol for note in NOTES if found[note.name] is None]
    two, ten = found["2y"], found["10y"]
    return {
        "yields": found,
        "slope_bps": None if two is None or ten is None else 100 * (ten - two),
        "unit": "percent a year, compounded half-yearly; slope in basis points",
        "method": "yield of a 6% bond of the usual maturity at the future's price: an estimate, "
        "blind to which bond is cheapest to deliver",
        "reason": f"no price of {', '.join(missing)}" if missing else None,
    }


def dollar(quotes: Mapping[str, tuple[float | None, float | None]]) -> dict[str, Any]:
    """The dollar's change since the last close, from the first of DX, EUR.USD and USD.JPY there is.

    `quotes` are (price, close of the day before) by symbol.
    """
    for symbol in _DOLLAR:
        price, close = quotes.get(symbol, (None, None))
        if price is None or close is None or close <= 0 or price <= 0:
            continue
        change = price / close - 1
        if symbol == "EUR.USD":
            change = close / price - 1
        return {
            "level": price,
            "change": change,
            "from": symbol,
            "unit": "fraction since the last close, above zero is a stronger dollar",
            "reason": None,
        }
    return {
        "level": None,
        "change": None,
        "from": None,
        "unit": "fraction since the last close, above zero is a stronger dollar",
        "reason": f"neither {', '.join(_DOLLAR)} has a price and a last close",
    }


def volatility(index: float | None, future: float | None) -> dict[str, Any]:
    """VIX beside its front future: above zero is contango, the usual state of a calm market."""
    known = index is not None and future is not None and index > 0
    basis = future / index - 1 if known and index and future is not None else None
    curve = None if basis is None else "contango" if basis > 0 else "backwardation"
    missing = [name for name, one in (("VIX", index), ("VX", future)) if one is None]
    return {
        "vix": index,
        "vx": future,
        "basis": basis,
        "curve": curve,
        "unit": "index points; basis as a fraction of the index",
        "reason": f"no price of {' and '.join(missing)}" if missing else None,
    }
