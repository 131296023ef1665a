"""Realised volatility: what prices did, as a yearly fraction, and as a variance that forgets.

All estimators take bars in the order of time and give the volatility of one year, of which a bar is
the part `1 / per_year`. A price that is not above zero, or not finite, takes its bar out. Fewer
than two bars that can be used give NaN, never zero.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from quanticity.quant.compiled import FLOAT, FLOATS, OUT, compiled, floats

Floats = npt.NDArray[np.float64]

TRADING_DAYS = 252.0
"""Trading days of a year."""
SESSION_MINUTES = 390.0
"""Minutes from 09:30 to 16:00."""
YEAR_OF_MINUTES = TRADING_DAYS * SESSION_MINUTES
"""One-minute bars of a year's sessions: the `per_year` of one-minute bars."""
DECAY = 0.94
"""RiskMetrics' decay of daily data (J.P. Morgan, "RiskMetrics Technical Document", 1996)."""
_LEAST = 2


def log_returns(prices: Floats) -> Floats:
    """ln(P_i / P_i-1), one element fewer than `prices`; NaN beside a price that is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(np.isfinite(prices) & (prices > 0), prices, np.nan))
    return np.asarray(np.diff(logs), dtype=np.float64)


@compiled(OUT(FLOATS, FLOAT, FLOAT))
def ewma_variances(returns: Floats, start: float, decay: float) -> Floats:
    """The variance after each return: decay x before + (1 - decay) x r^2, begun with `start`.

    Returns and variance are of one period, fractions and their squares. A return that is NaN
    leaves the variance as it was. From 1e-4 by 1%, -2%, 1.5% at .94: 1.2442e-4, 17.71% a year.
    """
    found = np.empty(len(returns))
    variance = start
    for at in range(len(returns)):
        one = returns[at]
        if not math.isnan(one):
            variance = decay * variance + (1.0 - decay) * one * one
        found[at] = variance
    return found


def ewma_variance(returns: Floats, *, start: float | None = None, decay: float = DECAY) -> float:
    """The variance of one period after all `returns`, newest last; NaN without any.

    `start` is the variance before the first; by default the mean square of all of them.
    """
    known = returns[np.isfinite(returns)]
    if start is None:
        if not len(known):
            return math.nan
        start = float(np.mean(known * known))
    if not len(known):
        return float(start)
    return float(ewma_variances(floats(known), float(start), float(decay))[-1])


def close_to_close(returns: Floats, per_year: float) -> float:
    """Root of the mean square of log returns, a year; their mean is taken for zero.

    Over short spans a mean is noise, and taking it out makes volatility of a trend too small
    (Figlewski, "Forecasting Volatility", 1997).
    """
    known = returns[np.isfinite(returns)]
    return math.sqrt(float(np.mean(known * known)) * per_year) if len(known) >= _LEAST else math.nan


def parkinson(high: Floats, low: Floats, per_year: float) -> float:
    """From ranges: mean of ln(H/L)^2 over 4 ln 2 (Parkinson, Journal of Business 53, 1980).

    Prices in one unit; a yearly fraction, of bars of which a year has `per_year`.
    """
    (highs, lows) = _usable(high, low)
    square = np.log(highs / lows) ** 2 / (4.0 * math.log(2.0))
    return _yearly(square, per_year)


def garman_klass(open: Floats, high: Floats, low: Floats, close: Floats, per_year: float) -> float:
    """ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2 (Garman and Klass, Journal of Business 53, 1980).

    Prices in one unit; a yearly fraction, of bars of which a year has `per_year`.
    """
    opens, highs, lows, closes = _usable(open, high, low, close)
    inside = (2.0 * math.log(2.0) - 1.0) * np.log(closes / opens) ** 2
    return _yearly(0.5 * np.log(highs / lows) ** 2 - inside, per_year)


def rogers_satchell(
    open: Floats, high: Floats, low: Floats, close: Floats, per_year: float
) -> float:
    """Right under any drift (Rogers and Satchell, Annals of Applied Probability 1, 1991).

    Prices in one unit; a yearly fraction, of bars of which a year has `per_year`.
    """
    opens, highs, lows, closes = _usable(open, high, low, close)
    return _yearly(_rogers_satchell(opens, highs, lows, closes), per_year)


def yang_zhang(open: Floats, high: Floats, low: Floats, close: Floats, per_year: float) -> float:
    """Right under drift and jumps between bars (Yang and Zhang, Journal of Business 73, 2000).

    V_open + k V_close + (1 - k) V_RS with k = .34 / (1.34 + (n + 1)/(n - 1)): variances of
    ln(O/C before), of ln(C/O), and Rogers and Satchell's. It needs three bars. Prices in one unit;
    a yearly fraction, of bars of which a year has `per_year`.
    """
    opens, highs, lows, closes = _usable(open, high, low, close)
    count = len(opens) - 1
    if count < _LEAST:
        return math.nan
    jumps = np.log(opens[1:] / closes[:-1])
    inside = np.log(closes[1:] / opens[1:])
    k = 0.34 / (1.34 + (count + 1) / (count - 1))
    drift_free = _rogers_satchell(opens[1:], highs[1:], lows[1:], closes[1:])
    variance = (
        float(np.var(jumps, ddof=1))
        + k * float(np.var(inside, ddof=1))
        + (1 - k) * float(np.mean(drift_free))
    )
    return math.sqrt(max(variance, 0.0) * per_year)


def rolling(returns: Floats, window: int, per_year: float) -> Floats:
    """Close-to-close volatility of each `window` of returns, a year; oldest first.

    `len(returns) - window + 1` elements, none where that is not above zero; NaN where a return of
    the window is.
    """
    if len(returns) < window or window < 1:
        return np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(returns * returns, window)
    return np.asarray(np.sqrt(windows.mean(axis=1) * per_year), dtype=np.float64)


def _rogers_satchell(opens: Floats, highs: Floats, lows: Floats, closes: Floats) -> Floats:
    up = np.log(highs / closes) * np.log(highs / opens)
    return np.asarray(up + np.log(lows / closes) * np.log(lows / opens), dtype=np.float64)


def _usable(*columns: Floats) -> list[Floats]:
    stack = np.stack([np.asarray(one, dtype=np.float64) for one in columns])
    with np.errstate(invalid="ignore"):
        good = np.all(np.isfinite(stack) & (stack > 0), axis=0)
    return list(stack[:, good])


def _yearly(squares: Floats, per_year: float) -> float:
    if len(squares) < _LEAST:
        return math.nan
    # Bars whose range is narrower than their body are wrong, and may make a mean below zero.
    return math.sqrt(max(float(np.mean(squares)), 0.0) * per_year)
