"""Whose option orders these are, and whether they open: what prints can tell, and no more.

Prices and premiums in USD, sizes in contracts; arrays of one length, an entry for each alert or
trade.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from quanticity.quant.exposure import Bools, Floats

Words = npt.NDArray[np.str_]

AUCTION = frozenset(("slan",))
"""OPRA's code of a single-leg auction without a sweep, where brokers have retail orders filled at
a better price: S. Bryzgalova, A. Pavlova, T. Sikorskaya, Retail Trading in Options and the Rise
of the Big Three Wholesalers (Journal of Finance 78, 2023)."""
FLOOR = frozenset(("slft", "mlft", "mfsl", "tlft", "tfsl"))
"""OPRA's codes of trades on a floor, of one leg, several legs, and with stock."""
CANCELLED = frozenset(("canc", "cncl", "cnco", "cnol"))
"""OPRA's codes of cancelled trades."""

LARGE, SMALL = 200.0, 100.0
"""Contracts of an order: Cboe's Open-Close data call 200 and more large, less than 100 small."""
BLOCK_USD, SMALL_USD = 200_000.0, 20_000.0
"""USD of an order: a block; and the cut-off of C. Lee and B. Radhakrishna, Inferring Investor
Behavior (Journal of Financial Markets 3, 2000), below which it is an individual's as a rule."""


def order_sizes(sizes: Floats, trades: Floats, sweeps: Bools) -> Floats:
    """Contracts of one order: of a sweep all (one order, split over venues), else the mean trade.

    Sizes of 400 in 8 trades: 50; as a sweep 400.
    """
    found: Floats = np.where(sweeps, sizes, sizes / np.maximum(trades, 1.0))
    return found


def by_size(orders: Floats, values: Floats, sweeps: Bools, floors: Bools, legs: Bools) -> Words:
    """`institutional`, `retail` or `unclear`, of each order.

    Institutional: negotiated on a floor, or at least 200 contracts, or at least $200,000
    (`values`, USD of the order). Retail: less than 100 contracts for at most $20,000, of one leg,
    and neither a sweep nor from a floor. Nobody publishes who traded: it is a guess by size, and
    an institution that slices its order is taken for retail.
    """
    large = floors | (orders >= LARGE) | (values >= BLOCK_USD)
    small = (orders < SMALL) & (values <= SMALL_USD) & ~sweeps & ~floors & ~legs
    found: Words = np.select([large, small], ["institutional", "retail"], "unclear")
    return found


def by_code(sizes: Floats, values: Floats, codes: Sequence[str]) -> Words:
    """`institutional`, `retail`, `small` or `unclear`, of single trades with OPRA's codes.

    Institutional as in `by_size`. Retail by the auction, whatever the size below that: it finds a
    part of retail trades, and little else. `small` is less than 100 contracts for at most $20,000
    outside of it: retail orders and sliced ones alike.
    """
    known = [code.lower() for code in codes]
    floors = np.array([code in FLOOR for code in known], dtype=np.bool_)
    auctions = np.array([code in AUCTION for code in known], dtype=np.bool_)
    large = floors | (sizes >= LARGE) | (values >= BLOCK_USD)
    small = (sizes < SMALL) & (values <= SMALL_USD)
    names = ["institutional", "retail", "small"]
    found: Words = np.select([large, auctions, small], names, "unclear")
    return found


def by_opening(
    orders: Floats, volumes: Floats, open_interest: Floats, flagged: Bools, sold: Bools
) -> Words:
    """`opening`, `opening_likely`, `closing_possible` or `unclear`, of each order.

    Opening: the vendor's flag, or an order above all that was open this morning. Likely: the
    day's volume is above it, which is the usual sign, but contracts opened today may be closed
    today as well (see `least_opened`). Closing is possible where the taker sold (`sold`) and all
    of the day's volume could have been closing. Whether it was, only tomorrow's open interest
    tells. NaN says nothing either way.
    """
    opening = flagged | (orders > open_interest)
    likely = volumes > open_interest
    closing = sold & (volumes <= open_interest)
    names = ["opening", "opening_likely", "closing_possible"]
    found: Words = np.select([opening, likely, closing], names, "unclear")
    return found


def least_opened(volumes: Floats, open_interest: Floats) -> Floats:
    """Contracts that must have been opened today, for what was open this morning: (V - OI) / 2.

    All that is closed was open before: this morning, or by a trade of today. Of 300 traded with
    100 open, at least 100 opened. NaN where either is unknown, 0 where all may have closed.
    """
    found: Floats = np.maximum(volumes - open_interest, 0.0) / 2
    return found
