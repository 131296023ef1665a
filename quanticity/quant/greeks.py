"""Black-Scholes-Merton: price and Greeks of European options, vectorised and to full precision.

Forward F = S exp((r - q) T), d1 = ln(F/K) / (vol sqrt(T)) + vol sqrt(T) / 2, d2 = d1 - vol sqrt(T)
(Merton, "Theory of Rational Option Pricing", 1973). Everywhere:

- `spot` and `strike` in USD; `years` to expiry, to the minute and never days / 365 of a whole
  number of days; `vol` a yearly fraction (0.20 is 20%); `rate` and `dividend` yearly and
  continuous, as fractions; `is_call` true for calls. Each is an array or one number, and they are
  broadcast against each other; the figures have their common shape. ValueError where `is_call`
  is anything but true and false, or 1 and 0.
- Where something is not a price, time or volatility above zero, or not finite, every figure is
  NaN: an expired option has no Greeks, and no plausible zero either.
- Exercise is European. American options (those on SPY or AAPL) are worth as much or more.

>>> from quanticity.quant import greeks
>>> one = greeks.first_order(100, 100, 30 / 365, 0.20, True, rate=0.05)
>>> round(float(one.price), 6), round(float(one.vega), 6), round(float(one.theta), 7)
(2.493377, 0.113799, -0.0449882)

An option out of the money is worth S exp(-qT) pdf(d1) (Y(-d1) - Y(-d2)), with Mills' ratio
Y(z) = (1 - cdf(z)) / pdf(z). Taken as one divided difference it keeps its digits at eight standard
deviations and five minutes, where the textbook's difference has five left. One in the money is
that and its intrinsic value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quanticity.quant import bsm

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """Price and first-order Greeks, in the units in which they are quoted.

    `price` USD a share; `delta` shares; `gamma` shares per $1; `vega` USD per point of volatility;
    `theta` USD per calendar day that passes (a rule negative); `rho` USD per point of the rate.
    """

    price: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats


@dataclass(frozen=True, slots=True)
class HigherOrder:
    """Derivatives of the Greeks in plain units: USD, 1.00 of volatility, years that pass.

    `vanna` is d delta / d vol (the same as d vega / d spot); `charm` d delta / d time, a year
    that passes; `vomma` d vega / d vol, of vega per 1.00; `veta` d vega / d time, likewise;
    `speed` d gamma / d spot; `zomma` d gamma / d vol; `color` d gamma / d time, a year.
    For a day divide by 365, for a point of volatility by 100.
    """

    vanna: Floats
    charm: Floats
    vomma: Floats
    veta: Floats
    speed: Floats
    zomma: Floats
    color: Floats


def first_order(
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    vol: npt.ArrayLike,
    is_call: npt.ArrayLike,
    *,
    rate: npt.ArrayLike = 0.0,
    dividend: npt.ArrayLike = 0.0,
) -> FirstOrder:
    """Price, delta, gamma, vega, theta and rho; units as the class says."""
    shape, given = columns(spot, strike, years, vol, rate, dividend, is_call)
    return FirstOrder(*bsm.first_order(*given).reshape(6, *shape))


def higher_order(
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    vol: npt.ArrayLike,
    is_call: npt.ArrayLike = True,
    *,
    rate: npt.ArrayLike = 0.0,
    dividend: npt.ArrayLike = 0.0,
) -> HigherOrder:
    """Vanna, charm, vomma, veta, speed, zomma and color, for 1.00 of vol, a year, $1.

    Only charm knows calls from puts, and only where there is a dividend.
    """
    shape, given = columns(spot, strike, years, vol, rate, dividend, is_call)
    return HigherOrder(*bsm.higher_order(*given).reshape(7, *shape))


def price(*args: Any, **kwargs: Any) -> Floats:
    """USD a share; arguments of `first_order`."""
    return first_order(*args, **kwargs).price


def delta(*args: Any, **kwargs: Any) -> Floats:
    """Shares: 0 to 1 of a call, -1 to 0 of a put; arguments of `first_order`."""
    return first_order(*args, **kwargs).delta


def gamma(*args: Any, **kwargs: Any) -> Floats:
    """Shares per $1 of the underlying; arguments of `first_order`."""
    return first_order(*args, **kwargs).gamma


def vega(*args: Any, **kwargs: Any) -> Floats:
    """USD a share per point of volatility; arguments of `first_order`."""
    return first_order(*args, **kwargs).vega


def theta(*args: Any, **kwargs: Any) -> Floats:
    """USD a share per calendar day that passes; arguments of `first_order`."""
    return first_order(*args, **kwargs).theta


def rho(*args: Any, **kwargs: Any) -> Floats:
    """USD a share per point of the interest rate; arguments of `first_order`."""
    return first_order(*args, **kwargs).rho


def vanna(*args: Any, **kwargs: Any) -> Floats:
    """Change of delta per 1.00 of volatility; arguments of `higher_order`."""
    return higher_order(*args, **kwargs).vanna


def charm(*args: Any, **kwargs: Any) -> Floats:
    """Change of delta per year that passes (/365: a day); arguments of `higher_order`."""
    return higher_order(*args, **kwargs).charm


def _truth(given: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """True and false, or 1 and 0. All else would be true as well: a put written as -1, or "p"."""
    array = np.asarray(given)
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise ValueError("is_call is true for calls and false for puts, and nothing else")
    return array.astype(np.bool_, copy=False)


def columns(*given: npt.ArrayLike) -> tuple[tuple[int, ...], list[npt.NDArray[Any]]]:
    """The common shape, and each in one piece: numbers, and the last of them as truth."""
    arrays: list[npt.NDArray[Any]] = [np.asarray(each, dtype=np.float64) for each in given[:-1]]
    arrays.append(_truth(given[-1]))
    shape = np.broadcast_shapes(*(each.shape for each in arrays))
    return shape, [
        each.ravel() if each.shape == shape else np.broadcast_to(each, shape).ravel()
        for each in arrays
    ]
