"""Where a value stands within its own past: rank and percentile, as for implied volatility."""

from __future__ import annotations

import numpy as np

from quanticity.quant.exposure import Floats


def rank(value: float, history: Floats) -> float | None:
    """(x - min) / (max - min) of the history, times 100; the history holds the value as well.

    One spike in it keeps the rank low for a year: 18 in 10 12 15 11 14 13 40 16 12 18 is 26.67.
    None where the history is empty or never moved.
    """
    known = history[np.isfinite(history)]
    if not len(known):
        return None
    low, high = min(float(known.min()), value), max(float(known.max()), value)
    # Divided first: 100 x / x may be a hair above 100.
    return 100 * ((value - low) / (high - low)) if high > low else None


def percentile(value: float, history: Floats) -> float | None:
    """The share of the history strictly below the value, times 100.

    18 in 10 12 15 11 14 13 40 16 12 18 is 80. None where the history is empty.
    """
    known = history[np.isfinite(history)]
    return 100 * float(np.count_nonzero(known < value)) / len(known) if len(known) else None
