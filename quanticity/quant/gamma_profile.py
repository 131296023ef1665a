"""Dealers' gamma at other spots, and every spot where it changes sign (zero gamma, "the flip").

Gamma is repriced by Black-Scholes-Merton at each spot, with each contract's own volatility held
(sticky strike): GEX(S) = sum of sign x OI x 100 x S^2 x 0.01 x gamma(S), with
gamma = exp(-qT) phi(d1) / (S vol sqrt(T)) and d1 = (ln(S/K) + (r - q + vol^2/2) T) / (vol sqrt(T)).
"""

from __future__ import annotations

import math

import numpy as np

from quanticity.quant.compiled import FLOAT, FLOATS, OUT, alike, compiled
from quanticity.quant.elementary import BLOCK, exp2
from quanticity.quant.exposure import SHARES, Bools, Floats, dealer_side

_ROOT_OF_TWO_PI = math.sqrt(2 * math.pi)
# Of the spot. Half of it to twice it: what lies outside moves nobody's hedge today.
_LOW, _HIGH = 0.5, 2.0
_CLOSE = 1e-12
"""How narrow the bracket of a root becomes, as a fraction of it."""
# exp(-d^2 / 2) = 2^-(d c)^2: powers of two need no reduction by a number that has no end.
_HALVES = math.sqrt(0.5 / math.log(2))
_LEVELS = 64
"""Spots that one pass over the contracts takes."""


class GammaProfile:
    """A chain's gamma as a function of spot.

    `vol` is a fraction, `years` the time left; `rate` and `dividend` are yearly and continuous.
    Only contracts with vol > 0 and years > 0 may be given, in arrays of one length (else
    ValueError): others have no gamma to reprice.
    """

    def __init__(
        self,
        strikes: Floats,
        years: Floats,
        vol: Floats,
        open_interest: Floats,
        is_call: Bools,
        *,
        rate: float = 0.0,
        dividend: float = 0.0,
        shares: float = SHARES,
    ) -> None:
        strikes, years, vol, open_interest = alike(strikes, years, vol, open_interest)
        if np.shape(is_call) != strikes.shape or not math.isfinite(rate + dividend):
            raise ValueError("every contract needs a side, and both yearly rates are numbers")
        width = vol * np.sqrt(years)
        if not (np.all(width > 0) and np.all(strikes > 0)):
            raise ValueError("every contract needs a strike, a volatility and time left")
        # d1 = (a ln S + b) / _HALVES, so that a level costs one pass over memory in cache.
        self._a = _HALVES / width
        self._b = _HALVES * (((rate - dividend) * years - np.log(strikes)) / width + 0.5 * width)
        carried = open_interest * np.exp(-dividend * years)
        self._weight = dealer_side(is_call) * carried / width * (shares * 0.01 / _ROOT_OF_TWO_PI)

    def at(self, spot: float) -> float:
        """GEX at `spot` (USD), in USD per 1% move."""
        return spot * float(_sum(self._a, self._b, self._weight, math.log(spot)))

    def over(self, spots: Floats) -> Floats:
        """GEX at each of `spots`, in USD per 1% move; NaN at one that is no price."""
        given = np.asarray(spots, dtype=np.float64)
        prices = np.where(given > 0, given, np.nan)
        return prices * _sums(self._a, self._b, self._weight, np.log(prices))

    def roots(self, grid: Floats) -> tuple[float, ...]:
        """Every spot where GEX changes sign between two neighbours of `grid` (ascending), exactly.

        Two roots between the same neighbours cancel out and are not seen.
        """
        values = self.over(grid)
        some = np.flatnonzero(values)
        found: list[float] = []
        for one, two in zip(some[:-1].tolist(), some[1:].tolist(), strict=True):
            if (values[one] > 0) != (values[two] > 0):
                found.append(
                    self._between(grid[one], grid[two], float(values[one]), float(values[two]))
                )
        return tuple(found)

    def _between(self, low: float, high: float, at_low: float, at_high: float) -> float:
        """The root in a bracket: false position that halves a stuck end (Illinois)."""
        kept = 0
        for _ in range(100):
            middle = (low * at_high - high * at_low) / (at_high - at_low)
            value = self.at(middle)
            if value == 0:
                return float(middle)
            if (value > 0) == (at_high > 0):
                moved, high, at_high = high - middle, middle, value
                at_low, kept = (at_low / 2 if kept > 0 else at_low), 1
            else:
                moved, low, at_low = middle - low, middle, value
                at_high, kept = (at_high / 2 if kept < 0 else at_high), -1
            if moved <= _CLOSE * middle or high - low <= _CLOSE * middle:
                break
        return float(low if abs(at_low) < abs(at_high) else high)


def spot_grid(spot: float) -> Floats:
    """Spots at which to look for changes of sign: 0.5 to 2 times `spot`, ascending.

    Steps of about 0.1% within 3% of it, where this week's gamma is narrow; 0.9% to 20%; 4%
    beyond.
    """
    near, wide = 1.03, 1.2
    inner = np.geomspace(1 / near, near, 61)
    rise = np.geomspace(near, wide, 18)[1:]
    far = np.geomspace(wide, _HIGH, 14)[1:]
    low = np.geomspace(_LOW, 1 / wide, 14)[:-1]
    fall = np.geomspace(1 / wide, 1 / near, 18)[:-1]
    return np.concatenate([low, fall, inner, rise, far]) * spot


def nearest(roots: tuple[float, ...], spot: float) -> float | None:
    """The root nearest `spot` (all in USD): what is meant by "the" flip; None without any."""
    return min(roots, key=lambda root: (abs(root - spot), root), default=None)


@compiled(FLOAT(FLOATS, FLOATS, FLOATS, FLOAT))
def _sum(a: Floats, b: Floats, weight: Floats, log_spot: float) -> float:
    """Sum of weight x 2^-(a ln S + b)^2, in the same order on every machine: by remainders."""
    sums = np.zeros(BLOCK)
    for start in range(0, len(a), BLOCK):
        for i in range(min(BLOCK, len(a) - start)):
            d = a[start + i] * log_spot + b[start + i]
            sums[i] += weight[start + i] * exp2(-d * d)
    total = 0.0
    for each in sums:
        total += each
    return total


@compiled(OUT(FLOATS, FLOATS, FLOATS, FLOATS))
def _sums(a: Floats, b: Floats, weight: Floats, log_spots: Floats) -> Floats:
    """The same at many spots: each contract at 64 of them before the next one, in that order."""
    found = np.empty(len(log_spots))
    block = np.zeros(2 * _LEVELS)
    for start in range(0, len(log_spots), _LEVELS):
        some = min(_LEVELS, len(log_spots) - start)
        for i in range(some):
            block[_LEVELS + i] = log_spots[start + i]
        for i in range(_LEVELS):
            block[i] = 0.0
        for at in range(len(a)):
            slope, level, heavy = a[at], b[at], weight[at]
            for i in range(_LEVELS):
                d = slope * block[_LEVELS + i] + level
                block[i] += heavy * exp2(-d * d)
        for i in range(some):
            found[start + i] = block[i]
    return found
