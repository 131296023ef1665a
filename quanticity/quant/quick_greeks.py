"""Black-Scholes-Merton in plain numpy: seven digits, and no compiler to load.

A process that prices a whole simulated market has no 100 MB to spare for one. The kernels of
`quanticity.quant.greeks` have all digits and the higher orders; a test holds these against them.
Units: delta per 1 of the underlying; gamma per 1, twice; vega per volatility point (0.01); theta
and charm per calendar day; rho per 0.01 of the rate; vanna per volatility point.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_YEAR = 365.0


def cdf(x: Array) -> Array:
    """The normal distribution function (Abramowitz and Stegun 26.2.17, error below 1e-7)."""
    t = 1 / (1 + 0.2316419 * np.abs(x))
    poly = t * (
        0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    tail = pdf(x) * poly
    return np.asarray(np.where(x >= 0, 1 - tail, tail), dtype=np.float64)


def pdf(x: Array) -> Array:
    """The normal density."""
    return np.asarray(np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi), dtype=np.float64)


def one_side(
    spot: float | Array,
    strikes: Array,
    years: float | Array,
    vol: Array,
    *,
    is_call: bool,
    rate: float,
) -> dict[str, Any]:
    """Price (`mid`, USD) and Greeks of calls or of puts, as arrays of shape (n,) by name.

    `spot` and `strikes` USD, `years` to expiry, `vol` and `rate` yearly fractions, all above zero:
    nothing is checked. No dividends.
    """
    root = np.sqrt(years)
    d1 = (np.log(spot / strikes) + (rate + vol * vol / 2) * years) / (vol * root)
    d2 = d1 - vol * root
    discount = np.exp(-rate * years)
    density = pdf(d1)
    sign = 1.0 if is_call else -1.0
    n1, n2 = cdf(sign * d1), cdf(sign * d2)
    price = sign * (spot * n1 - strikes * discount * n2)
    carry = sign * rate * strikes * discount * n2
    decay = -(spot * density * vol) / (2 * root) - carry
    charm = -density * (2 * rate * years - d2 * vol * root) / (2 * years * vol * root)
    return {
        "mid": np.maximum(price, 0.0),
        "delta": sign * n1,
        "gamma": density / (spot * vol * root),
        "theta": decay / _YEAR,
        "vega": spot * density * root / 100,
        "rho": sign * strikes * years * discount * n2 / 100,
        "charm": charm / _YEAR,
        "vanna": -density * d2 / vol / 100,
    }
