"""Prints: trades as they are reported, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.columns import Columns

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Prints(Columns):
    """Trades, oldest first, an entry for each.

    `time` in epoch seconds, `venue` and `condition` numbers in VENUES and CONDITIONS, `side` 1
    where the buyer began it, -1 the seller, 0 where neither can be told; `bid` and `ask` are the
    best when it traded (NaN where there is no book).
    """

    time: Array
    price: Array
    size: Ints
    venue: Bytes
    condition: Bytes
    side: Bytes
    bid: Array
    ask: Array


_FLOATS, _INTS, _BYTES = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int8)
NOTHING = Prints(_FLOATS, _FLOATS, _INTS, _BYTES, _BYTES, _BYTES, _FLOATS, _FLOATS)


@dataclass(frozen=True, slots=True)
class Bars(Columns):
    """Bars, oldest first, an entry for each that has a print.

    `time` is where a bar begins, `wap` its average price weighted by size (by count where nothing
    has a size).
    """

    time: Array
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Ints
    wap: Array
    count: Ints


def bars_of(prints: Prints, seconds: int) -> Bars:
    """Bars of `seconds` each, that begin at multiples of it since the epoch."""
    bucket = np.floor(prints.time / seconds).astype(np.int64)
    first = np.flatnonzero(np.diff(bucket, prepend=-1)) if len(bucket) else np.zeros(0, np.int64)
    if not len(first):
        none, nil = np.zeros(0), np.zeros(0, np.int64)
        return Bars(none, none, none, none, none, nil, none, nil)
    last = np.append(first[1:], len(bucket)) - 1
    volume = np.add.reduceat(prints.size, first)
    weight = np.where(np.repeat(volume, last - first + 1) > 0, prints.size, 1)
    wap = np.add.reduceat(prints.price * weight, first) / np.add.reduceat(weight, first)
    return Bars(
        time=(bucket[first] * seconds).astype(np.float64),
        open=prints.price[first],
        high=np.maximum.reduceat(prints.price, first),
        low=np.minimum.reduceat(prints.price, first),
        close=prints.price[last],
        volume=volume,
        wap=wap,
        count=last - first + 1,
    )
