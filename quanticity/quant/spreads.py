"""Condors: what one brings, what it may lose, and how likely it wins. Prices USD a share.

A condor sells a put and a call out of the money and buys one of each further out (Hull, "Options,
Futures, and Other Derivatives", chapter 12). Volatilities are yearly fractions, times years; USD
a contract are of 100 shares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quanticity.quant import normal
from quanticity.quant.exposure import SHARES, Bools, Floats


@dataclass(frozen=True, slots=True)
class Condor:
    """Four strikes, ascending, and the credit (USD a share) that can really be had for them.

    ValueError where the strikes do not ascend, or the credit is not above zero and below the wider
    wing: such a price is a mistake of some quote, and looks like a gift.
    """

    put_long: float
    put_short: float
    call_short: float
    call_long: float
    credit: float

    def __post_init__(self) -> None:
        if not 0 < self.put_long < self.put_short <= self.call_short < self.call_long < math.inf:
            raise ValueError("the strikes of a condor have to ascend")
        if not 0 < self.credit < self.width:
            raise ValueError("the credit has to be above zero and below the wider wing")

    @property
    def width(self) -> float:
        """The wider wing, USD: what the worse side pays. Long less short for calls, not reversed.

        90/95/105/110 is 5 wide, and 90/95/105/115 is 10.
        """
        return max(self.put_short - self.put_long, self.call_long - self.call_short)

    @property
    def max_loss(self) -> float:
        """USD a contract, above zero. 90/95/105/110 for 1.02058: 397.94."""
        return (self.width - self.credit) * SHARES

    @property
    def credit_to_loss(self) -> float:
        """Credit over the most that is lost, both of one share: a return and never a mix of units.

        A score that divides USD a share by USD a contract is a hundred times too small.
        """
        return self.credit / (self.width - self.credit)

    @property
    def break_evens(self) -> tuple[float, float]:
        """Prices at expiry between which it gains: short put - credit, short call + credit."""
        return self.put_short - self.credit, self.call_short + self.credit

    def payoff(self, spots: Floats) -> Floats:
        """USD a contract at expiry, at each of `spots`, the credit included."""
        paid = (
            np.maximum(self.put_short - spots, 0.0)
            - np.maximum(self.put_long - spots, 0.0)
            + np.maximum(spots - self.call_short, 0.0)
            - np.maximum(spots - self.call_long, 0.0)
        )
        return np.asarray((self.credit - paid) * SHARES, dtype=np.float64)

    def probability_of_profit(
        self,
        spot: float,
        years: float,
        vols: tuple[float, float],
        *,
        rate: float = 0.0,
        dividend: float = 0.0,
    ) -> float:
        """That the price ends between the break-evens: lognormal, each with its own volatility.

        Deltas of the short legs say something else, for they are of the strikes and not of the
        break-evens: 61.66% where this says 70.69%. `vols` are those at the two break-evens; where
        they are far apart a smile may give no distribution, and what is below 0 is 0.
        """
        low, high = self.break_evens
        forward = spot * math.exp((rate - dividend) * years)
        below = [_below(low, forward, vols[0], years), _below(high, forward, vols[1], years)]
        return max(0.0, below[1] - below[0])

    def expected_value(
        self,
        spot: float,
        years: float,
        vols: tuple[float, float, float, float],
        *,
        rate: float = 0.0,
        dividend: float = 0.0,
    ) -> float:
        """USD a contract: the payoff integrated over the lognormal ends, each leg by its own vol.

        `vols` are in the order of the strikes. With one volatility it is the integral of `payoff`
        over one distribution; the credit that the same volatility gives has a value of zero.
        """
        forward = spot * math.exp((rate - dividend) * years)
        strikes = (self.put_long, self.put_short, self.call_short, self.call_long)
        worth = [
            _expected(strike, forward, vol, years, is_call=at > 1)
            for at, (strike, vol) in enumerate(zip(strikes, vols, strict=True))
        ]
        return (self.credit - (worth[1] - worth[0]) - (worth[2] - worth[3])) * SHARES


def choose(
    strikes: Floats,
    delta: Floats,
    is_call: Bools,
    bid: Floats,
    ask: Floats,
    *,
    short: float = 0.10,
    long: float = 0.05,
) -> Condor | None:
    """The condor whose legs are nearest the absolute deltas `short` and `long`, of one expiry.

    Arrays are one element a contract. The credit is what can be executed: sold at the bid, bought
    at the ask. Whole or not at all: None where one leg has no two-sided quote or no strike beyond
    its short one, and where the credit is no credit. Of legs as near the one that stands first.
    """
    quoted = (bid > 0) & (ask >= bid) & np.isfinite(delta) & (strikes > 0)
    legs: list[tuple[int, int]] = []
    for side, way in ((quoted & ~is_call, -1.0), (quoted & is_call, 1.0)):
        sold = _nearest(side, np.abs(delta), short)
        if sold is None:
            return None
        beyond = side & (way * strikes > way * strikes[sold])
        bought = _nearest(beyond, np.abs(delta), long)
        if bought is None:
            return None
        legs.append((sold, bought))
    (put, lower), (call, upper) = legs
    credit = float(bid[put] - ask[lower] + bid[call] - ask[upper])
    try:
        return Condor(
            float(strikes[lower]),
            float(strikes[put]),
            float(strikes[call]),
            float(strikes[upper]),
            credit,
        )
    except ValueError:
        return None


def _nearest(which: Bools, values: Floats, wanted: float) -> int | None:
    places = np.flatnonzero(which)
    if not len(places):
        return None
    return int(places[np.argmin(np.abs(values[places] - wanted))])


def _deviation(vol: float, years: float) -> float:
    if not (vol > 0 and years > 0):
        raise ValueError("vol and years have to be above zero")
    return vol * math.sqrt(years)


def _below(level: float, forward: float, vol: float, years: float) -> float:
    """The probability that the price ends below `level`."""
    width = _deviation(vol, years)
    if level <= 0:
        return 0.0
    return float(normal.cdf(math.log(level / forward) / width + width / 2))


def _expected(strike: float, forward: float, vol: float, years: float, *, is_call: bool) -> float:
    """What an option is worth at expiry on average, USD a share, not discounted."""
    width = _deviation(vol, years)
    upper = math.log(forward / strike) / width + width / 2
    sign = 1.0 if is_call else -1.0
    held, paid = normal.cdf(sign * upper), normal.cdf(sign * (upper - width))
    return sign * (forward * float(held) - strike * float(paid))
