"""Price bars of the simulated market, and the intraday series made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from quanticity.clock import EASTERN
from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage.asked import INTRADAY, Asked
from quanticity.sim.vendors.vendor import BadParameter

_COMPACT, _FULL_DAYS = 100, 30
_DELAY = 900.0
_OLDEST_MONTH = date(2018, 2, 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `start` is epoch seconds."""

    start: float
    open: float
    high: float
    low: float
    close: float
    volume: int


def intraday(world: World, asked: Asked) -> dict[str, Any]:
    """TIME_SERIES_INTRADAY: bars by their start, naive Eastern time, newest first."""
    symbol = tradable(world, asked)
    interval = asked.choice("interval", tuple(INTRADAY))
    size = asked.choice("outputsize", ("compact", "full"), "compact")
    extended = asked.flag("extended_hours", default=True)
    asked.flag("adjusted", default=True)
    delayed = asked.choice("entitlement", ("realtime", "delayed"), "realtime") == "delayed"
    now = asked.now - (_DELAY if delayed else 0)
    month = asked.month("month")
    if month is not None:
        days = days_of(world, now, month)
    else:
        count = _FULL_DAYS if size == "full" else 2
        days = [world.day_of(day) for day in world.trading_days(world.day(now).day, count)]
    bars = [
        bar
        for day in days
        for bar in day_bars(world, symbol, day, INTRADAY[interval], now, extended=extended)
    ]
    if size == "compact":
        bars = bars[-_COMPACT:]
    hours = "Pre/Post-Market" if extended else "Regular Hours"
    suffix = " - DATA DELAYED BY 15 MINUTES" if delayed else ""
    return {
        "Meta Data": {
            "1. Information": f"Intraday ({interval}) open, high, low, close prices and volume"
            + (f" ({hours})" if extended else ""),
            "2. Symbol": symbol,
            "3. Last Refreshed": stamp(bars[-1].start) if bars else "",
            "4. Interval": interval,
            "5. Output Size": "Full size" if size == "full" else "Compact",
            "6. Time Zone": "US/Eastern",
        },
        f"Time Series ({interval}){suffix}": {
            stamp(bar.start): {
                "1. open": f"{bar.open:.4f}",
                "2. high": f"{bar.high:.4f}",
                "3. low": f"{bar.low:.4f}",
                "4. close": f"{bar.close:.4f}",
                "5. volume": str(bar.volume),
            }
            for bar in reversed(bars)
        },
    }


def tradable(world: World, asked: Asked) -> str:
    """The symbol asked for, if anything trades under it."""
    symbol = asked.text("symbol").upper()
    if world.find(symbol) is None:
        raise BadParameter("symbol", symbol, "unknown")
    return symbol


def stamp(at: float) -> str:
    """A moment as Alpha Vantage writes it."""
    return f"{datetime.fromtimestamp(at, EASTERN):%Y-%m-%d %H:%M:%S}"


def day_bars(
    world: World, symbol: str, day: TradingDay, minutes: int, now: float, *, extended: bool
) -> Iterator[Bar]:
    """The bars of one day that have begun by `now`, oldest first; the last one is still open."""
    start, end = (day.pre_market, day.after_hours_end) if extended else (day.opens, day.closes)
    end = min(end, now + 60)
    count = int((end - start) // 60)
    if count <= 0:
        return
    at = start + 60.0 * np.arange(count + 1, dtype=np.float64)
    price = world.prices_at(symbol, at)
    total = world.day_volume(symbol, day.day)
    for first in range(0, count, minutes):
        last = min(first + minutes, count)
        path = price[first : last + 1]
        share = world.progress(at[last], day) - world.progress(at[first], day)
        volume = int(total * share) if share > 0 else int(total * 1e-5 * (1 + first % 7))
        wick = float(path[0]) * 2e-5
        yield Bar(
            float(at[first]), float(path[0]), float(path.max()) + wick, float(path.min()) - wick,
            float(path[-1]), volume,
        )  # fmt: skip


def days_of(world: World, now: float, month: date) -> list[TradingDay]:
    """The trading days of a month that have begun by `now`."""
    if month < _OLDEST_MONTH:
        raise BadParameter("month", month.isoformat(), "before the series begins")
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return list(world.calendar.trading_days(month, min(last, world.day(now).day)))
