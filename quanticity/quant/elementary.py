"""Exponential, logarithm and Mills ratio without a branch, so that one loop does many at a time.

A loop that calls the C library, or takes another path for some element, is compiled for one
element after the other. These are arithmetic alone: the compiler runs them on as many as the
machine's registers hold. They are for kernels; arrays want `normal` and `greeks`.
"""

from __future__ import annotations

import math

import numpy as np

from quanticity.quant.compiled import inlined

BLOCK = 128
"""How many elements a kernel takes at a time: its scratch stays in the nearest cache."""

ROOT_OF_TWO_PI = math.sqrt(2 * math.pi)
INVERSE_ROOT_OF_TWO_PI = 1 / ROOT_OF_TWO_PI

# Added to a number below 2^51 it leaves the nearest whole number in the lowest bits.
_ROUNDER = 6755399441055744.0
_PER_LN2 = 1.4426950408889634
# ln 2 in two parts, of which the first has so few bits that a whole multiple of it is exact.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LEAST, _MOST, _LEAST_POWER = -708.0, 709.0, -1021.0
POWERS_OF_LN2 = np.array([math.log(2) ** power / math.factorial(power) for power in range(14)])
"""Taylor's coefficients of a power of two."""
_HALF_ROOT = np.int64(0x3FE6A09E667F3BCD)  # the bits of sqrt(1/2)
_BIAS, _MANTISSA = np.int64(1023), np.int64(52)

MILLS_FROM = -0.25
"""Where the approximation of Mills' ratio begins."""
MILLS_SHIFT = 0.25
MILLS_SCALE = 4.0
# (y + 4) Y(y - .25) in powers of (y - 4) / (y + 4): its Chebyshev series at 50 digits, cut where
# the rest is below 2e-16. `tests/quant/test_elementary.py` makes it again.
MILLS = np.array(
    [
        2.00608889155172,
        -1.811244361896673,
        1.3062681125841413,
        -0.7293591459470483,
        0.2915290913749539,
        -0.06414101795248248,
        -0.006223596956870785,
        0.008898842528246489,
        -0.001154582281093353,
        -0.0010199891685731966,
        0.0002794741198092436,
        0.00014150179688305898,
        -4.874561679539334e-05,
        -2.5568027185208786e-05,
        7.392926097402557e-06,
        5.515465294412053e-06,
        -8.105811641471632e-07,
        -1.2347535864416993e-06,
        -6.622475565863108e-09,
        2.504923945961419e-07,
        2.7035410538660245e-08,
        -3.89664556538651e-08,
        -4.438416986861422e-09,
        3.333869340608331e-09,
    ]
)
_DEGREE = len(MILLS) - 1


@inlined
def exp_parts(x: float) -> tuple[float, float]:
    """Two numbers s and p, exp(x) = s + s p, exp(x) - 1 = (s - 1) + s p; x within -708..709.

    Taylor's series of degree 13 in the rest from the nearest multiple of ln 2.
    """
    inside = min(max(x, _LEAST), _MOST)
    shifted = inside * _PER_LN2 + _ROUNDER
    whole = shifted - _ROUNDER
    rest = (inside - whole * _LN2_HIGH) - whole * _LN2_LOW
    # By even and odd powers: neither chain waits for the other.
    square = rest * rest
    odd = 1 / 6227020800.0
    odd = odd * square + 1 / 39916800.0
    odd = odd * square + 1 / 362880.0
    odd = odd * square + 1 / 5040.0
    odd = odd * square + 1 / 120.0
    odd = odd * square + 1 / 6.0
    even = 1 / 479001600.0
    even = even * square + 1 / 3628800.0
    even = even * square + 1 / 40320.0
    even = even * square + 1 / 720.0
    even = even * square + 1 / 24.0
    even = even * square + 0.5
    p = (even + odd * rest) * square + rest
    bits = (np.float64(shifted).view(np.int64) + _BIAS) << _MANTISSA
    return np.int64(bits).view(np.float64), p


@inlined
def exp(x: float) -> float:
    """The exponential, within 2e-16 of it; 0 below -708."""
    s, p = exp_parts(x)
    return s + s * p if x >= _LEAST else 0.0


@inlined
def expm1(x: float) -> float:
    """The exponential less 1, which keeps its digits around x = 0."""
    s, p = exp_parts(x)
    return (s - 1.0) + s * p


@inlined
def exp2(x: float) -> float:
    """Two to the power of `x`, which is not above 1023; 0 below -1021. Taylor's series as well."""
    inside = max(x, _LEAST_POWER)
    shifted = inside + _ROUNDER
    rest = inside - (shifted - _ROUNDER)
    p: float = POWERS_OF_LN2[-1]
    for at in range(1, 13):
        p = p * rest + POWERS_OF_LN2[13 - at]
    bits = (np.float64(shifted).view(np.int64) + _BIAS) << _MANTISSA
    s = np.int64(bits).view(np.float64)
    return s + s * (p * rest) if x >= _LEAST_POWER else 0.0


@inlined
def log_ratio(a: float, b: float) -> float:
    """ln(a / b) of two positive numbers, to full relative precision near a = b.

    2 atanh((a - b) / (a + b)), with b brought within a factor sqrt(2) of a, where a - b is
    exact. The series of atanh is that of fdlibm's logarithm (Sun Microsystems, 1993).
    """
    ratio = np.float64(a / b).view(np.int64)
    power = (ratio - _HALF_ROOT) >> _MANTISSA
    near = b * np.int64((power + _BIAS) << _MANTISSA).view(np.float64)
    s = (a - near) / (a + near)
    z = s * s
    t = 1.479819860511658591e-01
    t = t * z + 1.531383769920937332e-01
    t = t * z + 1.818357216161805012e-01
    t = t * z + 2.222219843214978396e-01
    t = t * z + 2.857142874366239149e-01
    t = t * z + 3.999999999940941908e-01
    t = t * z + 6.666666666666735130e-01
    whole = np.float64(power)
    return whole * _LN2_HIGH + (2.0 * s + (s * z * t + whole * _LN2_LOW))


@inlined
def mills(z: float) -> float:
    """Mills' ratio Y(z) = (1 - cdf(z)) / pdf(z) of the normal distribution, z >= -1/4."""
    y = z + MILLS_SHIFT
    down = 1.0 / (y + MILLS_SCALE)
    t = (y - MILLS_SCALE) * down
    p: float = MILLS[-1]
    for at in range(1, _DEGREE + 1):
        p = p * t + MILLS[_DEGREE - at]
    return p * down


@inlined
def mills_and_slope(t1: float, t2: float) -> tuple[float, float]:
    """The polynomial P of `MILLS` at t1, and its divided difference (P(t1) - P(t2)) / (t1 - t2).

    The difference of two values nearly the same has no digits; this has all of them.
    """
    # By even and odd powers: two chains of half the length, each of which waits for itself alone.
    u1, u2 = t1 * t1, t2 * t2
    odd: float = MILLS[_DEGREE]
    even: float = MILLS[_DEGREE - 1]
    odd_slope, even_slope = odd, even
    for at in range(1, _DEGREE // 2):
        odd = odd * u1 + MILLS[_DEGREE - 2 * at]
        even = even * u1 + MILLS[_DEGREE - 1 - 2 * at]
        odd_slope = odd_slope * u2 + odd
        even_slope = even_slope * u2 + even
    odd = odd * u1 + MILLS[1]
    even = even * u1 + MILLS[0]
    odd_there = odd - (u1 - u2) * odd_slope
    both = t1 + t2
    return even + t1 * odd, odd_there + both * (even_slope + t1 * odd_slope)
