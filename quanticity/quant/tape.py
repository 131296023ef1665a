"""Who began a trade, and what kind of print it is. Prices USD, sizes shares; arrays oldest first.

Signs by the rule of Lee and Ready, Inferring Trade Direction from Intraday Data, Journal of
Finance 46 (1991): above the middle of the quote a buy, below it a sell, and at the middle by the
tick test. Without a quote the tick test alone. Quotes are taken as they stood at the print: the
five seconds that the paper waits for are of its time's slow tapes.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from quanticity.quant.compiled import FLOAT, FLOATS, OUT, alike, compiled
from quanticity.quant.exposure import Bools, Floats

BLOCK_SHARES, BLOCK_USD = 10_000.0, 200_000.0
"""A block is as large as either (NYSE rule 127.10, as it stood)."""
ROUND_LOTS = ((250.0, 100.0), (1_000.0, 40.0), (10_000.0, 10.0), (math.inf, 1.0))
"""(price up to which, shares): SEC rule 600(b)(93) as amended in 2020, in force 2025-11-03."""

_MOST_USD, _MOST_SHARES = 1e7, 1e10
# The dearest share costs under a million; beyond these a print is a slip of whoever wrote it.


def usable(times: Floats, prices: Floats, sizes: Floats, first: float, last: float) -> Bools:
    """Which prints (n,) can be counted: of a time from `first` to `last` (epoch seconds).

    And of a price and a size above zero that can be: below 10 million USD and 10 billion shares.
    """
    timely = (times >= first) & (times <= last)
    found: Bools = timely & (prices > 0) & (prices < _MOST_USD) & (sizes > 0)
    return found & (sizes < _MOST_SHARES)


def lee_ready(
    prices: Floats, bids: Floats, asks: Floats, last: float = math.nan, sign: float = 0.0
) -> Floats:
    """Sign of each print, shape (n,): 1 a buy, -1 a sell, 0 where nothing tells.

    `bids` and `asks` (n,) are the quotes it met; NaN, zero or crossed ones are none. `last` is
    the price of the print before the first (NaN for none), `sign` how the tick test had it: give
    both to go on with a tape that comes in pieces. Of the result take its own last sign only
    with `tick_after`, for a quote may have overruled the tick. ValueError where lengths differ.
    """
    paid, bid, ask = alike(prices, bids, asks)
    return _signs(paid, bid, ask, last, sign)


@compiled(OUT(FLOATS, FLOATS, FLOATS, FLOAT, FLOAT))
def _signs(prices: Floats, bids: Floats, asks: Floats, last: float, sign: float) -> Floats:
    count = prices.shape[0]
    signs = np.zeros(count)
    tick = sign
    for at in range(count):
        price = prices[at]
        if price > last:
            tick = 1.0
        elif price < last:
            tick = -1.0
        last = price
        signs[at] = tick
        bid, ask = bids[at], asks[at]
        if bid > 0.0 and ask >= bid:
            middle = 0.5 * (bid + ask)
            if price > middle:
                signs[at] = 1.0
            elif price < middle:
                signs[at] = -1.0
    return signs


def tick_after(prices: Floats, last: float = math.nan, sign: float = 0.0) -> float:
    """What the tick test says of the last of `prices`: the sign of the last change of price.

    `last` and `sign` as in `lee_ready`; 0 where the price never changed.
    """
    path = prices if math.isnan(last) else np.concatenate(([last], prices))
    moves = np.diff(path)
    changes = np.flatnonzero(moves)
    return float(np.sign(moves[changes[-1]])) if len(changes) else sign


def round_lot(prices: Floats) -> Floats:
    """Shares of a round lot at each price: 100 to $250, 40 to $1,000, 10 to $10,000, else 1.

    The exchanges assign it for a month or more by the average close of one before; here it is
    taken from `prices`, which should be the stock's level and not a print's.
    """
    limits, lots = np.array(ROUND_LOTS).T
    places: npt.NDArray[np.int64] = np.searchsorted(limits, prices, side="left")
    found: Floats = lots[np.minimum(places, len(lots) - 1)]
    return found


def is_odd(sizes: Floats, lots: Floats) -> Bools:
    """Which prints are below the round lot (shares, scalar or one each): 60 at $500 is not."""
    found: Bools = sizes < lots
    return found


def is_block(prices: Floats, sizes: Floats) -> Bools:
    """Which prints are blocks: at least 10,000 shares, or at least $200,000."""
    found: Bools = (sizes >= BLOCK_SHARES) | (prices * sizes >= BLOCK_USD)
    return found
