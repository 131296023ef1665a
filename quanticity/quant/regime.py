"""What kind of market it is: a class of volatility, a trend against chance, how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class VolClass(StrEnum):
    """Classes of realised volatility, calmest first."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    EXTREME = "EXTREME"


EDGES = (0.10, 0.15, 0.25)
"""Yearly volatility (fraction) where NORMAL, HIGH and EXTREME begin: 16.94% is HIGH."""


def vol_class(vol: float, edges: Sequence[float] = EDGES) -> VolClass:
    """The class of a yearly volatility; an edge belongs to the class above it.

    The edges are those of a broad index: a single stock is rarely calm by them.
    """
    return list(VolClass)[sum(vol >= edge for edge in edges)]


def trend_score(closes: Floats, window: int) -> float | None:
    """How steep a moving average is, in standard deviations of what chance would make it.

    The mean of the last `window` closes' logarithms, less that of the `window` before. For a
    random walk with steps of variance s^2 the difference is a sum of steps with weights that rise
    to 1 and fall again, of variance s^2 (2 w^2 + 1) / (3 w): so the score is a standard normal
    where there is no trend. s is the root mean square of the steps of both windows. None with
    fewer than 2 `window` closes, and where the price does not move.
    """
    if len(closes) < 2 * window or window < 2:
        return None
    logs = np.log(closes[-2 * window :])
    steps = np.diff(logs)
    deviation = math.sqrt(float(np.mean(steps * steps)))
    if deviation <= 1e-12:
        return None
    change = float(np.mean(logs[window:]) - np.mean(logs[:window]))
    return change / (deviation * math.sqrt((2 * window * window + 1) / (3 * window)))


def sureness(value: float, edge: float, far: float) -> float:
    """How sure it is on which side of `edge` a value lies: .5 on it, 1 at 0 and from `far` on.

    `value` is not negative, and 0 < `edge` < `far`. Straight in between.
    """
    way = (value - edge) / (far - edge) if value >= edge else (edge - value) / edge
    return 0.5 + 0.5 * min(max(way, 0.0), 1.0)
