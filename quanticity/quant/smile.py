"""Volatility read off the smile of one expiry: at the money, at a delta, and the skew of it.

Volatilities are yearly fractions (0.20 is 20%), strikes and spots USD, deltas shares with their
sign (a put's is negative). All arrays are one element a contract and of one length; what is not
known is NaN. A figure that the contracts do not bracket is None: nothing is extrapolated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quanticity.quant.exposure import Bools, Floats

MOST_VOL = 5.0
"""500% a year: a volatility from here on is a mistake, and is not looked at."""
_WIDEST = 0.20
"""How far apart in delta two contracts may lie to be interpolated between."""


def at_the_money(strikes: Floats, vol: Floats, spot: float) -> float | None:
    """Volatility at `spot`: straight between the two strikes around it, calls and puts averaged.

    None where no strike lies on one of its sides.
    """
    known = (vol > 0) & (vol < MOST_VOL)
    if not known.any():
        return None
    levels, place = np.unique(strikes[known], return_inverse=True)
    mean = np.bincount(place, weights=vol[known]) / np.bincount(place)
    if not levels[0] <= spot <= levels[-1]:
        return None
    return float(np.interp(spot, levels, mean))


def at_delta(delta: Floats, vol: Floats, wanted: float) -> float | None:
    """Volatility of the option with delta `wanted` of one side's contracts, straight in delta.

    Give calls for a positive `wanted`, puts for a negative one. None where no two contracts
    bracket it, or they are more than 0.20 of delta apart.
    """
    side = np.sign(wanted) * delta
    known = np.flatnonzero((vol > 0) & (vol < MOST_VOL) & (side > 0) & (side < 1))
    at, target = side[known], abs(wanted)
    below, above = at <= target, at >= target
    if not (below.any() and above.any()):
        return None
    low = known[below][np.argmax(at[below])]
    high = known[above][np.argmin(at[above])]
    width = float(side[high] - side[low])
    if width > _WIDEST:
        return None
    share = (target - float(side[low])) / width if width > 0 else 0.0
    return float(vol[low] + share * (vol[high] - vol[low]))


@dataclass(frozen=True, slots=True)
class Skew:
    """The smile of one expiry at a delta. All are fractions of volatility, None where unknown.

    `risk_reversal` is call - put: .18 and .24 give -.06 (-6 points). It is below zero where puts
    are dearer, as a rule for indices. Some vendors publish put - call, the same with the other
    sign. `butterfly` is the mean of call and put less the volatility at the money.
    """

    call: float | None
    put: float | None
    at_the_money: float | None

    @property
    def risk_reversal(self) -> float | None:
        """IV(call) - IV(put)."""
        return None if self.call is None or self.put is None else self.call - self.put

    @property
    def butterfly(self) -> float | None:
        """(IV(call) + IV(put)) / 2 - IV(at the money)."""
        if self.call is None or self.put is None or self.at_the_money is None:
            return None
        return (self.call + self.put) / 2 - self.at_the_money


def skew(
    strikes: Floats,
    delta: Floats,
    vol: Floats,
    is_call: Bools,
    spot: float,
    wanted: float = 0.25,
) -> Skew:
    """The smile of one expiry at delta `wanted` (.25 shares: the market's usual one).

    Strikes and `spot` are in USD, volatilities yearly fractions, deltas -1 to 1.
    """
    return Skew(
        at_delta(delta[is_call], vol[is_call], wanted),
        at_delta(delta[~is_call], vol[~is_call], -wanted),
        at_the_money(strikes, vol, spot),
    )


def at_maturity(days: Floats, figures: Floats, wanted: float) -> float | None:
    """A figure at `wanted` days, straight between the expiries around it (`days` ascending).

    None where there is no expiry on one of its sides. NaN figures are passed over.
    """
    known = np.isfinite(figures)
    at = days[known]
    if not len(at) or not at[0] <= wanted <= at[-1]:
        return None
    return float(np.interp(wanted, at, figures[known]))


@dataclass(frozen=True, slots=True)
class Against:
    """A value against its past: `z` is how many standard deviations it lies above the mean."""

    mean: float
    deviation: float
    z: float | None


def against(value: float, past: Floats) -> Against | None:
    """Mean and sample standard deviation of `past`, which does not hold `value` itself.

    None with fewer than two; `z` is None where the past never moved. 1, 2, 3 and 4: mean 2,
    deviation 1, z 2.
    """
    if len(past) < 2:
        return None
    mean, deviation = float(np.mean(past)), float(np.std(past, ddof=1))
    # What rounding leaves of a constant is no deviation.
    moved = deviation > 1e-12 * float(np.max(np.abs(past)))
    return Against(mean, deviation, (value - mean) / deviation if moved else None)
