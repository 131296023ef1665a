"""The normal distribution against 50 digits."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from quanticity.quant import normal

X = np.concatenate([np.linspace(-37.4, 37.4, 400), [-0.25, -1e-9, 0.0, 1e-300, 8.0]])


def off(found, exact) -> float:
    with mp.workdps(50):
        return max(
            float(abs(mp.mpf(float(one)) / exact(mp.mpf(float(x))) - 1))
            for one, x in zip(found, X, strict=True)
        )


def below(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def test_distribution_and_density_have_all_their_digits_in_the_tails():
    # x^2 / 2 rounds: at 37 standard deviations that alone is 700 x 1e-16.
    assert off(normal.cdf(X), below) < 2e-13
    assert off(normal.sf(X), lambda x: below(-x)) < 2e-13
    assert off(normal.pdf(X), mp.npdf) < 2e-13
    assert normal.cdf(-8.0) == pytest.approx(6.220960574271785e-16, rel=1e-14)


def test_mills_ratio():
    with mp.workdps(50):
        for z in (-0.25, 0.0, 0.3, 1.0, 4.0, 12.0, 37.0):
            exact = below(-mp.mpf(z)) / mp.npdf(z)
            assert float(abs(normal.mills_ratio(z) / exact - 1)) < 1e-15
    assert normal.mills_ratio(1e9) == pytest.approx(1e-9, abs=1e-8)
    assert np.isnan(normal.mills_ratio([-0.3, np.nan])).all()


def test_quantiles_are_the_inverse():
    x = np.linspace(-37, 5, 300)
    assert normal.ppf(normal.cdf(x)) == pytest.approx(x, rel=1e-13, abs=1e-9)
    p = np.array([1e-300, 1e-10, 0.025, 0.3, 0.5, 0.84134, 0.975, 1 - 1e-12])
    assert normal.cdf(normal.ppf(p)) == pytest.approx(p, rel=1e-12)
    assert normal.ppf(0.975) == pytest.approx(1.959963984540054, rel=1e-15)
    assert normal.ppf([0.0, 1.0]).tolist() == [-np.inf, np.inf]
    assert np.isnan(normal.ppf([-0.1, 1.1, np.nan])).all()


def test_what_is_no_number_gives_no_number():
    for function in (normal.pdf, normal.cdf, normal.sf):
        assert np.isnan(function(np.nan))
    assert normal.cdf([-np.inf, np.inf]).tolist() == [0, 1]
    assert normal.pdf(np.inf) == 0
    assert normal.cdf(np.zeros((2, 3))).shape == (2, 3)
    assert np.ndim(normal.cdf(0.0)) == 0
