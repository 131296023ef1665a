"""Forecasts of realised volatility from implied volatility and what it was too high by.

Implied volatility is above what follows it on most days: that difference is the variance risk
premium (Carr and Wu, "Variance Risk Premiums", 2009). A forecast takes out what it has lately been
(Prokopczuk and Wese Simen, "The importance of the volatility risk premium for volatility
forecasting", 2014), here as an average that forgets. Days are ascending; volatilities are of a
year, fractions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quanticity.quant.compiled import FLOAT, FLOATS, INT, OUT, alike, compiled

Floats = npt.NDArray[np.float64]

DECAYS = tuple(round(0.80 + 0.01 * step, 2) for step in range(20))
"""Decays that are tried: .80 (a week) to .99 (half a year)."""
_YEAR = 252.0


def realised_after(closes: Floats, days: int) -> Floats:
    """Volatility of the `days` daily returns after each close; NaN where they are not over.

    Also where one of them is not known. Close to close, mean taken for zero. (n) as `closes`.
    """
    found = np.full(len(closes), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = np.diff(np.log(np.where(closes > 0, closes, np.nan)))
    if days >= 1 and len(returns) >= days:
        windows = np.lib.stride_tricks.sliding_window_view(returns * returns, days)
        found[: len(windows)] = np.sqrt(windows.mean(axis=1) * _YEAR)
    return found


def premiums(implied: Floats, after: Floats, days: int, decay: float) -> Floats:
    """What was known of the premium on each day: an average of implied less realised, that forgets.

    A day's premium (`implied` less `after`, see `realised_after`) is known `days` later, and only
    then counts: decay x before + (1 - decay) x premium, begun with the first. NaN until there is
    one; a day without either changes nothing. (n). ValueError where lengths differ, or `days` is
    below 0.
    """
    if days < 0:
        raise ValueError(f"what comes after {days} days is not known")
    before, later = alike(implied, after)
    return _premiums(before, later, days, decay)


@compiled(OUT(FLOATS, FLOATS, INT, FLOAT))
def _premiums(implied: Floats, after: Floats, days: int, decay: float) -> Floats:
    found = np.empty(len(implied))
    mean = math.nan
    for at in range(len(implied)):
        if at >= days:
            one = implied[at - days] - after[at - days]
            if not math.isnan(one):
                mean = one if math.isnan(mean) else decay * mean + (1.0 - decay) * one
        found[at] = mean
    return found


@dataclass(frozen=True, slots=True)
class Errors:
    """Of forecasts made day by day with nothing of what came after.

    `count` of them; `bias` is their mean error (forecast less realised), `mae` the mean of its
    size, `rmse` the root of its mean square; `implied_rmse` that of implied volatility alone.
    """

    count: int
    bias: float
    mae: float
    rmse: float
    implied_rmse: float


def errors(implied: Floats, after: Floats, days: int, decay: float) -> Errors | None:
    """How good the forecasts of the past were; None where none can be judged yet.

    `implied` and `after` are yearly volatilities in one unit (fractions or points), a day each, and
    errors come in it; `after` is what was realised in the `days` that followed.
    """
    forecast = implied - premiums(implied, after, days, decay)
    missed = forecast - after
    known = np.isfinite(missed)
    if not known.any():
        return None
    missed, alone = missed[known], (implied - after)[known]
    return Errors(
        count=int(known.sum()),
        bias=float(np.mean(missed)),
        mae=float(np.mean(np.abs(missed))),
        rmse=math.sqrt(float(np.mean(missed * missed))),
        implied_rmse=math.sqrt(float(np.mean(alone * alone))),
    )


def best_decay(implied: Floats, after: Floats, days: int) -> float | None:
    """The decay a day (0 to 1) whose past forecasts were off by least (root mean square).

    Of equals the one that remembers longest; None without any. Arguments as of `errors`.
    """
    judged = [(decay, errors(implied, after, days, decay)) for decay in DECAYS]
    known = [(decay, one.rmse) for decay, one in judged if one is not None]
    return min(known, key=lambda pair: (pair[1], -pair[0]))[0] if known else None
