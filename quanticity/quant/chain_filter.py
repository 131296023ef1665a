"""Which contracts of a chain are traded well enough to be believed, and why others are not.

The four thresholds are those of the design notes: a spread of at most $5, an open interest of at
least 100, a volume of at least 1, and at most .10 between the volatilities of bid and ask. Arrays
are one element a contract and of one length; what is not known is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quanticity.quant.exposure import Bools, Floats

NO_QUOTE = "no two-sided quote"
CROSSED = "quote crossed"
WIDE = "spread too wide"
FEW_OPEN = "open interest too low"
FEW_TRADED = "volume too low"
VAGUE = "volatility spread too wide"
UNPRICED = "volatility spread unknown"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a contract has to reach: USD a share, contracts, contracts, fraction of volatility."""

    max_spread: float = 5.0
    min_open_interest: float = 100.0
    min_volume: float = 1.0
    max_vol_spread: float = 0.10


DEFAULT = Thresholds()


def vol_spread(bid: Floats, ask: Floats, vega: Floats) -> Floats:
    """IV(ask) - IV(bid) as a fraction, to first order: (ask - bid) / (100 x vega).

    `vega` is USD a share and volatility point. A quote of 2.00 to 2.20 and a vega of .114 are
    apart by .0175. NaN where vega is not above zero or the quote has not two sides.
    """
    spread = np.full(len(bid), np.nan)
    known = (vega > 0) & (bid >= 0) & (ask > 0) & (ask >= bid)
    with np.errstate(over="ignore"):
        np.divide(ask - bid, 100 * vega, out=spread, where=known)
    return spread


def failures(
    bid: Floats,
    ask: Floats,
    open_interest: Floats,
    volume: Floats,
    vega: Floats,
    thresholds: Thresholds = DEFAULT,
) -> dict[str, Bools]:
    """For each reason which contracts fail by it; a contract may fail by several.

    What was not given fails: an unknown volume is not one of 1 or more. `quote crossed` and
    `no two-sided quote` exclude each other, and what has no usable quote has no spread to judge.
    """
    crossed = (bid > ask) & (ask > 0)
    quoted = (bid > 0) & (ask >= bid)
    apart = vol_spread(bid, ask, vega)
    unpriced = quoted & np.isnan(apart)
    return {
        NO_QUOTE: ~quoted & ~crossed,
        CROSSED: crossed,
        WIDE: quoted & ~(ask - bid <= thresholds.max_spread),
        FEW_OPEN: ~(open_interest >= thresholds.min_open_interest),
        FEW_TRADED: ~(volume >= thresholds.min_volume),
        VAGUE: quoted & ~unpriced & ~(apart <= thresholds.max_vol_spread),
        UNPRICED: unpriced,
    }


def passing(failed: dict[str, Bools]) -> Bools:
    """Which contracts fail by nothing."""
    found: Bools = ~np.any(np.stack(list(failed.values())), axis=0)
    return found


def firm(bid: Floats, ask: Floats, thresholds: Thresholds = DEFAULT) -> Bools:
    """Two-sided, uncrossed and not too wide: whose volatility is worth looking at.

    The part of the filter that a contract nobody has traded yet today can pass as well.
    """
    return (bid > 0) & (ask >= bid) & (ask - bid <= thresholds.max_spread)
