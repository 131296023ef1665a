"""Bars of prints, and longer bars of shorter ones. Prices USD, volumes shares, times epoch seconds.

A bar is there only where something traded, as vendors have it: none is made up for a halt.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quanticity.quant.exposure import Bools, Floats


class Bars(NamedTuple):
    """Bars of one length, oldest first; arrays of shape (n,).

    `starts` are multiples of the length, and a bar holds what traded from its start up to its
    end, the end not included. `turnovers` are USD, and `counts` prints.
    """

    starts: Floats
    opens: Floats
    highs: Floats
    lows: Floats
    closes: Floats
    volumes: Floats
    turnovers: Floats
    counts: Floats

    @property
    def vwaps(self) -> Floats:
        """The average price of each by volume; NaN where the volume is not known."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.volumes > 0, self.turnovers / self.volumes, np.nan)

    def where(self, which: Bools) -> Bars:
        """Some of them."""
        return Bars(*(column[which] for column in self))

    def last(self, count: int) -> Bars:
        """The newest `count`."""
        return Bars(*(column[max(0, len(column) - count) :] for column in self))


def none() -> Bars:
    """No bars."""
    return Bars(*(np.empty(0) for _ in Bars._fields))


def of_prints(times: Floats, prices: Floats, sizes: Floats, length: float) -> Bars:
    """Bars of `length` seconds; prints (n,) in the order in which they traded."""
    ones = np.ones(len(prices))
    prints = Bars(times, prices, prices, prices, prices, sizes, prices * sizes, ones)
    return regrouped(prints, length)


def regrouped(bars: Bars, length: float) -> Bars:
    """Longer bars of `length` seconds. What is out of order is put in order by its start.

    A bar of which only a part is given is made of that part.
    """
    slots = np.floor(bars.starts / length)
    if not len(slots):
        return none()
    if np.any(slots[1:] < slots[:-1]):
        order = np.argsort(bars.starts, kind="stable")
        bars, slots = Bars(*(column[order] for column in bars)), slots[order]
    first = np.concatenate(([0], np.flatnonzero(slots[1:] != slots[:-1]) + 1))
    ends = np.concatenate((first[1:], [len(slots)])) - 1
    return Bars(
        slots[first] * length,
        bars.opens[first],
        np.maximum.reduceat(bars.highs, first),
        np.minimum.reduceat(bars.lows, first),
        bars.closes[ends],
        np.add.reduceat(bars.volumes, first),
        np.add.reduceat(bars.turnovers, first),
        np.add.reduceat(bars.counts, first),
    )


def joined(earlier: Bars, later: Bars) -> Bars:
    """Both, one after the other: of `earlier` only what lies before the first of `later`."""
    if len(later.starts):
        earlier = earlier.where(earlier.starts < later.starts[0])
    return Bars(*(np.concatenate(pair) for pair in zip(earlier, later, strict=True)))
