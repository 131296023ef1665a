"""Exposure of option dealers, from open interest: gamma, delta, vanna, charm, walls, max pain.

The convention is that dealers are long calls and short puts, so calls count + and puts -
(SqueezeMetrics, "Gamma Exposure", 2016). It is an assumption about who holds what: nobody
publishes the dealers' side. Delta, vanna and charm exposure are the holders' view, with the
Greek's own sign. All arrays are one element a contract and of one length.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SHARES = 100.0
"""Shares that one plain US option contract delivers."""
DAYS = 365.0
"""Days of the year that a yearly charm is spread over."""
MIN_OPEN_INTEREST = 5.0
"""Contracts below which a strike's interest makes no wall."""


class GammaUnit(StrEnum):
    """What a gamma exposure is counted in; the value is how an output names it."""

    PERCENT = "USD per 1% move"
    DOLLAR = "USD per $1 move"
    SHARES = "shares per $1 move"
    WHOLE = "USD per 100% move"

    def scale(self, spot: float) -> float:
        """What gamma x open interest x 100 shares is multiplied by, at `spot` (USD)."""
        return {
            GammaUnit.PERCENT: spot * spot * 0.01,
            GammaUnit.DOLLAR: spot,
            GammaUnit.SHARES: 1.0,
            GammaUnit.WHOLE: spot * spot,
        }[self]


def dealer_side(is_call: Bools) -> Floats:
    """+1 for calls, -1 for puts."""
    return np.where(is_call, 1.0, -1.0)


def gamma_exposure(
    gamma: Floats,
    open_interest: Floats,
    is_call: Bools,
    spot: float,
    unit: GammaUnit = GammaUnit.PERCENT,
    shares: float = SHARES,
) -> Floats:
    """GEX of each contract, in `unit`; `gamma` is per $1 of the underlying.

    $ per 1%: sign x gamma x OI x 100 x S^2 x 0.01. Gamma .01, OI 1,000, S 500: $2.5 million.
    """
    return dealer_side(is_call) * gamma * open_interest * (shares * unit.scale(spot))


def delta_exposure(
    delta: Floats, open_interest: Floats, spot: float, shares: float = SHARES
) -> Floats:
    """DEX of each contract in USD: signed delta x OI x 100 x S, holders' view."""
    return delta * open_interest * (shares * spot)


def vanna_exposure(
    vanna: Floats, open_interest: Floats, spot: float, shares: float = SHARES
) -> Floats:
    """USD of delta for each volatility point; `vanna` is d delta / d vol, per 1.00 of vol."""
    return vanna * open_interest * (shares * spot * 0.01)


def charm_exposure(
    charm: Floats, open_interest: Floats, spot: float, shares: float = SHARES
) -> Floats:
    """USD of delta for each calendar day; `charm` is d delta / d time, a year."""
    return charm * open_interest * (shares * spot / DAYS)


def by_strike(strikes: Floats, *amounts: Floats) -> tuple[Floats, ...]:
    """The strikes (USD) in ascending order, then for each of `amounts` its sum at each of them.

    Sums have the unit of what is summed: USD, shares, contracts.
    """
    levels, place = np.unique(strikes, return_inverse=True)
    sums: list[Floats] = [
        np.bincount(place, weights=each, minlength=len(levels)).astype(np.float64)
        for each in amounts
    ]
    return levels, *sums


@dataclass(frozen=True, slots=True)
class Walls:
    """Strikes where gamma is heaviest, None where there is none.

    `call` has the most call GEX (resistance), `put` the most negative put GEX (support),
    `largest` the largest absolute net GEX. Amounts are in the unit that was given.
    """

    call: float | None
    put: float | None
    largest: float | None
    call_gex: float | None
    put_gex: float | None
    largest_gex: float | None


def walls(strikes: Floats, gex: Floats, is_call: Bools, open_interest: Floats) -> Walls:
    """Walls of a chain; contracts below `MIN_OPEN_INTEREST` are ghosts and make none."""
    solid = open_interest >= MIN_OPEN_INTEREST
    levels, calls, puts = by_strike(
        strikes[solid],
        np.where(is_call[solid], gex[solid], 0.0),
        np.where(is_call[solid], 0.0, gex[solid]),
    )
    net = calls + puts

    def heaviest(amounts: Floats, weights: Floats) -> tuple[float | None, float | None]:
        if not len(weights):
            return None, None
        at = int(np.argmax(weights))
        return (float(levels[at]), float(amounts[at])) if weights[at] > 0 else (None, None)

    call, call_gex = heaviest(calls, calls)
    put, put_gex = heaviest(puts, -puts)
    largest, largest_gex = heaviest(net, np.abs(net))
    return Walls(call, put, largest, call_gex, put_gex, largest_gex)


@dataclass(frozen=True, slots=True)
class Pain:
    """Max pain: `strike`, and what holders would get at each of `strikes` (USD x contracts).

    Times 100 it is USD.
    """

    strike: float | None
    strikes: Floats
    payoffs: Floats


def max_pain(strikes: Floats, open_interest: Floats, is_call: Bools) -> Pain:
    """The strike that minimises what all holders together get at expiry; of equals the lowest.

    None where nobody holds anything. It belongs to one expiry: give it one expiry's contracts. An
    open interest that is no number, or not above zero, is none.
    """
    open_interest = np.where(np.isfinite(open_interest) & (open_interest > 0), open_interest, 0.0)
    levels, calls, puts = by_strike(
        strikes,
        np.where(is_call, open_interest, 0.0),
        np.where(is_call, 0.0, open_interest),
    )
    # A call pays S - K for every K below S: S x (interest below) - (interest x strike below).
    paid = levels * np.cumsum(calls) - np.cumsum(calls * levels)
    above = np.cumsum(puts[::-1])[::-1]
    payoffs = paid + np.cumsum((puts * levels)[::-1])[::-1] - levels * above
    if not len(levels) or not np.any(calls + puts > 0):
        return Pain(None, levels, payoffs)
    return Pain(float(levels[int(np.argmin(payoffs))]), levels, payoffs)


def cumulative_flip(strikes: Floats, gex: Floats) -> float | None:
    """The strike after which GEX, summed up from the lowest strike, first changes sign.

    The popular "flip" of published scripts, and another quantity than zero gamma: nothing is
    repriced, the step from no gamma at all to some counts, and it may lie far from spot (2,775
    on the recorded SPX chain, spot 4,697). None where the sum keeps its sign.
    """
    levels, net = by_strike(strikes, gex)
    changes = np.flatnonzero(np.diff(np.sign(np.cumsum(net))))
    return float(levels[changes[0]]) if len(changes) else None
