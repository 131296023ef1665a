"""The intraday series, and which days' bars are in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from quanticity.clock import EASTERN
from quanticity.clock.calendar import TradingDay
from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage.asked import INTRADAY, Asked
from quanticity.sim.vendors.bars import Bar, bars_of
from quanticity.sim.vendors.vendor import BadParameter

_COMPACT, _FULL_DAYS = 100, 30
_COMPACT_DAYS = 20  # of hourly bars, which are the fewest
_DELAY = 900.0
_OLDEST_MONTH = date(2018, 2, 1)


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
        count = _FULL_DAYS if size == "full" else _COMPACT_DAYS
        days = [world.day_of(day) for day in world.trading_days(world.day(now).day, count)]
    bars: list[Bar] = []
    for day in reversed(days):
        earlier = day_bars(world, symbol, day, INTRADAY[interval], now, extended=extended)
        bars = [*earlier, *bars]
        if size == "compact" and len(bars) >= _COMPACT:
            bars = bars[-_COMPACT:]
            break
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
    """The bars of one day that have begun by `now`, oldest first; the last one is still open.

    As the tape has them: there is none where nothing traded.
    """
    start, end = (day.pre_market, day.after_hours_end) if extended else (day.opens, day.closes)
    return bars_of(world, symbol, start, min(end, now), minutes)


def days_of(world: World, now: float, month: date) -> list[TradingDay]:
    """The trading days of a month that have begun by `now`."""
    if month < _OLDEST_MONTH:
        raise BadParameter("month", month.isoformat(), "before the series begins")
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return list(world.calendar.trading_days(month, min(last, world.day(now).day)))
