"""Imbalance, liquidity and cost of an order book. Sizes are shares or contracts, prices USD."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from quanticity.quant.exposure import Floats

TOP = 5
"""Levels of each side that count as depth."""


class Grade(StrEnum):
    """How easily a book can be traded: see `liquidity_grade`."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


def imbalance(bid_sizes: Floats, ask_sizes: Floats) -> float | None:
    """(B - A) / (B + A) of all sizes given: 1 is bids only, -1 is asks only; None is no size.

    18 bid against 200 asked is -.834862.
    """
    bid, ask = float(np.sum(bid_sizes)), float(np.sum(ask_sizes))
    return (bid - ask) / (bid + ask) if bid + ask > 0 else None


def spread_bps(bid: float, ask: float) -> float | None:
    """(ask - bid) / bid, in basis points; negative where crossed, None without a bid."""
    return (ask - bid) / bid * 1e4 if bid > 0 else None


def depth(bid_sizes: Floats, ask_sizes: Floats, levels: int = TOP) -> float:
    """The smaller side's size in its best `levels`; both arrays best first."""
    return float(min(np.sum(bid_sizes[:levels]), np.sum(ask_sizes[:levels])))


def liquidity_grade(spread: float, size: float) -> Grade:
    """A below 5 bps with more than 1,000 deep, B below 10 bps with more than 500, else C.

    `spread` is in basis points of the bid, `size` in shares: the smaller side (see `depth`).

    D is for a book in which nobody can be traded with on both sides: crossed (a negative spread)
    or with an empty side.
    """
    if spread < 0 or size <= 0:
        return Grade.D
    if spread < 5 and size > 1000:
        return Grade.A
    if spread < 10 and size > 500:
        return Grade.B
    return Grade.C


def sweep_price(prices: Floats, sizes: Floats, amounts: Floats) -> Floats:
    """The average price (USD) of taking each of `amounts` from one side, best first; shape (m,).

    `prices` and `sizes` (n,) are the side's levels. NaN where it does not show that much. What it
    hides and who comes back in between is not in it, nor what it does to the price afterwards.
    """
    if not len(prices):
        return np.full(len(amounts), np.nan)
    reach, paid = np.cumsum(sizes), np.cumsum(prices * sizes)
    level = np.minimum(np.searchsorted(reach, amounts, side="left"), len(prices) - 1)
    before = np.where(level > 0, reach[level - 1], 0.0)
    spent = np.where(level > 0, paid[level - 1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        average = (spent + (amounts - before) * prices[level]) / amounts
    return np.where((amounts > 0) & (amounts <= reach[-1]), average, np.nan)


def within(prices: Floats, sizes: Floats, limit: float) -> float:
    """How much of one side lies within `limit` USD of its best price; levels best first."""
    return float(np.sum(sizes[np.abs(prices - prices[:1]) <= limit])) if len(prices) else 0.0
