"""What may be lost: value at risk and expected shortfall of past returns, as positive losses."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def value_at_risk(returns: Floats, level: float = 0.95) -> float:
    """The loss that is not exceeded in `level` of the periods: historical, a positive fraction.

    The quantile is the inverted CDF's, an actual return: of 100 returns at 95% the fifth worst
    (Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, definition 1). Numpy's
    default would interpolate towards the sixth. Negative where even that return is a gain. NaN
    without returns; those that are NaN do not count.
    """
    worst = _sorted(returns, level)
    return math.nan if not len(worst) else float(-worst[_tail(len(worst), level) - 1])


def expected_shortfall(returns: Floats, level: float = 0.95) -> float:
    """The mean loss of the worst 1 - `level` of the periods, a positive fraction.

    Acerbi and Tasche, "On the coherence of expected shortfall", 2002: where the tail is no whole
    number of returns, the last counts with the part that belongs to it.
    """
    worst = _sorted(returns, level)
    if not len(worst):
        return math.nan
    size = len(worst) * (1.0 - level)
    whole = _tail(len(worst), level)
    weights = np.ones(whole)
    # Of the last only what is left of the tail; a tail of rounding noise is none.
    weights[-1] = min(1.0, max(size - (whole - 1), 1e-9))
    return float(-np.sum(weights * worst[:whole]) / np.sum(weights))


def _tail(count: int, level: float) -> int:
    """How many returns the tail touches, at least one."""
    # 100 x (1 - .95) is 5.000000000000004, and touches no sixth.
    return max(1, math.ceil(count * (1.0 - level) - 1e-9))


def _sorted(returns: Floats, level: float) -> Floats:
    if not 0.0 < level < 1.0:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    return np.sort(returns[np.isfinite(returns)])
