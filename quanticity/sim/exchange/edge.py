"""Between the exchange and its clients: where reports are lost, doubled and delayed on purpose.

The exchange itself is always right: a report that was lost here is still in `executions`, and the
position is there. What it does wrong in itself (a combo of which one leg fills, an order that goes
Inactive) is asked of `Hooks`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import TypeAlias

from quanticity.sim.exchange.events import Event
from quanticity.sim.exchange.exchange import Exchange

# What becomes of an event: each of these (none: it is lost) after so many seconds.
Passage: TypeAlias = Iterable[tuple[float, Event]]


class Edge:
    """Gives an exchange's events through a function that decides what becomes of each.

    What is delayed here is on the wire, and lost with it: only the exchange itself is saved.
    """

    def __init__(self, exchange: Exchange, becomes: Callable[[Event], Passage]) -> None:
        self._exchange = exchange
        self._becomes = becomes
        self._late: list[tuple[float, int, Event]] = []
        self._count = 0

    def advance(self, now: float) -> list[Event]:
        """What clients hear up to and with `now`: in order of time, but for what was delayed."""
        for event in self._exchange.advance(now):
            for delay, each in self._becomes(event):
                self._count += 1
                heapq.heappush(self._late, (event.time + delay, self._count, each))
        told = []
        while self._late and self._late[0][0] <= now:
            told.append(heapq.heappop(self._late)[2])
        return told

    def next_at(self) -> float:
        """When something may happen next, inf for nothing."""
        due = self._exchange.next_at()
        return min(due, self._late[0][0]) if self._late else due
