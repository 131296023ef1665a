"""One instrument's way through time: which orders work on it, and which prints they wait for."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf, nextafter

import numpy as np

from quanticity.sim.exchange.floor import SELDOM, next_look
from quanticity.sim.exchange.matching import bounds
from quanticity.sim.exchange.model import Contract
from quanticity.sim.exchange.ports import Markets, Prints
from quanticity.sim.exchange.state import WORKING, Working


@dataclass(slots=True)
class Lane:
    """Working orders of one contract (of one combo), and its prints that are still to come.

    `looks` is when its orders are next held against the book, `fetched` until when prints were.
    """

    contract: Contract
    looks: float
    fetched: float
    orders: list[Working] = field(default_factory=list)
    _prints: Prints = field(default_factory=Prints)
    _index: int = 0
    _bounds: tuple[float, float] = (0.0, 0.0)
    _found: int = -1

    def prune(self) -> None:
        """Let go of orders that no longer work."""
        if any(each.stage != WORKING for each in self.orders):
            self.orders = [each for each in self.orders if each.stage == WORKING]

    def next_look(self) -> float:
        """When the book matters next: never where all orders wait for prints."""
        ready = [each for each in self.orders if each.triggered]
        if not ready:
            return inf
        if all(each.far for each in ready):
            return ceil(self.looks / SELDOM) * SELDOM
        return self.looks

    def look_after(self, at: float) -> None:
        """Look at the book next after a moment, where that was not due before."""
        if self.looks < at:
            self.looks = next_look(at)

    def next_print(self, market: Markets, now: float, horizon: float) -> float:
        """When the next print comes that an order waits for, inf for none up to the horizon.

        Prints before `now` are over, also where an order has come to reach them since.
        """
        if not self.orders or self.orders[0].is_combo:
            return inf
        if self.fetched < horizon:
            self._fetch(market, horizon)
        self._index = max(self._index, int(np.searchsorted(self._prints.time, now)))
        found = bounds(self.orders)
        if found != self._bounds or self._found < self._index:
            self._bounds = found
            self._found = self._search(found)
        prints = self._prints
        if self._found >= len(prints.time) or prints.time[self._found] > horizon:
            return inf
        return float(prints.time[self._found])

    def leave(self, now: float) -> None:
        """All prints up to and with a moment are over."""
        over = int(np.searchsorted(self._prints.time, now, side="right"))
        self._index = max(self._index, over)

    def take_print(self) -> tuple[float, float, float, int, str]:
        """The print that `next_print` found: time, price, size, side, venue. It is then behind."""
        prints, index = self._prints, self._found
        self._index = index + 1
        return (
            float(prints.time[index]),
            float(prints.price[index]),
            float(prints.size[index]),
            int(prints.side[index]),
            prints.venues[int(prints.venue[index])],
        )

    def _fetch(self, market: Markets, horizon: float) -> None:
        """Have all prints up to the horizon, and drop those behind."""
        until = nextafter(horizon, inf)
        fresh = market.prints(self.contract, nextafter(self.fetched, inf), until)
        old, kept = self._prints, slice(self._index, None)
        self.fetched = horizon
        if not len(fresh.time):
            return
        if self._index < len(old.time):
            fresh = Prints(
                np.concatenate([old.time[kept], fresh.time]),
                np.concatenate([old.price[kept], fresh.price]),
                np.concatenate([old.size[kept], fresh.size]),
                np.concatenate([old.side[kept], fresh.side]),
                np.concatenate([old.eligible[kept], fresh.eligible]),
                np.concatenate([old.venue[kept], fresh.venue]),
                fresh.venues,
            )
        self._prints, self._index, self._found = fresh, 0, -1

    def _search(self, found: tuple[float, float]) -> int:
        low, high = found
        ahead = slice(self._index, None)
        price = self._prints.price[ahead]
        wanted = ((price <= low) | (price >= high)) & self._prints.eligible[ahead]
        if not wanted.any():
            return len(self._prints.time)
        return self._index + int(np.argmax(wanted))
