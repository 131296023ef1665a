"""Whether figures can be what they say: bounds on quotes, volatilities, Greeks; gaps in time.

Arrays are of one length. NaN is a figure that was not given: it is nobody's mistake here, and
counted by `missing`.
"""

from __future__ import annotations

import numpy as np

from quanticity.quant.exposure import Bools, Floats

HIGHEST_VOL = 5.0
"""A yearly volatility, as a fraction, that no contract has."""
DEEP_VOL = 4.0
"""Above this a volatility is real only far from the money: a few cents of time value, a big K."""
DEEP = 0.10
"""How far from spot a strike is deep, as the size of ln(K / S)."""
MOST_THETA = 1.0
"""USD a share and day. Below it a theta may be positive: a deep put earns interest."""
MOST_GROSS_GAMMA = 100_000.0
"""Sum of a chain's gammas, one contract each (delta per $1): no chain comes near."""
MINUTE = 60.0


def missing(values: Floats) -> int:
    """How many were not given."""
    return int(np.count_nonzero(np.isnan(values)))


def impossible_vol(iv: Floats, highest: float = HIGHEST_VOL) -> Bools:
    """Volatilities (fractions) that are not above 0, or not below `highest`."""
    found: Bools = (iv <= 0) | (iv >= highest)
    return found


def doubtful_vol(iv: Floats, strike: Floats, spot: float) -> Bools:
    """Volatilities above 4 (400%) at strikes that are not deep.

    Above 4 is real for deep strikes: their price is a tick, and a tick is much volatility there.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.abs(np.log(strike / spot)) < DEEP
    found: Bools = (iv > DEEP_VOL) & near
    return found


def impossible_theta(theta: Floats, most: float = MOST_THETA) -> Bools:
    """Thetas (USD a share and day) that are `most` or more: time does not pay so well."""
    found: Bools = theta >= most
    return found


def wide(bid: Floats, ask: Floats, spread: float, part: float) -> Bools:
    """Two-sided quotes whose spread is above `spread` (USD) and above `part` of the middle."""
    two = (bid > 0) & (ask >= bid)
    found: Bools = two & (ask - bid > spread) & (ask - bid > part * (ask + bid) / 2)
    return found


def gross_gamma(gamma: Floats) -> float | None:
    """Sum of |gamma| over a chain (shares per $1), calls and puts alike; None without any.

    Gross, for a net of dealers is negative as often as not, and legally so.
    """
    known = np.isfinite(gamma)
    return float(np.sum(np.abs(gamma[known]))) if known.any() else None


def gaps(times: Floats, since: float, step: float = MINUTE) -> tuple[int, float]:
    """What a series of stamps (epoch seconds, any order) lacks from `since` on.

    How many steps are missing between its first and its last stamp, and the longest time (seconds)
    between two that follow each other; 0 and 0.0 where there are less than two.
    """
    times = np.unique(times[np.isfinite(times) & (times >= since)])
    if len(times) < 2:
        return 0, 0.0
    apart = np.diff(times)
    steps = np.maximum(np.rint(apart / step), 1)
    return int(np.sum(steps - 1)), float(apart.max())
