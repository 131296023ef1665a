"""Indicators of the chart, by TA-Lib: what everybody's charts show, to the digit.

Newest values only: the last of a series is what is traded on. NaN where a series is too short.
Inputs are arrays of float64 of shape (n,), oldest first, USD, without NaN; periods are in bars.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quanticity.quant.chart_library import talib
from quanticity.quant.compiled import alike, floats
from quanticity.quant.exposure import Floats


class Macd(NamedTuple):
    """`line` is the fast average less the slow one, `signal` its own average; all USD."""

    line: float
    signal: float
    histogram: float


class Bands(NamedTuple):
    """Bollinger's bands, USD. `percent` is where the close lies: 0 at the lower, 1 at the upper."""

    upper: float
    middle: float
    lower: float
    percent: float


def rsi(closes: Floats, period: int = 14) -> float:
    """Relative strength index, 0 to 100 (Wilder, New Concepts in Technical Trading, 1978).

    Of a price that never moved in the period it is 50 here, for neither side is stronger; TA-Lib
    says 0. It needs period + 1 closes, and some 100 before Wilder's smoothing forgot its start.
    """
    if len(closes) <= period:
        return float("nan")
    if not np.any(np.diff(closes)):
        return 50.0
    return float(talib().RSI(floats(closes), timeperiod=period)[-1])


def macd(closes: Floats, fast: int = 12, slow: int = 26, signal: int = 9) -> Macd:
    """Moving average convergence and divergence (Appel, 1979), in USD as the closes are.

    `fast`, `slow` and `signal` are numbers of bars. NaN for fewer than slow + signal - 1 closes.
    """
    if len(closes) < slow + signal - 1:
        return Macd(*[float("nan")] * 3)
    return Macd(*(float(one[-1]) for one in talib().MACD(floats(closes), fast, slow, signal)))


def bands(closes: Floats, period: int = 20, width: float = 2.0) -> Bands:
    """Bollinger's bands (Bollinger on Bollinger Bands, 2001), with the population's deviation."""
    if len(closes) < period:
        return Bands(*[float("nan")] * 4)
    found = talib().BBANDS(floats(closes), timeperiod=period, nbdevup=width, nbdevdn=width)
    upper, middle, lower = (float(one[-1]) for one in found)
    apart = upper - lower
    percent = (float(closes[-1]) - lower) / apart if apart > 0 else float("nan")
    return Bands(upper, middle, lower, percent)


def atr(highs: Floats, lows: Floats, closes: Floats, period: int = 14) -> float:
    """Average true range, USD (Wilder, 1978); it needs period + 1 bars."""
    if len(closes) <= period:
        return float("nan")
    high, low, close = alike(highs, lows, closes)
    return float(talib().ATR(high, low, close, timeperiod=period)[-1])
