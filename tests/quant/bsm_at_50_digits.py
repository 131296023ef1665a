"""Black-Scholes-Merton at 50 digits, as textbooks write it: what the kernels are held against."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath as mp

DIGITS = 50


@dataclass(frozen=True)
class Exact:
    """A figure, and the largest of the terms that it is the sum of."""

    value: mp.mpf
    term: mp.mpf


def price(s, k, t, v, call, r, q) -> mp.mpf:
    """USD a share."""
    d1, d2, spot, cash = _parts(s, k, t, v, r, q)
    side = 1 if call else -1
    return side * (spot * _cdf(side * d1) - cash * _cdf(side * d2))


def greeks(s, k, t, v, call, r, q) -> dict[str, Exact]:
    """All of `FirstOrder` and `HigherOrder`, in their units."""
    with mp.workdps(DIGITS):
        d1, d2, spot, cash = _parts(s, k, t, v, r, q)
        s, t, v, r, q = (mp.mpf(x) for x in (s, t, v, r, q))
        side = 1 if call else -1
        w = v * mp.sqrt(t)
        first, second = spot * _cdf(side * d1), cash * _cdf(side * d2)
        b = spot * mp.npdf(d1)
        gamma, vega = b / (s * s * w), b * mp.sqrt(t)
        slide = ((r - q + v * v / 2) * t - mp.log(s / mp.mpf(k))) / (2 * t * w)
        return {
            "price": _sum(side * (first - second)),
            "delta": _sum(side * first / s),
            "gamma": _sum(gamma),
            "vega": _sum(vega / 100),
            "theta": _sum(
                -b * v / (2 * mp.sqrt(t)) / 365, side * q * first / 365, -side * r * second / 365
            ),
            "rho": _sum(side * t * second / 100),
            "vanna": _sum(-b * d2 / (s * v)),
            "charm": _sum(side * q * first / s, -b * slide / s),
            "vomma": _sum(vega * d1 * d2 / v),
            "veta": _sum(vega * q, vega * d1 * slide, -vega / (2 * t)),
            "speed": _sum(-gamma * d1 / (s * w), -gamma / s),
            "zomma": _sum(gamma * d1 * d2 / v, -gamma / v),
            "color": _sum(gamma * q, gamma * d1 * slide, gamma / (2 * t)),
        }


def _parts(s, k, t, v, r, q):
    s, k, t, v, r, q = (mp.mpf(x) for x in (s, k, t, v, r, q))
    w = v * mp.sqrt(t)
    d1 = (mp.log(s / k) + (r - q) * t) / w + w / 2
    return d1, d1 - w, s * mp.exp(-q * t), k * mp.exp(-r * t)


def _cdf(x):
    # mpmath's own keeps the lower tail only through erfc.
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _sum(*terms) -> Exact:
    return Exact(mp.fsum(terms), max(abs(term) for term in terms))
