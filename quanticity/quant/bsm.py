"""The kernels of `greeks`: Black-Scholes-Merton without a branch, a block of options at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from quanticity.quant.compiled import BOOLS, FLOATS, OUT, compiled, inlined
from quanticity.quant.elementary import (
    BLOCK,
    INVERSE_ROOT_OF_TWO_PI,
    MILLS_FROM,
    MILLS_SCALE,
    MILLS_SHIFT,
    exp,
    expm1,
    log_ratio,
    mills_and_slope,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

A_DAY = 1 / 365.0
"""The part of a year that theta is for."""
POINT = 0.01
"""A point of volatility, or of the interest rate."""
_FAR = 1e8
"""Standard deviations beyond which nothing is left, long before numbers overflow."""

# Rows of a block of scratch: what is given, and from _FREE on what is found.
_S, _K, _T, _V, _R, _Q, _SIDE, _FREE = (row * BLOCK for row in range(8))
# Of the first order before that: sqrt(T), forward log-moneyness, and what discounting takes off.
_ROOT, _M, _LESS_SPOT, _LESS_STRIKE, _FOUND = (_FREE + row * BLOCK for row in range(5))


@inlined
def is_known(s: float, k: float, t: float, v: float, r: float, q: float) -> bool:
    """Whether all are finite, and those that must be are above zero."""
    above = (s > 0.0) & (k > 0.0) & (t > 0.0) & (v > 0.0)
    # What is infinite or no number is, multiplied by zero, not zero.
    return above & (0.0 * s * k * t * v * r * q == 0.0)


@inlined
def out_of_the_money(
    m: float, w: float, now: float
) -> tuple[float, float, float, float, float, float, float]:
    """The option of a strike that is out of the money, of forward log-moneyness m = ln(F/K).

    `w` is vol sqrt(T); `now` is S exp(-qT) where it is the call (m <= 0), K exp(-rT) where the put.
    Returns its price; `now` times the nearer cdf (of d1 for a call, of -d2 for a put), and what is
    left of `now`; the other side's present value times the farther cdf; B = S exp(-qT) pdf(d1) =
    K exp(-rT) pdf(d2); and the two distances z1 = |m|/w - w/2 and z2 = z1 + w.
    """
    h = min(abs(m) / w, _FAR)
    z1, z2 = h - 0.5 * w, h + 0.5 * w
    # Mills' ratio of z1 grows without bound below zero: there cdf(-z) = 1 - cdf(z) serves.
    is_turned = z1 < MILLS_FROM
    z = -z1 if is_turned else z1
    gap = 2.0 * h if is_turned else w
    y1, y2 = z + MILLS_SHIFT, z2 + MILLS_SHIFT
    b1, b2 = y1 + MILLS_SCALE, y2 + MILLS_SCALE
    down = 1.0 / (b1 * b2)
    p1, slope = mills_and_slope((y1 - MILLS_SCALE) * b2 * down, (y2 - MILLS_SCALE) * b1 * down)
    p2 = p1 + 2.0 * MILLS_SCALE * gap * down * slope
    b = now * INVERSE_ROOT_OF_TWO_PI * exp(-0.5 * z1 * z1)
    tail, far = b * p1 * b2 * down, b * p2 * b1 * down
    near, rest = (now - tail, tail) if is_turned else (tail, now - tail)
    apart = b * gap * down * (p1 - 2.0 * MILLS_SCALE * slope * b1 * down)
    return (near - far if is_turned else apart), near, rest, far, b, z1, z2


@inlined
def _side(is_near: bool, is_out: bool, near: float, rest: float, far: float, now: float) -> float:
    """The present value `now` times its cdf, of the option out of the money or the other one."""
    if is_near:
        return near if is_out else rest
    return far if is_out else now - far


@inlined
def _fill(
    block: Floats,
    start: int,
    some: int,
    spot: Floats,
    strike: Floats,
    years: Floats,
    vol: Floats,
    rate: Floats,
    dividend: Floats,
    is_call: Bools,
) -> None:
    for i in range(some):
        block[_S + i] = spot[start + i]
        block[_K + i] = strike[start + i]
        block[_T + i] = years[start + i]
        block[_V + i] = vol[start + i]
        block[_R + i] = rate[start + i]
        block[_Q + i] = dividend[start + i]
        block[_SIDE + i] = 1.0 if is_call[start + i] else -1.0


@compiled(OUT(FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, BOOLS))
def first_order(
    spot: Floats,
    strike: Floats,
    years: Floats,
    vol: Floats,
    rate: Floats,
    dividend: Floats,
    is_call: Bools,
) -> Floats:
    """Price, delta, gamma, vega, theta, rho of each option, one after the other in one array."""
    size = len(spot)
    found = np.empty(6 * size)
    # All in one piece of scratch, at distances that the compiler knows: so it can tell that
    # nothing that is written is read again, and takes many elements at a time.
    block = np.ones(_FOUND + 6 * BLOCK)
    for start in range(0, size, BLOCK):
        some = min(BLOCK, size - start)
        _fill(block, start, some, spot, strike, years, vol, rate, dividend, is_call)
        for i in range(BLOCK):
            # In two loops: a processor has several passes of a short one under way at a time.
            s, k, t = block[_S + i], block[_K + i], block[_T + i]
            r, q = block[_R + i], block[_Q + i]
            block[_ROOT + i] = np.sqrt(t)
            block[_M + i] = log_ratio(s, k) + (r - q) * t
            block[_LESS_SPOT + i] = s * expm1(-q * t)
            block[_LESS_STRIKE + i] = k * expm1(-r * t)
        for i in range(BLOCK):
            s, k, t, v = block[_S + i], block[_K + i], block[_T + i], block[_V + i]
            r, q, side = block[_R + i], block[_Q + i], block[_SIDE + i]
            root, m = block[_ROOT + i], block[_M + i]
            less_spot, less_strike = block[_LESS_SPOT + i], block[_LESS_STRIKE + i]
            w = v * root
            spot_now, strike_now = s + less_spot, k + less_strike
            call_is_out = m <= 0.0
            is_out = call_is_out == (side > 0.0)
            out, near, rest, far, b, _, _ = out_of_the_money(
                m, w, spot_now if call_is_out else strike_now
            )
            # S exp(-qT) cdf(+-d1) and K exp(-rT) cdf(+-d2), signs as of this option.
            first = _side(call_is_out, is_out, near, rest, far, spot_now)
            second = _side(not call_is_out, is_out, near, rest, far, strike_now)
            ahead = side * ((s - k) + less_spot - less_strike)
            decay = side * (q * first - r * second) - b * v / (2.0 * root)
            known = is_known(s, k, t, v, r, q)
            at = _FOUND + i
            block[at] = (out if is_out else out + ahead) if known else np.nan
            block[at + BLOCK] = side * first / s if known else np.nan
            block[at + 2 * BLOCK] = b / (s * s * w) if known else np.nan
            block[at + 3 * BLOCK] = b * root * POINT if known else np.nan
            block[at + 4 * BLOCK] = decay * A_DAY if known else np.nan
            block[at + 5 * BLOCK] = side * t * second * POINT if known else np.nan
        for row in range(6):
            for i in range(some):
                found[row * size + start + i] = block[_FOUND + row * BLOCK + i]
    return found


@compiled(OUT(FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, BOOLS))
def higher_order(
    spot: Floats,
    strike: Floats,
    years: Floats,
    vol: Floats,
    rate: Floats,
    dividend: Floats,
    is_call: Bools,
) -> Floats:
    """Vanna, charm, vomma, veta, speed, zomma, color of each option, one after the other."""
    size = len(spot)
    found = np.empty(7 * size)
    block = np.ones(_FREE + 7 * BLOCK)
    for start in range(0, size, BLOCK):
        some = min(BLOCK, size - start)
        _fill(block, start, some, spot, strike, years, vol, rate, dividend, is_call)
        for i in range(BLOCK):
            s, k, t, v = block[_S + i], block[_K + i], block[_T + i], block[_V + i]
            r, q, side = block[_R + i], block[_Q + i], block[_SIDE + i]
            w = v * np.sqrt(t)
            x, a = log_ratio(s, k), (r - q) * t
            m = x + a
            spot_now, strike_now = s * exp(-q * t), k * exp(-r * t)
            call_is_out = m <= 0.0
            is_out = call_is_out == (side > 0.0)
            _, near, rest, far, b, z1, z2 = out_of_the_money(
                m, w, spot_now if call_is_out else strike_now
            )
            first = _side(call_is_out, is_out, near, rest, far, spot_now)
            d1, d2 = (-z1, -z2) if call_is_out else (z2, z1)
            slide = (a - x + 0.5 * w * w) / (2.0 * t * w)  # d d1 / d T
            gamma, vega = b / (s * s * w), b * np.sqrt(t)
            fade = q + d1 * slide
            known = is_known(s, k, t, v, r, q)
            at = _FREE + i
            block[at] = -b * d2 / (s * v) if known else np.nan
            block[at + BLOCK] = (side * q * first - b * slide) / s if known else np.nan
            block[at + 2 * BLOCK] = vega * d1 * d2 / v if known else np.nan
            block[at + 3 * BLOCK] = vega * (fade - 0.5 / t) if known else np.nan
            block[at + 4 * BLOCK] = -gamma / s * (d1 / w + 1.0) if known else np.nan
            block[at + 5 * BLOCK] = gamma * (d1 * d2 - 1.0) / v if known else np.nan
            block[at + 6 * BLOCK] = gamma * (fade + 0.5 / t) if known else np.nan
        for row in range(7):
            for i in range(some):
                found[row * size + start + i] = block[_FREE + row * BLOCK + i]
    return found
