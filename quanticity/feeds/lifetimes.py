"""Sources that come and go: what each takes up first, and when its connections are let go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.feeds.vendor import Vendor

# So long at least after an edit: runs that were handed out just before it are still to begin.
LINGERS = 30.0
_LOOK_EVERY = 1.0


class Lifetimes:
    """Begins sources, and ends those that an edit puts an end to once their last run is over."""

    def __init__(self, clock: Clock, lingers: float = LINGERS) -> None:
        self._clock = clock
        self._lingers = lingers
        self._beginning: set[asyncio.Task[None]] = set()
        self._ending: dict[asyncio.Task[None], Vendor] = {}

    def swap(self, old: Mapping[str, Vendor], new: Mapping[str, Vendor]) -> None:
        """From now on there are these, and no longer those."""
        for name, vendor in new.items():
            if old.get(name) is not vendor:
                if not vendor.cost.follows:
                    vendor.cost.begin()
                task = asyncio.get_running_loop().create_task(self._begin(vendor))
                self._beginning.add(task)
                task.add_done_callback(self._beginning.discard)
        for name, vendor in old.items():
            if new.get(name) is not vendor:
                task = asyncio.get_running_loop().create_task(self._end(vendor))
                self._ending[task] = vendor
                task.add_done_callback(lambda done: self._ending.pop(done, None))

    async def all_begun(self) -> None:
        """Return once each has taken up what an earlier run left."""
        await asyncio.gather(*self._beginning)

    async def close(self, vendors: Iterable[Vendor]) -> None:
        """End these at once, and those that were still to begin or to end."""
        ending, beginning = dict(self._ending), tuple(self._beginning)
        for task in (*ending, *beginning):
            task.cancel()
        await asyncio.gather(*ending, *beginning, return_exceptions=True)
        for vendor in (*ending.values(), *vendors):
            await vendor.close()

    async def _begin(self, vendor: Vendor) -> None:
        while True:
            try:
                return await vendor.start()
            except StoreUnavailable:
                # The store tells that it is away; what was spent is asked for until it is back.
                await self._clock.sleep(_LOOK_EVERY)

    async def _end(self, vendor: Vendor) -> None:
        await self._clock.sleep(self._lingers)
        while vendor.runs:
            # A request that takes long, or one of many pages: its value is not lost for an edit.
            await self._clock.sleep(_LOOK_EVERY)
        await vendor.close()
