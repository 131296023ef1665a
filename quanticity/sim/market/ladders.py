"""The rows of a book at every step of a minute, as arrays.

A row stands at a price (in ticks) and at a place among those of one price. Its size is a function
of price, place and time alone: it holds for a while and is then drawn anew, so that rows stay when
the best price moves away and are found again when it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.listing import Listed
from quanticity.sim.market.venues import LIT, LIT_SHARES, home, is_stock

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

ROWS = 10
"""Rows of a side."""
ASK, BID = 0, 1

# Ticks (or gaps of several ticks) from the best price, and the place among rows of one price.
_SHARED = (np.array([0, 0, 1, 1, 2, 3, 4, 5, 6, 8]), np.array([0, 1, 0, 1, 0, 0, 0, 0, 0, 0]))
_ALONE = (np.arange(ROWS), np.zeros(ROWS, dtype=np.int64))
_BUSIEST, _CALMEST = 14, 400  # steps for which a row's size holds, on average
_VENUES = np.cumsum(LIT_SHARES) / sum(LIT_SHARES)
_TAKEN = 0.7  # of what trades at the best price, so much was displayed there
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STRIDES = tuple(
    np.uint64(word)
    for word in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
)
_PART = np.uint64(0xFFFF)
_IRWIN = 1 / (65_536 * np.sqrt(4 / 12))  # four 16-bit words added up, as a standard normal


@dataclass(frozen=True, slots=True)
class Ladders:
    """A minute's book: arrays of steps x 2 sides (ask, bid) x rows, best row first.

    `price` is in ticks, `size` in units of size, `venue` in numbers of VENUES; `key` is the same
    for a row as long as it stands at its price and place.
    """

    price: Ints
    size: Ints
    venue: npt.NDArray[np.int8]
    key: Ints

    def part(self, steps: slice) -> Ladders:
        """The same at some of the steps."""
        return Ladders(self.price[steps], self.size[steps], self.venue[steps], self.key[steps])

    def behind(self, first: Ladders) -> Ladders:
        """At each step the state before; at the first, the one state given."""
        return Ladders(
            np.concatenate([first.price, self.price[:-1]]),
            np.concatenate([first.size, self.size[:-1]]),
            np.concatenate([first.venue, self.venue[:-1]]),
            np.concatenate([first.key, self.key[:-1]]),
        )


def ladders(each: Listed, seed: int, first: int, bid: Ints, spread: int, taken: Ints) -> Ladders:
    """The book at each step from the number `first` on (steps since the epoch).

    `bid` is the best bid at each step, in ticks; `taken` (steps x 2) what traded in it on the lit
    venues at the ask and at the bid. What was taken is missing from the best row a step later.
    """
    offset, place = _SHARED if is_stock(each) else _ALONE
    gap = max(1, spread // 2)
    best = np.stack([bid + spread, bid], axis=1)
    price = np.empty((len(bid), 2, ROWS), dtype=np.int64)
    for number, away in ((ASK, 1), (BID, -1)):
        here = best[:, number, None]
        # Beyond the best price rows stand on a grid of gaps, so that few move when it does.
        grid = (here * away // gap * away + away * offset) * gap
        price[:, number] = np.where(offset == 0, here, grid)
    side = np.array([ASK, BID])[None, :, None]
    levels = _mixed(
        price.astype(np.uint64) * _STRIDES[0] + side.astype(np.uint64) * _STRIDES[1]
        + np.uint64(seed)
    )  # fmt: skip
    rows = _mixed(levels + place.astype(np.uint64) * _STRIDES[2])
    usual = int(np.clip(4_500 // max(each.prints, 1), _BUSIEST, _CALMEST))
    holds = (usual // 2 + (rows >> np.uint64(48)) % np.uint64(usual)).astype(np.int64)
    step = first + np.arange(len(bid), dtype=np.int64)[:, None, None]
    epoch = (step + (rows >> np.uint64(20)).astype(np.int64) % holds) // holds
    luck = _normal(_mixed(rows + epoch.astype(np.uint64) * _STRIDES[3]))
    size = _sizes(each, luck)
    size[1:, :, 0] = _less(size[1:, :, 0], taken[:-1], best[1:] == best[:-1], _least(each))
    return Ladders(price, size, _venues(each, levels, place), price * 2 + place)


def _sizes(each: Listed, luck: Array) -> Ints:
    least = _least(each)
    rows = np.rint(each.depth / least * np.exp(0.65 * luck))
    return np.asarray(np.maximum(1, rows) * least, dtype=np.int64)


def _least(each: Listed) -> int:
    """The smallest size that is displayed."""
    return {"fx": 25_000, "stock": 100, "etf": 100}.get(each.kind, 1)


def _less(size: Ints, taken: Ints, stays: npt.NDArray[np.bool_], least: int) -> Ints:
    """Sizes less what was taken from them a step before, where the price is still the same."""
    gone = np.minimum(taken * _TAKEN, size * 0.8) * stays
    return np.asarray(np.maximum(least, (size - gone) // least * least), dtype=np.int64)


def _venues(each: Listed, levels: Words, place: Ints) -> npt.NDArray[np.int8]:
    """A venue for each row; two rows of one price are never of the same one."""
    if not is_stock(each):
        return np.full(levels.shape, home(each, ""), dtype=np.int8)
    share = (levels & _PART).astype(np.float64) / 65_536
    found = np.minimum(np.searchsorted(_VENUES, share), LIT - 1)
    beside = 1 + ((levels >> np.uint64(16)) % np.uint64(LIT - 1)).astype(np.int64)
    return np.asarray((found + place * beside) % LIT, dtype=np.int8)


def _mixed(words: Words) -> Words:
    """Words whose bits look random (the finalizer of splitmix64)."""
    words = (words ^ (words >> np.uint64(30))) * _MIX[0]
    words = (words ^ (words >> np.uint64(27))) * _MIX[1]
    return words ^ (words >> np.uint64(31))


def _normal(words: Words) -> Array:
    """Standard normal numbers, nearly, from words."""
    total = np.zeros(words.shape)
    for shift in (0, 16, 32, 48):
        total += (words >> np.uint64(shift)) & _PART
    return np.asarray((total - 131_070) * _IRWIN)
