"""Requests that were given up: their places are free for the ledger, too, once the grace is over.

It would hold them for as long as the request might have taken: a feed that is removed while a slow
vendor is at it would keep a place from everyone for the whole of its time-out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from quanticity.pace.slots import HeldSlot


class Graces:
    """The graces that run, of one budget."""

    def __init__(self, time: Callable[[], float], over: Callable[[HeldSlot], None]) -> None:
        """`over` is told of each slot whose grace is over."""
        self._time, self._over = time, over
        self._timers: dict[HeldSlot, asyncio.TimerHandle] = {}

    def begin(self, slot: HeldSlot) -> None:
        """The request of a slot was given up: the vendor may be at it until the slot's base."""
        loop = asyncio.get_running_loop()
        self._timers[slot] = loop.call_later(slot.base - self._time(), self._end, slot)

    def stop(self) -> None:
        """Nobody is told any more: the ledger ends by itself what runs yet."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _end(self, slot: HeldSlot) -> None:
        del self._timers[slot]
        self._over(slot)
