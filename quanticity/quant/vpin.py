"""Volume-synchronised probability of informed trading, VPIN.

Easley, Lopez de Prado and O'Hara, Flow Toxicity and Liquidity in a High-frequency World, Review of
Financial Studies 25 (2012): the tape is cut into buckets of equal volume V, and VPIN is the mean of
abs(V_B - V_S) / V over the last buckets. It is 0 where every bucket is balanced, 1 where each has
one side only.

It describes the flow that was. Andersen and Bondarenko, VPIN and the Flash Crash, Journal of
Financial Markets 17 (2014), found that it foretells nothing beyond volume and volatility.
"""

from __future__ import annotations

import math

import numpy as np

from quanticity.quant.compiled import FLOAT, FLOATS, INT, OUT, alike, compiled, floats, inlined
from quanticity.quant.exposure import Floats

BUCKETS = 50
"""Buckets that are averaged."""
A_DAY = 50
"""Buckets that a day's volume makes."""
TOXIC, SPIKE = 0.73, 0.89
"""Levels of the design notes; they come from no paper, and depend on bucket and method."""


def buckets(
    volumes: Floats,
    bought: Floats,
    size: float,
    filled: float = 0.0,
    held: float = 0.0,
    most: int = 1000,
) -> Floats:
    """Imbalance (V_B - V_S) / V, -1 to 1, of each bucket of `size` shares that gets full.

    `volumes` (n,) are shares of each print or bar, above zero, and `bought` (n,) the part of each
    that buyers began, 0 to 1. What overflows a bucket goes to the next in the same proportion.
    The first bucket has `filled` shares already, of which buys less sells were `held`. After the
    full ones, of which the newest `most` are kept, the last two values are the same of the bucket
    left open: shape (full + 2,). Without a size above zero there is none. A volume that is not
    above zero, or infinite, is no print and fills nothing. ValueError where lengths differ, a part
    is not within 0 to 1, or `most` is below 1.
    """
    shares, parts = alike(volumes, bought)
    if not np.all((parts >= 0) & (parts <= 1)):
        raise ValueError("the part that buyers began lies between 0 and 1")
    return _buckets(shares, parts, size, filled, held, _at_least_one(most))


@compiled(OUT(FLOATS, FLOATS, FLOAT, FLOAT, FLOAT, INT))
def _buckets(
    volumes: Floats, bought: Floats, size: float, filled: float, held: float, most: int
) -> Floats:
    ring = np.empty(most)
    count = 0
    for at in range(volumes.shape[0]):
        left, lean = volumes[at], 2.0 * bought[at] - 1.0
        if not size > 0.0:
            break
        if not 0.0 < left < np.inf:
            continue
        # Of one print that fills more than are kept, the first fall out anyway.
        over = math.floor(left / size) - most - 1
        if over > 0:
            left -= over * size
        while filled + left >= size:
            part = size - filled
            # Rounding may carry a bucket of one side a hair beyond it.
            ring[count % most] = min(1.0, max(-1.0, (held + part * lean) / size))
            count += 1
            left = max(0.0, left - part)
            filled, held = 0.0, 0.0
        filled += left
        held += left * lean
    kept = min(count, most)
    found = np.empty(kept + 2)
    for at in range(kept):
        found[at] = ring[(count - kept + at) % most]
    found[kept], found[kept + 1] = filled, held
    return found


def vpin(imbalances: Floats, window: int = BUCKETS) -> float | None:
    """Mean of abs(imbalance) of the last `window` full buckets: 0 to 1; None where none is full."""
    last = imbalances[-_at_least_one(window) :]
    return float(np.abs(last).mean()) if len(last) else None


@inlined
def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x * 0.7071067811865476)


def bulk_bought(changes: Floats, sigma: float) -> Floats:
    """The part of each bar's volume that buyers began, 0 to 1, by its change of price alone.

    Bulk volume classification: Phi(dP / sigma) of the `changes` (n,) of price from bar to bar and
    their deviation `sigma`, both USD. A half each where `sigma` is zero or a change is NaN.
    """
    return _bulk_bought(floats(changes), sigma)


@compiled(OUT(FLOATS, FLOAT))
def _bulk_bought(changes: Floats, sigma: float) -> Floats:
    found = np.empty(changes.shape[0])
    for at in range(changes.shape[0]):
        change = changes[at]
        if sigma > 0.0 and not math.isnan(change):
            found[at] = _normal(change / sigma)
        else:
            found[at] = 0.5
    return found


def of_bars(closes: Floats, volumes: Floats, size: float, window: int = BUCKETS) -> Floats:
    """VPIN after each bar by bulk classification, shape (n,); NaN before the first full bucket.

    `closes` (USD) and `volumes` (shares) are of bars of one length, (n,), oldest first. Bars in
    which nothing traded belong to it, with a volume of zero and the close before: sigma is the
    deviation of all changes, with the population's divisor. `size` is shares of a bucket. All are
    NaN where a close is not finite: of no change is known then how unusual it is. ValueError where
    lengths differ, or `window` is below 1.
    """
    prices, shares = alike(closes, volumes)
    return _of_bars(prices, shares, size, _at_least_one(window))


def _at_least_one(count: int) -> int:
    if count < 1:
        raise ValueError(f"at least one bucket is wanted, not {count}")
    return count


@compiled(OUT(FLOATS, FLOATS, FLOAT, INT))
def _of_bars(closes: Floats, volumes: Floats, size: float, window: int) -> Floats:
    count = closes.shape[0]
    found = np.full(count, np.nan)
    if count == 0 or not size > 0.0:
        return found
    mean, squares = (closes[count - 1] - closes[0]) / max(1, count - 1), 0.0
    for at in range(1, count):
        apart = closes[at] - closes[at - 1] - mean
        squares += apart * apart
    sigma = math.sqrt(squares / max(1, count - 1))
    if not sigma < np.inf:
        return found
    inverse = 1.0 / sigma if sigma > 0.0 else 0.0
    ring = np.zeros(window)
    full, total, filled, held = 0, 0.0, 0.0, 0.0
    for at in range(count):
        left = volumes[at]
        over = math.floor(left / size) - window - 1
        if over > 0:
            left -= over * size
        if 0.0 < left < np.inf:
            change = closes[at] - closes[at - 1] if at else 0.0
            lean = 2.0 * _normal(change * inverse) - 1.0
            while filled + left >= size:
                part = size - filled
                one = min(1.0, abs(held + part * lean) / size)
                place = full % window
                total += one - ring[place]
                ring[place] = one
                full += 1
                left = max(0.0, left - part)
                filled, held = 0.0, 0.0
            filled += left
            held += left * lean
        if full:
            found[at] = min(1.0, max(0.0, total / min(full, window)))
    return found
