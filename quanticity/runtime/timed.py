"""Edges that work at their times and then end: a report, an archive, a checkpoint, a backfill."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quanticity.clock import Calendar, Clock
from quanticity.component import OnChange
from quanticity.runtime.binding import Binding
from quanticity.runtime.due import Due
from quanticity.store.ports import Store

# A wait is looked at anew so often (seconds): clocks are set, machines sleep.
_LOOK_EVERY = 30.0


def is_timed(binding: Binding) -> bool:
    """Whether it runs at its times, instead of all the time."""
    return any(not isinstance(one, OnChange) for one in binding.triggers)


class Timed:
    """When one edge is due, remembered over restarts: what ran is not run twice for one time.

    A time that passed while nobody ran is made up for within a minute, as with any trigger of
    time. A run that raises is still due, and so is tried again for as long.
    """

    def __init__(self, binding: Binding, store: Store, clock: Clock, calendar: Calendar) -> None:
        self._name = f"timed:{binding.id}"
        self._due = Due(binding.id, binding.triggers, calendar)
        self._store = store
        self._clock = clock

    async def keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work at each of its times, until cancelled or until it raises."""
        saved = await self._store.state(self._name)
        ran = float(saved) if saved else None
        while True:
            await self._wait(self._due.first(self._clock.now(), ran))
            await work()
            ran = self._clock.now()
            self._store.put_state(self._name, repr(ran).encode())

    async def _wait(self, until: float) -> None:
        while (left := until - self._clock.now()) > 0:
            await self._clock.sleep(min(left, _LOOK_EVERY))
