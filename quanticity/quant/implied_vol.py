"""Implied volatility of European options: NaN and a reason where a price has none.

>>> from quanticity.quant import implied_vol
>>> found = implied_vol.implied_vol([2.493377, 0.0], 100, 100, 30 / 365, True, rate=0.05)
>>> found.vol.round(6).tolist(), found.why(1)
([0.2, nan], 'no price')

What is solved for is vol sqrt(T) of the option that is out of the money at the same strike, from
its price. The first guess is the normal model's (Bachelier's), of which the inverse is a function
of one number, brought to the lognormal one by the first terms of Hagan and Woodward ("Equivalent
Black Volatilities", 1999): within 1e-3 as long as vol sqrt(T) is below 0.5. Then two of
Householder's steps of fourth order on 1 / ln(price), or on ln(1 - price) where the price is above
half of what it can be, as Jäckel does ("Let's Be Rational", 2015). Whatever has not arrived by
then, which needs a vol sqrt(T) above 2, is finished within a bracket that only shrinks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from quanticity.quant.bsm import out_of_the_money
from quanticity.quant.compiled import BOOLS, FLOATS, OUT, compiled, inlined
from quanticity.quant.elementary import BLOCK, expm1, log_ratio
from quanticity.quant.greeks import columns

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class NoVol(IntEnum):
    """Why a price has no implied volatility; `KNOWN` where it has one."""

    KNOWN = 0
    NO_PRICE = 1
    NO_TIME = 2
    NO_MARKET = 3
    BELOW_INTRINSIC = 4
    AT_INTRINSIC = 5
    ABOVE_MOST = 6

    @property
    def text(self) -> str:
        """In words."""
        return _TEXTS[self]


_TEXTS = {
    NoVol.KNOWN: "",
    NoVol.NO_PRICE: "no price",
    NoVol.NO_TIME: "no time left",
    NoVol.NO_MARKET: "spot, strike, rate or dividend is missing or impossible",
    NoVol.BELOW_INTRINSIC: "the price is below the intrinsic value",
    NoVol.AT_INTRINSIC: "the price is the intrinsic value: nothing is paid for volatility",
    NoVol.ABOVE_MOST: "the price is above the most that the option can be worth",
}


@dataclass(frozen=True, slots=True)
class ImpliedVol:
    """`vol` is a yearly fraction, NaN where `code` (of `NoVol`) is not 0; of one shape."""

    vol: Floats
    code: npt.NDArray[np.int8]

    def why(self, *at: int) -> str:
        """The reason of one element in words; empty where its volatility is known."""
        return NoVol(int(self.code[at])).text

    def counts(self) -> dict[str, int]:
        """How many have no volatility, by reason."""
        codes, numbers = np.unique(self.code, return_counts=True)
        return {
            NoVol(code).text: number
            for code, number in zip(codes.tolist(), numbers.tolist(), strict=True)
            if code
        }


def implied_vol(
    price: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
    *,
    rate: npt.ArrayLike = 0.0,
    dividend: npt.ArrayLike = 0.0,
) -> ImpliedVol:
    """The volatility at which Black-Scholes-Merton gives `price` (USD a share).

    The other arguments and their units are those of `quanticity.quant.greeks`. It has the digits
    that the price has: of an option far in the money most of the price is intrinsic value, and
    the rest may be too few digits for a volatility (`AT_INTRINSIC`). Nothing is raised for a
    price, however absurd.
    """
    shape, given = columns(price, spot, strike, years, rate, dividend, is_call)
    found = _implied(*given).reshape(2, *shape)
    return ImpliedVol(found[0], found[1].astype(np.int8))


# Standard deviations out of the money h, of e = ln(1 + distance / price) in the normal model:
# h sqrt(1 + e) / e in powers of (e - 8) / (e + 8), within 4e-4. What is missing to an exact
# guess costs nothing: two steps follow.
_GUESS = np.array(
    [1.02849, 0.491882, -0.158574, 0.00564827, 0.048629, -0.0124501, -0.0133183, 0.0212041]
)
_MIDDLE = 8.0
_ROOT_OF_TWO_PI = 2.5066282746310002
_NEAR = 1e-3
"""A second step that is shorter, as a fraction, leaves an error of about its fourth power."""
_NOTHING, _LEAST = 1e-280, 1e-100
"""Prices, and vol sqrt(T), below which there is nothing to tell."""
_ROUNDING = 4 * 2.220446049250313e-16

# Rows of scratch.
_S, _K, _T, _R, _Q, _P, _SIDE, _M, _NOW, _V, _GOAL, _W, _STEP, _CODE = (
    row * BLOCK for row in range(14)
)


@inlined
def _guess(m: float, now: float, v: float) -> float:
    """About vol sqrt(T), of distance m = |ln(F/K)|, present value of the nearer side, and price."""
    grown = expm1(0.5 * m)
    apart = grown + grown / (1.0 + grown)
    # The geometric mean of the two present values: the farther one is exp(m) times the nearer.
    unit = v / (now * (1.0 + grown))
    e = log_ratio(unit + apart, unit)
    x = (e - _MIDDLE) / (e + _MIDDLE)
    h = _GUESS[7]
    for at in range(1, 8):
        h = h * x + _GUESS[7 - at]
    h = h * e / np.sqrt(1.0 + e)
    w = m / h if apart > 1e-9 * unit else unit * _ROOT_OF_TWO_PI
    return w * (1.0 + w * w / 24.0)


@inlined
def _step(m: float, now: float, v: float, goal: float, w: float) -> float:
    """How far to go from `w`; `goal` is the logarithm that is aimed at."""
    price, _, rest, far, b, _, _ = out_of_the_money(-m, w, now)
    is_low = v < 0.5 * now
    part = price if is_low else rest + far
    level, slope = log_ratio(part, now), b / part
    h = m / w
    c2 = h * h / w - 0.25 * w  # the price's second derivative, in units of its first
    c3 = c2 * c2 - 3.0 * (h / w) * (h / w) - 0.25
    bend, per = c2 - slope, slope / level
    low_go = level * (goal - level) / (goal * slope)
    low_2 = bend - 2.0 * per
    low_3 = bend * bend + c3 - c2 * c2 - slope * bend - 6.0 * per * bend + 6.0 * per * per
    go = low_go if is_low else (level - goal) / slope
    r2 = low_2 if is_low else c2 + slope
    r3 = low_3 if is_low else c3 + 3.0 * c2 * slope + 2.0 * slope * slope
    step = go * (1.0 + 0.5 * r2 * go) / (1.0 + r2 * go + r3 * go * go / 6.0)
    return min(max(step, -0.7 * w), 2.0 * w)


@inlined
def _finish(m: float, now: float, v: float, goal: float, w: float) -> float:
    """The same steps within a bracket, and halves of it where one would leave it."""
    low, high = 0.0, np.inf
    if not 0.0 < w < np.inf:
        w = np.sqrt(2.0 * m) + 1e-3  # about where the price is steepest
    for _ in range(200):
        price, _, rest, far, _, _, _ = out_of_the_money(-m, w, now)
        if price > v if v < 0.5 * now else rest + far < now - v:
            high = w
        else:
            low = w
        step = _step(m, now, v, goal, w)
        after = w + step
        if not (low < after < high):
            after = 2.0 * w if high == np.inf else 0.5 * (low + high)
        if abs(after - w) <= 1e-15 * w or after in (low, high):
            return after
        is_close = abs(after - w) <= 1e-4 * w and low < w + step < high
        w = after
        if is_close:
            return w
    return w


@compiled(OUT(FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, BOOLS))
def _implied(
    price: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    dividend: Floats,
    is_call: Bools,
) -> Floats:
    size = len(price)
    found = np.empty(2 * size)
    block = np.ones(14 * BLOCK)
    for start in range(0, size, BLOCK):
        some = min(BLOCK, size - start)
        for i in range(some):
            block[_S + i] = spot[start + i]
            block[_K + i] = strike[start + i]
            block[_T + i] = years[start + i]
            block[_R + i] = rate[start + i]
            block[_Q + i] = dividend[start + i]
            block[_P + i] = price[start + i]
            block[_SIDE + i] = 1.0 if is_call[start + i] else -1.0
        for i in range(BLOCK):
            s, k, t, p = block[_S + i], block[_K + i], block[_T + i], block[_P + i]
            r, q, side = block[_R + i], block[_Q + i], block[_SIDE + i]
            m = log_ratio(s, k) + (r - q) * t
            less_spot, less_strike = s * expm1(-q * t), k * expm1(-r * t)
            call_is_out = m <= 0.0
            is_out = call_is_out == (side > 0.0)
            now = s + less_spot if call_is_out else k + less_strike
            most = s + less_spot if side > 0.0 else k + less_strike
            ahead = side * ((s - k) + less_spot - less_strike)
            v = p if is_out else p - ahead
            code = 0.0
            code = (
                5.0
                if v <= max(_NOTHING * max(now, 1.0), 0.0 if is_out else _ROUNDING * p)
                else code
            )
            code = 4.0 if v < -_ROUNDING * p else code
            code = 6.0 if p >= most else code
            code = 6.0 if v >= now else code
            code = 1.0 if not ((p > 0.0) & (0.0 * p == 0.0)) else code
            code = 3.0 if not ((s > 0.0) & (k > 0.0) & (0.0 * s * k * r * q == 0.0)) else code
            code = 2.0 if not ((t > 0.0) & (0.0 * t == 0.0)) else code
            # Whatever has none is given something to solve, so that nothing stands still for it.
            m = abs(m) if code == 0.0 else 0.1
            now = now if code == 0.0 else 1.0
            v = v if code == 0.0 else 0.01
            is_low = v < 0.5 * now
            block[_M + i], block[_NOW + i], block[_V + i] = m, now, v
            block[_GOAL + i] = log_ratio(v if is_low else now - v, now)
            w = _guess(m, now, v)
            block[_W + i] = w
            block[_CODE + i] = 5.0 if (w < _LEAST) & (code == 0.0) else code
        for _ in range(2):
            for i in range(BLOCK):
                w = block[_W + i]
                step = _step(block[_M + i], block[_NOW + i], block[_V + i], block[_GOAL + i], w)
                block[_STEP + i] = step
                block[_W + i] = w + step
        for i in range(some):
            w = block[_W + i]
            if not abs(block[_STEP + i]) <= _NEAR * w:
                w = _finish(block[_M + i], block[_NOW + i], block[_V + i], block[_GOAL + i], w)
            code = block[_CODE + i]
            # Only where a spot is some 1e100 times its strike.
            code = code if (code != 0.0) | (0.0 < w < np.inf) else 3.0
            found[start + i] = w / np.sqrt(block[_T + i]) if code == 0.0 else np.nan
            found[size + start + i] = code
    return found
