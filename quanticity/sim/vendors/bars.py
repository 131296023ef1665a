"""Bars of the tape, as vendors make them: of any whole minutes, the last one still open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from quanticity.sim.market import World
from quanticity.sim.market.paths import known
from quanticity.sim.market.sessions import Span


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `start` is epoch seconds, `volume` in units of size."""

    start: float
    open: float
    high: float
    low: float
    close: float
    volume: int


def bars_of(world: World, symbol: str, start: float, end: float, minutes: int) -> Iterator[Bar]:
    """Bars of so many minutes between two moments of one day, oldest first, counted from `start`.

    There is none where nothing traded. `start` begins a minute; the last bar ends with `end`.
    """
    span = world.sessions.last(known(symbol).hours, end)
    if end <= start or span.end <= start:
        return
    found = _minutes(world, symbol, span, max(start, span.start), min(end, span.end))
    if minutes == 1:
        yield from found
        return
    for number, inside in groupby(found, lambda bar: int((bar.start - start) // (60 * minutes))):
        bars = list(inside)
        yield Bar(
            start + 60.0 * minutes * number,
            bars[0].open,
            max(bar.high for bar in bars),
            min(bar.low for bar in bars),
            bars[-1].close,
            sum(bar.volume for bar in bars),
        )


def _minutes(world: World, symbol: str, span: Span, start: float, end: float) -> Iterator[Bar]:
    """Each minute that has prints; the last one up to `end`."""
    each, made = known(symbol), world.days.minutes(symbol, span)
    first, last = made.index(start), made.index(end)
    traded = np.flatnonzero(made.count[first:last]) + first
    columns = [
        np.round(column[traded] * each.tick, each.digits).tolist()
        for column in (made.open, made.high, made.low, made.close)
    ]
    volumes = made.volume[traded].tolist()
    starts = (span.start + 60.0 * traded).tolist()
    for begun, opened, high, low, close, volume in zip(starts, *columns, volumes, strict=True):
        yield Bar(begun, opened, high, low, close, volume)
    begun = span.start + 60.0 * last
    under_way = world.tape.bar(symbol, begun, end) if end > begun else None
    if under_way is not None:
        yield Bar(begun, *under_way, world.tape.volume(symbol, begun, end))
