"""How likely a price is to be pinned to a strike at expiry, from open interest.

Who is long options and hedges them sells above the strike and buys below it, the more so the
nearer expiry is, and so holds the price there (Avellaneda and Lipkin, "A market-induced mechanism
for stock pinning", 2003; seen by Ni, Pearson and Poteshman, "Stock price clustering on option
expiration dates", 2005). No closed form covers a whole chain; here each strike's chance to be the
one nearest the closing price is weighted with the gamma that hedgers would hold there:

    p_k = d_k g_k / sum(d g)

d_k is the lognormal probability, without drift, of an end nearer strike k than any other; g_k the
gross gamma (USD per 1% move, calls and puts alike) with the price at strike k. Where gamma is the
same everywhere only the diffusion is left; where it is all at one strike that strike has it all.
"""

from __future__ import annotations

import math

import numpy as np

from quanticity.quant import normal
from quanticity.quant.exposure import Floats


def nearest_strike(strikes: Floats, spot: float, vol: float, years: float) -> Floats:
    """For each strike (ascending, each once) the probability that the end is nearest to it.

    `spot` in USD, `vol` a yearly fraction, `years` the time left; lognormal, with the spot as its
    mean. They add up to 1. ValueError where a figure is not above zero.
    """
    if not (spot > 0 and vol > 0 and years > 0 and np.all(strikes > 0)):
        raise ValueError("strikes, spot, vol and years have to be above zero")
    width = vol * math.sqrt(years)
    between = (strikes[1:] + strikes[:-1]) / 2
    below = normal.cdf(np.log(between / spot) / width + width / 2)
    return np.diff(np.concatenate([[0.0], below, [1.0]]))


def weighted(diffusion: Floats, gamma: Floats) -> Floats | None:
    """The probabilities weighted with gross gamma (not below zero); None where nobody has any.

    .2, .5, .3 with gamma 1, 2, 0: .1667, .8333, 0.
    """
    product = diffusion * gamma
    total = float(product.sum())
    return product / total if total > 0 else None
