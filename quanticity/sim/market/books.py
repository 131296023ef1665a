"""Books of ten rows a side, and the steps that lead from one state to the next."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from quanticity.sim.market.changes import (
    UNCHANGED,
    Change,
    Changes,
    changes_of,
    emptied,
)
from quanticity.sim.market.columns import joined
from quanticity.sim.market.kept import Kept
from quanticity.sim.market.ladders import ASK, BID, Ladders, ladders
from quanticity.sim.market.minutes import STEP, bid_of
from quanticity.sim.market.paths import known
from quanticity.sim.market.sessions import Span
from quanticity.sim.market.tape import AT_STEPS, STEPS, Dated, Tape
from quanticity.sim.market.venues import DARK, VENUES

Ints = npt.NDArray[np.int64]


class Level(NamedTuple):
    """One row: what is displayed at a price by one venue."""

    price: float
    size: int
    venue: str


class Book(NamedTuple):
    """A book at a moment, the best rows first; several venues may stand at one price."""

    time: float
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Quote(NamedTuple):
    """The best bid and ask, with what is displayed there by all venues together."""

    time: float
    bid: float
    ask: float
    bid_size: int
    ask_size: int
    bid_venue: str
    ask_venue: str


class Taped(Dated, Protocol):
    """What a book is made from."""

    @property
    def tape(self) -> Tape:
        """What trades in it."""
        ...


class Books:
    """The book of every listing that trades, at every moment; a pure function of the world.

    It changes on a grid of `STEP` seconds. The tape's prints of a step are at its best prices, and
    are missing from the best row in the next.
    """

    def __init__(self, world: Taped) -> None:
        self._world = world
        self.minute = Kept(self._make_minute, 14)
        self._changes = Kept(self._make_changes, 4)
        self._seed = lru_cache(maxsize=512)(self._make_seed)

    def book(self, symbol: str, at: float) -> Book | None:
        """The rows at a moment; None of an index, while closed or halted.

        KeyError where nothing trades under the symbol.
        """
        found = self._at(symbol, at)
        if found is None:
            return None
        rows, step, time = found
        each = known(symbol)
        asks, bids = (
            tuple(
                Level(round(price * each.tick, each.digits), size, VENUES[venue])
                for price, size, venue in zip(
                    rows.price[step, side].tolist(),
                    rows.size[step, side].tolist(),
                    rows.venue[step, side].tolist(),
                    strict=True,
                )
            )
            for side in (ASK, BID)
        )
        return Book(time, bids, asks)

    def quote(self, symbol: str, at: float) -> Quote | None:
        """The best prices at a moment; None where there is no book."""
        book = self.book(symbol, at)
        if book is None:
            return None
        bid, ask = book.bids[0], book.asks[0]
        bid_size, ask_size = (
            sum(row.size for row in rows if row.price == rows[0].price)
            for rows in (book.bids, book.asks)
        )
        return Quote(book.time, bid.price, ask.price, bid_size, ask_size, bid.venue, ask.venue)

    def changes(self, symbol: str, since: float, until: float) -> list[Change]:
        """The steps after `since` up to `until`: applied to the one book they give the other."""
        each = known(symbol)
        found = self.columns(symbol, since, until)
        price = np.round(found.price * each.tick, each.digits)
        venues = [VENUES[venue] for venue in found.venue.tolist()]
        return list(
            map(
                Change,
                found.time.tolist(),
                found.position.tolist(),
                found.operation.tolist(),
                found.side.tolist(),
                price.tolist(),
                found.size.tolist(),
                venues,
            )
        )

    def columns(self, symbol: str, since: float, until: float) -> Changes:
        """The same as columns, prices in ticks."""
        each = known(symbol)
        if not each.traded:
            return UNCHANGED
        parts = []
        span = self._world.sessions.last(each.hours, since)
        while span.start <= until:
            count = self._count(span)
            first = max(0, int((since - span.start) // 60))
            last = int((until - span.start) // 60)
            parts += [
                self._changes(symbol, span, number) for number in range(first, min(last, count) + 1)
            ]
            following = self._world.sessions.next_start(each.hours, span.start)
            if following == float("inf"):
                break
            span = self._world.sessions.last(each.hours, following)
        return joined(parts, UNCHANGED).after(since, until)

    # One minute

    def _at(self, symbol: str, at: float) -> tuple[Ladders, int, float] | None:
        each = known(symbol)
        span = self._world.sessions.at(each.hours, at) if each.traded else None
        if span is None:
            return None
        number = int((at - span.start) // 60)
        rows = self.minute(symbol, span, number)
        if rows is None:
            return None
        start = span.start + 60.0 * number
        step = min(int((at - start) / STEP), STEPS - 1)
        return rows, step, start + STEP * step

    def _count(self, span: Span) -> int:
        return round((span.end - span.start) / 60)

    def _make_seed(self, symbol: str, span: Span) -> int:
        return int(self._world.dice("book", symbol, span.day).integers(2**62))

    def _make_minute(self, symbol: str, span: Span, number: int) -> Ladders | None:
        """The rows at each step of a minute; None before, after and in a halt."""
        start = span.start + 60.0 * number
        outside = not 0 <= number < self._count(span)
        if outside or self._world.scenario.halted(symbol, span.day, start):
            return None
        each = known(symbol)
        spread = self._world.days.minutes(symbol, span).spread[number]
        mid = self._world.prices_at(symbol, start + AT_STEPS) / each.tick
        prints = self._world.tape.minute(symbol, span, number)
        lit = (prints.venue != DARK) & (prints.side != 0)
        step = np.minimum(((prints.time[lit] - start) / STEP).astype(np.int64), STEPS - 1)
        at = step * 2 + np.where(prints.side[lit] > 0, ASK, BID)
        taken = np.bincount(at, prints.size[lit], 2 * STEPS).astype(np.int64).reshape(STEPS, 2)
        seed = self._seed(symbol, span)
        return ladders(each, seed, round(start / STEP), bid_of(mid, spread), int(spread), taken)

    def _make_changes(self, symbol: str, span: Span, number: int) -> Changes:
        """The steps of a minute; of the one after the last, what empties the book."""
        before = self.minute(symbol, span, number - 1)
        now = self.minute(symbol, span, number)
        start = span.start + 60.0 * number
        if now is None:
            return UNCHANGED if before is None else emptied(before, start)
        return changes_of(now, before, start + AT_STEPS)
