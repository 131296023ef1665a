"""Keys that wait for the close are taken up when it comes, or when the one in use is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from quanticity.clock import Clock
from quanticity.feeds.roster import Roster
from quanticity.logs import format_exception, logger

# By the wall clock, which may be set: so it is looked at this often, seconds.
_LOOK_EVERY = 1.0


class KeyWatch:
    """Runs while keys wait. `again` makes the roster anew, which takes up what need not wait."""

    def __init__(
        self, clock: Clock, roster: Callable[[], Roster], again: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._roster = roster
        self._again = again
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Begin, where a key waits and nobody watches yet."""
        if self._roster().waiting and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
            self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Watch no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while waiting := self._roster().waiting:
            if min(waiting.values()) <= self._clock.now() or self._refused(self._roster()):
                self._again()
            await self._clock.sleep(_LOOK_EVERY)

    def _refused(self, roster: Roster) -> bool:
        return any(roster.vendors[name].key_refused for name in roster.waiting)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a new key was not taken up: {}", format_exception(error))
