"""The normal distribution, with tails that keep their digits.

`cdf(-38)` is 2.9e-316, not 0, and `cdf(-8)` has as many digits as `cdf(0)`: tails come from Mills'
ratio and never from 1 minus something. Arguments are numbers or arrays; what is not a number gives
what is not a number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from quanticity.quant.compiled import FLOATS, OUT, compiled
from quanticity.quant.elementary import INVERSE_ROOT_OF_TWO_PI, MILLS_FROM, exp, mills

Floats = npt.NDArray[np.float64]

_FAR = 1e8


@compiled(OUT(FLOATS))
def _pdf(x: Floats) -> Floats:
    found = np.empty(len(x))
    for i in range(len(x)):
        value = x[i]
        density = INVERSE_ROOT_OF_TWO_PI * exp(-0.5 * value * value)
        found[i] = density if not np.isnan(value) else np.nan
    return found


@compiled(OUT(FLOATS))
def _cdf(x: Floats) -> Floats:
    found = np.empty(len(x))
    for i in range(len(x)):
        value = x[i]
        z = min(abs(value), _FAR)
        tail = INVERSE_ROOT_OF_TWO_PI * exp(-0.5 * z * z) * mills(z)
        below = tail if value < 0.0 else 1.0 - tail
        found[i] = below if not np.isnan(value) else np.nan
    return found


@compiled(OUT(FLOATS))
def _mills(x: Floats) -> Floats:
    found = np.empty(len(x))
    for i in range(len(x)):
        found[i] = mills(min(x[i], _FAR)) if x[i] >= MILLS_FROM else np.nan
    return found


def pdf(x: npt.ArrayLike) -> Floats:
    """The density exp(-x^2 / 2) / sqrt(2 pi)."""
    return _each(_pdf, x)


def cdf(x: npt.ArrayLike) -> Floats:
    """The probability of less than `x`."""
    return _each(_cdf, x)


def sf(x: npt.ArrayLike) -> Floats:
    """The probability of more than `x`: 1 - cdf, with all its digits where that is small."""
    return _each(_cdf, -np.asarray(x, dtype=np.float64))


def mills_ratio(x: npt.ArrayLike) -> Floats:
    """sf(x) / pdf(x) of x >= -0.25 (Mills, 1926); NaN below."""
    return _each(_mills, x)


def ppf(probability: npt.ArrayLike) -> Floats:
    """The `x` whose cdf is `probability`; NaN outside 0..1, infinite at its ends.

    Acklam's rational approximation (2003, 1.2e-9), then Halley's step twice.
    """
    p = np.asarray(probability, dtype=np.float64)
    tail = np.minimum(p, 1 - p)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(tail < _TAIL, _in_tail(tail), _in_middle(tail))
        for _ in range(2):
            miss = (cdf(x) - tail) / pdf(x)
            x = x - miss / (1 + x * miss / 2)
    x = np.where(tail == 0, -np.inf, np.where(tail > 0, x, np.nan))
    return _plain(np.where(p > 0.5, -x, x))


_TAIL = 0.02425
_A = (-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2,
      1.383577518672690e2, -3.066479806614716e1, 2.506628277459239)  # fmt: skip
_B = (-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2,
      6.680131188771972e1, -1.328068155288572e1, 1.0)  # fmt: skip
_C = (-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838,
      -2.549732539343734, 4.374664141464968, 2.938163982698783)  # fmt: skip
_D = (7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1.0)


def _in_middle(p: Floats) -> Floats:
    off = p - 0.5
    found: Floats = off * np.polyval(_A, off * off) / np.polyval(_B, off * off)
    return found


def _in_tail(p: Floats) -> Floats:
    far = np.sqrt(-2 * np.log(p))
    found: Floats = np.polyval(_C, far) / np.polyval(_D, far)
    return found


def _each(kernel: Callable[[Floats], Floats], x: npt.ArrayLike) -> Floats:
    array = np.asarray(x, dtype=np.float64)
    return _plain(kernel(array.ravel()).reshape(array.shape))


def _plain(array: Floats) -> Floats:
    """A number where a number was given."""
    plain: Floats = array[()]
    return plain
