"""What people who must file their trades did: ranges of amounts, net of both sides, with age."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quanticity.quant.exposure import Bools, Floats


def middle(low: Floats, high: Floats) -> Floats:
    """The geometric mean of each range (USD): ranges grow by factors, so amounts do in them.

    $15,001 - $50,000: 27,387. One that begins at 0 counts as from $1; one without an upper bound
    (NaN) is its lower bound, which is the least it can be.
    """
    found: Floats = np.where(np.isnan(high), low, np.sqrt(np.maximum(low, 1.0) * high))
    return found


def net_range(bought: Bools, low: Floats, high: Floats) -> tuple[float | None, float | None]:
    """The least and the most that purchases less sales can come to (USD).

    One purchase of 1,001 - 15,000 and one sale of 15,001 - 50,000: from -48,999 to -1. The most
    is None where a purchase has no upper bound (NaN), the least where a sale has none.
    """
    ceiling = np.where(np.isnan(high), np.inf, high)
    least = float(np.sum(low[bought]) - np.sum(ceiling[~bought]))
    most = float(np.sum(ceiling[bought]) - np.sum(low[~bought]))
    return least if np.isfinite(least) else None, most if np.isfinite(most) else None


def aged(days: Floats, half_life: float) -> Floats:
    """Weights that halve every `half_life` days: 1 today, .5 after one half-life."""
    found: Floats = np.exp2(-days / half_life)
    return found


def by_person(names: Sequence[str], amounts: Floats) -> Floats:
    """One net amount (USD, bought less sold) for each person, in order of names.

    Trades of one person are one opinion.
    """
    if not names:
        return np.empty(0)
    _, which = np.unique(np.array(names, dtype=str), return_inverse=True)
    sums: Floats = np.zeros(int(which.max()) + 1)
    np.add.at(sums, which, amounts)
    return sums
