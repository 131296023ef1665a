"""How far a price is expected to move, and whether it moved as far as was expected.

Moves are USD of the underlying or fractions of it; volatilities yearly fractions; times years.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quanticity.quant.exposure import Bools, Floats

HALF = 0.85
"""Of a straddle: the move that is not exceeded half of the time."""
TWO_THIRDS = 1.25
"""Of a straddle: one standard deviation, not exceeded 68% of the time."""
SESSIONS = 252.0
"""Trading days of a year, which daily moves are counted in."""
_LEAST_VOL, _MOST_VOL = 0.001, 5.0
_LEAST_MID = 1e-4
_MOST_DEVIATIONS = 30.0
WITHIN_ONE = math.erf(1 / math.sqrt(2))
"""The share of moves within one standard deviation, were they normal: 68.27%."""


def one_deviation(spot: float, vol: float, years: float) -> float:
    """S x vol x sqrt(T), USD: one standard deviation. 100 at 20% for 30 days: 5.734."""
    return spot * vol * math.sqrt(years)


@dataclass(frozen=True, slots=True)
class Straddle:
    """A call and a put at the strike nearest spot, at their mids (USD a share)."""

    strike: float
    price: float

    @property
    def half(self) -> float:
        """The move (USD) that covers 50%: a normal's median is .6745 deviations, .845 of it."""
        return HALF * self.price

    @property
    def two_thirds(self) -> float:
        """The move (USD) that covers 68%: a straddle is sqrt(2/pi) = 1/1.2533 deviations."""
        return TWO_THIRDS * self.price


def straddle(strikes: Floats, is_call: Bools, mid: Floats, spot: float) -> Straddle | None:
    """The straddle nearest `spot` of one expiry; of two as near the lower.

    Arrays are one element a contract. None where no strike has a mid on both sides, or the
    nearest one is more than 5% away: that is another option's price. A mid above twice the spot
    is none.
    """
    known = (mid > _LEAST_MID) & (mid <= 2 * spot)
    calls, puts = known & is_call, known & ~is_call
    both = np.intersect1d(strikes[calls], strikes[puts])
    if not len(both):
        return None
    strike = float(both[int(np.argmin(np.abs(both - spot)))])
    if abs(strike - spot) > 0.05 * spot:
        return None
    here = strikes == strike
    return Straddle(strike, float(mid[calls & here][0] + mid[puts & here][0]))


def standardised(closes: Floats, vol: Floats, sessions: int = 1) -> Floats:
    """Log moves over `sessions` trading days, in deviations that volatility gave beforehand.

    `closes` (USD) and `vol` are one a day, oldest first, of one length. Moves do not overlap and
    end with the newest close: z = ln(C[t+n] / C[t]) / (vol[t] sqrt(n / 252)). A day without
    close, or without a volatility between 0.1% and 500%, gives no move; nor is one of 30 deviations
    or more: that is a split, or a slip, and alone would decide every mean.
    """
    at = np.arange(len(closes) - 1, -1, -sessions)[::-1]
    if len(at) < 2:
        return np.zeros(0)
    price, implied = closes[at], vol[at][:-1]
    good = (price[:-1] > 0) & (price[1:] > 0) & (implied >= _LEAST_VOL) & (implied < _MOST_VOL)
    width = implied[good] * math.sqrt(sessions / SESSIONS)
    # One by one: the quotient of two prices may be more than a float holds.
    moves = (np.log(price[1:][good]) - np.log(price[:-1][good])) / width
    return np.asarray(moves[np.abs(moves) < _MOST_DEVIATIONS], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Realised moves against implied ones.

    `ratio` is the root mean square of moves in implied deviations: 1 where implied was right,
    above 1 where moves were larger. `within` is the share inside one deviation, to be held
    against 68.27%, and `p_value` how likely a share at least so far off is by chance (Kupiec,
    "Techniques for Verifying the Accuracy of Risk Measurement Models", 1995).
    """

    moves: int
    ratio: float
    within: float
    p_value: float


def calibrate(moves: Floats) -> Calibration | None:
    """Judge moves in implied deviations (see `standardised`); None where there is none."""
    count = len(moves)
    if not count:
        return None
    inside = int(np.count_nonzero(np.abs(moves) <= 1))
    return Calibration(
        count,
        math.sqrt(float(np.mean(moves**2))),
        inside / count,
        kupiec(count, inside, WITHIN_ONE),
    )


def kupiec(count: int, hits: int, expected: float) -> float:
    """p-value of the unconditional coverage test: chi-square of one degree of freedom.

    LR = 2 ln[ (h/n)^h (1-h/n)^(n-h) / (p^h (1-p)^(n-h)) ]. 60 hits of 100 expected at .6827: .082.
    """
    share = hits / count
    ratio = 0.0
    for many, seen, wanted in ((hits, share, expected), (count - hits, 1 - share, 1 - expected)):
        if many:
            ratio += 2 * many * math.log(seen / wanted)
    return math.erfc(math.sqrt(max(ratio, 0.0) / 2))


def size_factor(ratio: float, least: float = 0.25) -> float:
    """What a size is multiplied by: 1 / ratio, at most 1 and at least `least`.

    Moves that were 1.25 times the implied ones scale a size to .8; smaller ones never raise it.
    """
    return min(1.0, max(least, 1.0 / ratio)) if ratio > 0 else 1.0
