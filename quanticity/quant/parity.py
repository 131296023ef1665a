"""The spot that a chain's own quotes imply, and what both sides of a strike share."""

from __future__ import annotations

import numpy as np

from quanticity.quant.exposure import Bools, Floats

_STRIKES = 5
_EXPIRIES = 4


def implied_forward(
    strikes: Floats, is_call: Bools, bid: Floats, ask: Floats, discount: float = 1.0
) -> float | None:
    """The forward (USD) of one expiry by put-call parity, F = K + (C - P) / discount, at mids.

    Of the five strikes where call and put are worth most nearly the same, the median: one bad
    quote moves it little. `discount` is exp(-rate x years); left out, the error is worth less than
    the spread for weeks, and not for years. None where no strike has two-sided, uncrossed quotes
    of both call and put. Early exercise is ignored: near the money and near expiry it is small.
    """
    good = (bid > 0) & (ask >= bid)
    levels, place = np.unique(strikes, return_inverse=True)
    call = np.full(len(levels), np.nan)
    put = np.full(len(levels), np.nan)
    mid = (bid + ask) / 2
    call[place[good & is_call]] = mid[good & is_call]
    put[place[good & ~is_call]] = mid[good & ~is_call]
    apart = call - put
    paired = np.flatnonzero(np.isfinite(apart))
    if not len(paired):
        return None
    closest = paired[np.argsort(np.abs(apart[paired]), kind="stable")[:_STRIKES]]
    return float(np.median(levels[closest] + apart[closest] / discount))


def implied_forwards(
    expires: Floats,
    years: Floats,
    strikes: Floats,
    is_call: Bools,
    bid: Floats,
    ask: Floats,
    rate: float = 0.0,
) -> Floats:
    """For each contract the forward (USD) that the quotes of its own expiry imply, NaN for none.

    `expires` tells expiries apart; `years` is what is left until then, `rate` yearly.
    """
    found = np.full(len(strikes), np.nan)
    order = np.argsort(expires, kind="stable")
    starts = np.flatnonzero(np.diff(expires[order], prepend=np.nan))
    for mine in np.split(order, starts[1:]):
        if len(mine):
            forward = implied_forward(
                strikes[mine],
                is_call[mine],
                bid[mine],
                ask[mine],
                float(np.exp(-rate * years[mine[0]])),
            )
            if forward is not None and forward > 0:
                found[mine] = forward
    return found


def implied_spot(
    expires: Floats, strikes: Floats, is_call: Bools, bid: Floats, ask: Floats
) -> float | None:
    """The price (USD) that quotes of the nearest expiries imply: the first that imply one.

    `expires` are moments in any unit, and only their order counts; at most the four nearest are
    looked at. The forward of a near expiry stands for the spot: carry of a few days is small.
    """
    for moment in np.unique(expires)[:_EXPIRIES].tolist():
        mine = expires == moment
        found = implied_forward(strikes[mine], is_call[mine], bid[mine], ask[mine])
        if found is not None:
            return found
    return None


def other_side(values: Floats, strike: Floats, expires: Floats, is_call: Bools) -> Floats:
    """Of each contract the value of the put or call on the other side of its strike; (n,).

    NaN where there is none. `expires` tells expiries apart, in any unit. By put-call parity both
    sides have one volatility.
    """
    # Sorted by expiry, then by strike.
    place = np.unique(expires + 1j * strike, return_inverse=True)[1]
    by_side = np.full((2, int(place.max(initial=-1)) + 1), np.nan)
    side = np.asarray(is_call).astype(np.int64)
    by_side[side, place] = values
    found: Floats = by_side[1 - side, place]
    return found
