"""RSI, MACD, Bollinger bands and ATR over the simulated bars, in Alpha Vantage's shape.

Formulas: Wilder (1978) for RSI and ATR, with his smoothing; Appel's MACD with exponential
averages; Bollinger's bands around a simple average with the population deviation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.clock import EASTERN
from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage.asked import INTRADAY, SERIES_TYPES, Asked
from quanticity.sim.vendors.alpha_vantage.bars import day_bars, days_of, stamp, tradable
from quanticity.sim.vendors.bars import Bar

Array = npt.NDArray[np.float64]
_INTERVALS = (*INTRADAY, "daily", "weekly", "monthly")
_SHOWN = 100
_WARM_UP = 150


def rsi(world: World, asked: Asked) -> dict[str, Any]:
    """Relative strength index, 0 to 100."""
    period = asked.number("time_period")
    kind = asked.choice("series_type", SERIES_TYPES)
    window = _bars(world, asked)
    moves = np.diff(window.prices(kind))
    up, down = _wilder(np.maximum(moves, 0), period), _wilder(np.maximum(-moves, 0), period)
    values = 100 - 100 / (1 + up / np.maximum(down, 1e-12))
    meta = {"5: Time Period": period, "6: Series Type": kind, "7: Time Zone": "US/Eastern Time"}
    return _shown("RSI", "Relative Strength Index (RSI)", window, {"RSI": values}, meta)


def macd(world: World, asked: Asked) -> dict[str, Any]:
    """Two averages' distance, its own average, and the distance between those."""
    kind = asked.choice("series_type", SERIES_TYPES)
    fast, slow = asked.number("fastperiod", 12), asked.number("slowperiod", 26)
    signal = asked.number("signalperiod", 9)
    window = _bars(world, asked)
    price = window.prices(kind)
    line = _exponential(price, fast) - _exponential(price, slow)
    average = _exponential(line, signal)
    meta = {
        "5.1: Fast Period": fast,
        "5.2: Slow Period": slow,
        "5.3: Signal Period": signal,
        "6: Series Type": kind,
        "7: Time Zone": "US/Eastern",
    }
    columns = {"MACD": line, "MACD_Hist": line - average, "MACD_Signal": average}
    name = "Moving Average Convergence/Divergence (MACD)"
    return _shown("MACD", name, window, columns, meta)


def bbands(world: World, asked: Asked) -> dict[str, Any]:
    """Bollinger bands."""
    period = asked.number("time_period")
    kind = asked.choice("series_type", SERIES_TYPES)
    up, down = asked.number("nbdevup", 2), asked.number("nbdevdn", 2)
    window = _bars(world, asked)
    price = window.prices(kind)
    windows = np.lib.stride_tricks.sliding_window_view(price, min(period, len(price)))
    middle, deviation = windows.mean(axis=1), windows.std(axis=1)
    meta = {
        "5: Time Period": period,
        "6.1: Deviation multiplier for upper band": up,
        "6.2: Deviation multiplier for lower band": down,
        "6.3: MA Type": 0,
        "7: Series Type": kind,
        "8: Time Zone": "US/Eastern Time",
    }
    columns = {
        "Real Upper Band": middle + up * deviation,
        "Real Middle Band": middle,
        "Real Lower Band": middle - down * deviation,
    }
    return _shown("BBANDS", "Bollinger Bands (BBANDS)", window, columns, meta)


def atr(world: World, asked: Asked) -> dict[str, Any]:
    """Average true range, in the price's unit. It takes no series type."""
    period = asked.number("time_period")
    window = _bars(world, asked)
    high, low = window.prices("high")[1:], window.prices("low")[1:]
    before = window.prices("close")[:-1]
    reach = np.maximum(high - low, np.maximum(np.abs(high - before), np.abs(low - before)))
    meta = {"5: Time Period": period, "6: Time Zone": "US/Eastern Time"}
    columns = {"ATR": _wilder(reach, period)}
    return _shown("ATR", "Average True Range (ATR)", window, columns, meta)


@dataclass(frozen=True, slots=True)
class _Window:
    """The bars that an indicator is asked for, and those before that it warms up on."""

    symbol: str
    interval: str
    bars: list[Bar]

    def prices(self, kind: str) -> Array:
        return np.array([getattr(bar, kind) for bar in self.bars], dtype=np.float64)


def _bars(world: World, asked: Asked) -> _Window:
    symbol = tradable(world, asked)
    interval = asked.choice("interval", _INTERVALS)
    today = world.day(asked.now).day
    if interval not in INTRADAY:
        return _Window(symbol, interval, _long_bars(world, symbol, interval, today))
    month = asked.month("month")
    if month is not None:
        days = days_of(world, asked.now, month)
    else:
        count = 2 if interval == "1min" else 12
        days = [world.day_of(day) for day in world.trading_days(today, count)]
    minutes = INTRADAY[interval]
    bars = [
        bar
        for day in days
        for bar in day_bars(world, symbol, day, minutes, asked.now, extended=False)
    ]
    return _Window(symbol, interval, bars[-(_SHOWN + _WARM_UP) :])


def _long_bars(world: World, symbol: str, interval: str, today: date) -> list[Bar]:
    bars: list[Bar] = []
    group: object = None
    step = {"daily": 1, "weekly": 3, "monthly": 8}[interval]
    for day in world.trading_days(today, 120 * step):
        opened, high, low, close = world.daily(symbol, day)
        volume = world.day_volume(symbol, day)
        start = datetime(day.year, day.month, day.day, tzinfo=EASTERN).timestamp()
        week = (day - timedelta(days=day.weekday())).isoformat()
        mark = {"daily": day, "weekly": week, "monthly": (day.year, day.month)}[interval]
        if mark == group:
            last = bars.pop()
            bars.append(
                Bar(start, last.open, max(last.high, high), min(last.low, low), close,
                    last.volume + volume)
            )  # fmt: skip
        else:
            bars.append(Bar(start, opened, high, low, close, volume))
        group = mark
    return bars


def _exponential(values: Array, period: int) -> Array:
    return _smooth(values, 2 / (period + 1))


def _wilder(values: Array, period: int) -> Array:
    return _smooth(values, 1 / period)


def _smooth(values: Array, weight: float) -> Array:
    out = np.empty_like(values)
    level = float(values[0]) if len(values) else 0.0
    for index, value in enumerate(values):
        level += weight * (float(value) - level)
        out[index] = level
    return out


def _shown(
    root: str, name: str, window: _Window, columns: dict[str, Array], meta: dict[str, Any]
) -> dict[str, Any]:
    """Newest first. Intraday keys leave out the seconds, except the newest one."""
    length = min(len(next(iter(columns.values()))), _SHOWN)
    rows = {}
    for back in range(1, length + 1):
        label = stamp(window.bars[-back].start)
        if window.interval not in INTRADAY:
            label = label[:10]
        elif back > 1:
            label = label[:16]
        rows[label] = {key: f"{values[-back]:.4f}" for key, values in columns.items()}
    return {
        "Meta Data": {
            "1: Symbol": window.symbol,
            "2: Indicator": name,
            "3: Last Refreshed": next(iter(rows), ""),
            "4: Interval": window.interval,
            **meta,
        },
        f"Technical Analysis: {root}": rows,
    }
