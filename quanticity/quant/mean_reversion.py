"""Whether a series is pulled back to a mean, how fast, and how likely it gets there in time.

The Ornstein-Uhlenbeck process dX = theta (m - X) dt + s dW, seen at equal steps, is an
autoregression of the first order: X' = a + b X + e with b = exp(-theta) (Uhlenbeck and Ornstein,
"On the theory of the Brownian motion", 1930; in finance Vasicek, 1977).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LEAST = 10
# A pull that is gone within a fraction of a step cannot be told from one that is gone at once.
_LEAST_B = 0.01


@dataclass(frozen=True, slots=True)
class Fit:
    """A series as an autoregression.

    `b` is the coefficient with Kendall's correction, `pull` theta per step (0 where b is 1 or
    more: none), `mean` where it is pulled to (the plain mean where it is not), `deviation` that
    of the stationary distribution (None without a pull), `noise` that of one step, `statistic`
    Dickey and Fuller's, and `critical` what it must lie below at 5%.
    """

    b: float
    pull: float
    mean: float
    deviation: float | None
    noise: float
    statistic: float
    critical: float
    count: int

    @property
    def half_life(self) -> float | None:
        """Steps after which half of the way back is expected to be done; None without a pull."""
        return math.log(2.0) / self.pull if self.pull > 0 else None

    @property
    def is_significant(self) -> bool:
        """Whether a random walk would look like this in fewer than 5 of 100 cases."""
        return self.statistic < self.critical


def fit(values: Floats) -> Fit | None:
    """Least squares of each value on the one before; None with fewer than eleven, or no movement.

    Least squares find too much pull: b is too small by about (1 + 3 b) / n, which is put back
    (Kendall, "Note on bias in the estimation of autocorrelation", 1954). The statistic is of the
    uncorrected b (Dickey and Fuller, 1979), its critical value MacKinnon's for a constant and no
    trend (2010): -2.8621 - 2.738 / n - 8.36 / n^2.
    """
    before, after = values[:-1], values[1:]
    count = len(before)
    if count < _LEAST:
        return None
    centre = float(np.mean(before))
    x = before - centre
    squares = float(np.sum(x * x))
    # What rounding leaves of a constant is no movement.
    if squares <= 1e-24 * max(float(np.sum(before * before)), 1e-300):
        return None
    raw = float(np.sum(x * after)) / squares
    level = float(np.mean(after))
    left = after - level - raw * x
    variance = float(np.sum(left * left)) / (count - 2)
    if variance <= 0.0:
        return None
    statistic = (raw - 1.0) / math.sqrt(variance / squares)
    b = raw + (1.0 + 3.0 * raw) / count
    critical = -2.8621 - 2.738 / count - 8.36 / (count * count)
    noise = math.sqrt(variance)
    if b >= 1.0:
        return Fit(b, 0.0, float(np.mean(values)), None, noise, statistic, critical, count)
    b = max(b, _LEAST_B)
    # The line's own fixed point, from the uncorrected coefficients: the two belong together.
    mean = centre + (level - centre) / (1.0 - raw) if raw < 1.0 else float(np.mean(values))
    # A slow pull puts the fixed point anywhere; it is looked for where the series has been.
    mean = min(max(mean, float(values.min())), float(values.max()))
    deviation = noise / math.sqrt(1.0 - b * b)
    return Fit(b, -math.log(b), mean, deviation, noise, statistic, critical, count)


def return_probability(found: Fit, value: float, steps: float) -> float:
    """How likely a series at `value` touches its mean within `steps`: 0 to 1.

    The first passage of the process to its mean has a closed form, by a change of time and the
    reflection principle: erfc(|z| / sqrt(2 (exp(2 theta t) - 1))) with z in stationary deviations
    (Ricciardi and Sato, "First-passage-time density and moments of the Ornstein-Uhlenbeck
    process", 1988). Without a pull it is its limit, a random walk's: erfc(|x| / (s sqrt(2 t))).
    """
    away = abs(value - found.mean)
    if away == 0.0:
        return 1.0
    if steps <= 0.0:
        return 0.0
    if found.pull <= 0.0 or found.deviation is None:
        return math.erfc(away / (found.noise * math.sqrt(2.0 * steps)))
    # Beyond it the series has forgotten where it was, and exp would overflow.
    time = math.expm1(min(2.0 * found.pull * steps, 700.0))
    return math.erfc(away / found.deviation / math.sqrt(2.0 * time))
