"""Bars of whole minutes from the market's table of minutes, without cutting them into prints."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.listing import Listed
from quanticity.sim.market.prints import Bars
from quanticity.sim.market.sessions import Span
from quanticity.sim.market.world import World

MINUTE = 60
_Table = npt.NDArray[np.float64]
# Rows of a table.
_TIME, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME, _COUNT = range(7)
_NONE: _Table = np.zeros((7, 0))


def minute_bars(world: World, listed: Listed, since: float, until: float, seconds: int) -> Bars:
    """Whole bars from `since` to `until` that hold a print, each of so many whole minutes.

    All is the tape's but `wap`: of each minute it takes the middle of its four prices.
    """
    first = math.ceil(since / seconds) * seconds
    last = math.floor(until / seconds) * seconds
    parts = [
        _table(world, listed, span, first, last) for span in _spans(world, listed, first, last)
    ]
    table = np.concatenate(parts, axis=1) if parts else _NONE
    table = table[:, table[_COUNT] > 0]
    bucket = np.floor(table[_TIME] / seconds).astype(np.int64)
    if not len(bucket):
        none, nil = np.zeros(0), np.zeros(0, np.int64)
        return Bars(none, none, none, none, none, nil, none, nil)
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    ends = np.append(starts[1:], len(bucket)) - 1
    volume = np.add.reduceat(table[_VOLUME], starts)
    weight = np.where(np.repeat(volume, ends - starts + 1) > 0, table[_VOLUME], table[_COUNT])
    middle = table[_OPEN : _CLOSE + 1].mean(axis=0)
    wap = np.add.reduceat(middle * weight, starts) / np.add.reduceat(weight, starts)
    return Bars(
        time=bucket[starts] * float(seconds),
        open=table[_OPEN][starts],
        high=np.maximum.reduceat(table[_HIGH], starts),
        low=np.minimum.reduceat(table[_LOW], starts),
        close=table[_CLOSE][ends],
        volume=volume.astype(np.int64),
        wap=np.round(wap, listed.digits + 2),
        count=np.add.reduceat(table[_COUNT], starts).astype(np.int64),
    )


def _spans(world: World, listed: Listed, since: float, until: float) -> Iterator[Span]:
    """The sessions that a span of time touches."""
    at: float = since
    while at < until:
        span = world.sessions.at(listed.hours, at)
        if span is None:
            at = world.sessions.next_start(listed.hours, at)
            continue
        yield span
        at = span.end


def _table(world: World, listed: Listed, span: Span, first: int, last: int) -> _Table:
    minutes = world.days.minutes(listed.symbol, span)
    begin = max(0, math.ceil((first - span.start) / MINUTE))
    end = max(begin, min(len(minutes.count), math.floor((last - span.start) / MINUTE)))
    cut = slice(begin, end)
    prices = (minutes.open[cut], minutes.high[cut], minutes.low[cut], minutes.close[cut])
    return np.stack(
        [
            span.start + MINUTE * np.arange(begin, end, dtype=np.float64),
            *(np.round(ticks * listed.tick, listed.digits) for ticks in prices),
            minutes.volume[cut].astype(np.float64),
            minutes.count[cut].astype(np.float64),
        ]
    )
