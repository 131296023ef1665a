"""The arithmetic below the kernels: against 50 digits, and where its figures come from."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from quanticity.quant import elementary
from quanticity.quant.compiled import FLOATS, OUT, compiled
from quanticity.quant.elementary import exp, exp2, expm1, log_ratio


@compiled(OUT(FLOATS))
def _exp(x):
    found = np.empty(len(x))
    for i in range(len(x)):
        found[i] = exp(x[i])
    return found


@compiled(OUT(FLOATS))
def _expm1(x):
    found = np.empty(len(x))
    for i in range(len(x)):
        found[i] = expm1(x[i])
    return found


@compiled(OUT(FLOATS))
def _exp2(x):
    found = np.empty(len(x))
    for i in range(len(x)):
        found[i] = exp2(x[i])
    return found


@compiled(OUT(FLOATS, FLOATS))
def _log_ratio(a, b):
    found = np.empty(len(a))
    for i in range(len(a)):
        found[i] = log_ratio(a[i], b[i])
    return found


def worst(found, exact) -> float:
    with mp.workdps(50):
        return max(
            float(abs(mp.mpf(float(one)) / other - 1))
            for one, other in zip(found, exact, strict=True)
        )


def test_exponential():
    x = np.concatenate([np.linspace(-708, 709, 500), np.geomspace(1e-18, 1, 50)])
    with mp.workdps(50):
        assert worst(_exp(x), [mp.exp(float(one)) for one in x]) < 4e-16
    assert _exp(np.array([-709.0, -1e9, 0.0])).tolist() == [0, 0, 1]


def test_powers_of_two():
    x = np.linspace(-1021, 1023, 700)
    with mp.workdps(50):
        assert worst(_exp2(x), [mp.mpf(2) ** float(one) for one in x]) < 4e-16
    assert _exp2(np.array([-1022.0, -1e9, 0.0, 10.0])).tolist() == [0, 0, 1, 1024]


def test_exponential_less_one_keeps_its_digits_around_zero():
    x = np.concatenate([np.geomspace(1e-18, 30, 300), -np.geomspace(1e-18, 30, 300)])
    with mp.workdps(50):
        assert worst(_expm1(x), [mp.expm1(float(one)) for one in x]) < 8e-16


def test_logarithm_of_a_ratio_keeps_its_digits_around_one():
    near = 5000 * (
        1 + np.concatenate([np.geomspace(1e-15, 0.9, 200), -np.geomspace(1e-15, 0.9, 200)])
    )
    far = 5000 * np.geomspace(1e-9, 1e9, 200)
    a = np.concatenate([near, far])
    b = np.full(len(a), 5000.0)
    with mp.workdps(50):
        assert worst(_log_ratio(a, b), [mp.log(mp.mpf(float(one)) / 5000) for one in a]) < 1e-15
    assert _log_ratio(b, b).tolist() == [0] * len(b)


def test_the_polynomial_of_mills_ratio_is_made_as_it_says():
    """Chebyshev's series of (y + 4) Y(y - 1/4) in t = (y - 4) / (y + 4), written in powers."""
    shift, scale = mp.mpf(elementary.MILLS_SHIFT), mp.mpf(elementary.MILLS_SCALE)
    count, nodes = len(elementary.MILLS), 60
    with mp.workdps(60):
        angles = [mp.pi * (at + mp.mpf(1) / 2) / nodes for at in range(nodes)]

        def scaled(t):
            y = scale * (1 + t) / (1 - t)
            z = y - shift
            return (y + scale) * mp.sqrt(mp.pi / 2) * mp.exp(z * z / 2) * mp.erfc(z / mp.sqrt(2))

        values = [scaled(mp.cos(angle)) for angle in angles]
        series = [
            (2 if at else 1) / mp.mpf(nodes)
            * mp.fsum(v * mp.cos(at * angle) for v, angle in zip(values, angles, strict=True))
            for at in range(count)
        ]  # fmt: skip
        powers = [mp.mpf(0)] * count
        before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
        for at, weight in enumerate(series):
            for power, factor in enumerate(before):
                powers[power] += weight * factor
            after = [mp.mpf(0)] + [2 * factor for factor in now]
            for power, factor in enumerate(before):
                after[power] -= factor
            before, now = now, after
            del at
        assert [float(each) for each in powers] == pytest.approx(list(elementary.MILLS), abs=1e-18)
