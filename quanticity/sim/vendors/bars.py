"""Bars of the tape, as vendors make them: of any whole minutes, the last one still open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from weakref import WeakKeyDictionary

import numpy as np

from quanticity.sim.market import World
from quanticity.sim.market.paths import known
from quanticity.sim.market.sessions import Span

_SESSIONS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `start` is epoch seconds, `volume` in units of size."""

    start: float
    open: float
    high: float
    low: float
    close: float
    volume: int


_Session = tuple[list[Bar], list[int]]
# What is kept of a world ends with it.
_KEPT: WeakKeyDictionary[World, dict[tuple[str, float], _Session]] = WeakKeyDictionary()


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
    made = world.days.minutes(symbol, span)
    first, last = made.index(start), made.index(end)
    bars, before = _whole(world, symbol, span)
    yield from bars[before[first] : before[last]]
    begun = span.start + 60.0 * last
    under_way = world.tape.bar(symbol, begun, end) if end > begun else None
    if under_way is not None:
        yield Bar(begun, *under_way, world.tape.volume(symbol, begun, end))


def _whole(world: World, symbol: str, span: Span) -> _Session:
    """The bars of a session's minutes, and how many are before each minute."""
    kept = _KEPT.setdefault(world, {})
    found = kept.get((symbol, span.start))
    if found is None:
        while len(kept) >= _SESSIONS:
            del kept[next(iter(kept))]
        found = kept[symbol, span.start] = _make_whole(world, symbol, span)
    return found


def _make_whole(world: World, symbol: str, span: Span) -> _Session:
    each, made = known(symbol), world.days.minutes(symbol, span)
    traded = np.flatnonzero(made.count)
    columns = [
        np.round(column[traded] * each.tick, each.digits).tolist()
        for column in (made.open, made.high, made.low, made.close)
    ]
    starts = (span.start + 60.0 * traded).tolist()
    bars = list(map(Bar, starts, *columns, made.volume[traded].tolist()))
    return bars, [0, *np.cumsum(made.count > 0).tolist()]
