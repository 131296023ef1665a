"""What trades in a chain today: put/call ratios, and contracts that trade out of the ordinary.

All arrays are one element a contract and of one length; a figure that is not known is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quanticity.quant.exposure import SHARES, Bools, Floats

RATIO = 1.24
VOLUME = 500.0
OPEN_INTEREST = 100.0
"""What counts as unusual: at least so much volume for each contract of open interest, so many
contracts traded, and so much open interest (Barchart, "Unusual Options Activity")."""
_MOST = 1e15
"""What no count of contracts and no sum of money reaches: above it a figure is a mistake."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Sums of calls and of puts, in the unit of what was summed (contracts, USD of premium)."""

    calls: float
    puts: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.calls + self.puts

    @property
    def put_call(self) -> float | None:
        """Puts for each call. 99 puts and 100 calls: .99."""
        return self.puts / self.calls if self.calls > 1e-9 * self.puts else None


def by_side(amounts: Floats, is_call: Bools) -> Sides:
    """Sums of what is known, possible and not below zero, in the unit of `amounts`."""
    known = (amounts >= 0) & (amounts < _MOST)
    return Sides(
        float(amounts[known & is_call].sum()),
        float(amounts[known & ~is_call].sum()),
    )


def volume_to_interest(volume: Floats, open_interest: Floats) -> Floats:
    """Contracts traded today for each that was open this morning.

    NaN where one of them is not known or below zero, or less than one is open: a new contract has
    no ratio. 620 traded, 500 open: 1.24.
    """
    known = (volume >= 0) & (volume < _MOST) & (open_interest >= 1)
    ratio = np.full(len(volume), np.nan)
    np.divide(volume, open_interest, out=ratio, where=known)
    return ratio


def unusual(
    volume: Floats,
    open_interest: Floats,
    ratio: float = RATIO,
    min_volume: float = VOLUME,
    min_open_interest: float = OPEN_INTEREST,
) -> Bools:
    """Which contracts reach all three thresholds."""
    reached = volume_to_interest(volume, open_interest) >= ratio
    return reached & (volume >= min_volume) & (open_interest >= min_open_interest)


def premium(volume: Floats, mid: Floats, shares: float = SHARES) -> Floats:
    """USD that today's volume would cost at the mid (USD a share): an estimate of what was paid.

    NaN where one of them is not known, and where the result is impossible.
    """
    with np.errstate(over="ignore"):
        paid = volume * mid * shares
    return np.where((paid >= 0) & (paid < _MOST), paid, np.nan)
