"""Change and acceleration of a running total over time: flow, volume, whatever adds up.

A total is a step function: it holds from the end of one interval to the end of the next, and is 0
where the first interval begins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quanticity.quant.exposure import Floats


class Momentum(NamedTuple):
    """Of one window, in the unit of the total; None where the total does not reach back so far.

    `change` is what was added within the window, `acceleration` that less what was added in the
    window before. `score` is the change in standard deviations of as many intervals as it covers,
    of the root mean square of all intervals given, as if they had no memory.
    """

    change: float | None
    acceleration: float | None
    score: float | None


def momentum(ends: Floats, totals: Floats, start: float, window: float) -> Momentum:
    """Of the window (seconds) that ends with the newest interval.

    `ends` (n, epoch seconds, rising) are the ends of the intervals, `totals` (n) the total at
    each, `start` when the first interval began. Intervals without an entry added nothing. First
    and second difference of the total, which is what momentum and acceleration of a series are:
    see C. Chatfield, The Analysis of Time Series (2003), 2.5.3.

    Totals of 1, 2, 4, 8 at the ends of four minutes: within two minutes 8 - 2 = 6 were added, and
    2 in the two before, so that the acceleration is 4.
    """
    if not len(ends):
        return Momentum(None, None, None)
    newest = float(ends[-1])
    now, then, before = (
        _total_at(ends, totals, start, newest - back) for back in (0.0, window, 2 * window)
    )
    if now is None or then is None:
        return Momentum(None, None, None)
    change = now - then
    acceleration = None if before is None else change - (then - before)
    return Momentum(change, acceleration, _score(change, ends, totals, start, window))


def _total_at(ends: Floats, totals: Floats, start: float, at: float) -> float | None:
    if at < start:
        return None
    index = int(np.searchsorted(ends, at, side="right")) - 1
    return float(totals[index]) if index >= 0 else 0.0


def _score(
    change: float, ends: Floats, totals: Floats, start: float, window: float
) -> float | None:
    span = float(ends[-1]) - start
    if span <= 0:
        return None
    variance = float(np.sum(np.diff(totals, prepend=0.0) ** 2)) / span * window
    # Of increments near the end of what a float holds, the squares are none.
    return change / variance**0.5 if 0 < variance < np.inf else None


def slope(values: Floats) -> float | None:
    """Least-squares slope of evenly spaced values, per step; None for fewer than two.

    1, 3, 2 rise by .5 a step.
    """
    if len(values) < 2:
        return None
    steps = np.arange(len(values)) - (len(values) - 1) / 2
    return float(np.dot(steps, values) / np.dot(steps, steps))
