"""One process's way to a ledger in memory."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.pace.endings import Endings
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.ports import Ask, Grant, Held, Span, Telling


class Wire:
    """One process's way to the ledger: it takes a while, and it can be cut."""

    def __init__(self, ledger: MemoryLedger, clock: Clock, seed: int, slow: float) -> None:
        self._ledger, self._clock, self._slow = ledger, clock, slow
        self._random = random.Random(seed)
        self.cut = False
        self.returned: list[Callable[[], None]] = []
        self.takes = 0
        self.asks = 0
        self.releases = 0

    def lead_to(self, ledger: MemoryLedger) -> None:
        """It leads to another ledger from now on: to an empty one, the first was emptied."""
        self._ledger = ledger

    def come_back(self) -> None:
        """It is whole again, and says so."""
        self.cut = False
        for tell in self.returned:
            tell()

    async def _way(self) -> None:
        await self._clock.sleep(self._random.uniform(0, self._slow))
        if self.cut:
            raise StoreUnavailable("cut")

    async def take(
        self,
        budget: str,
        spans: Sequence[Span],
        in_flight: int | None,
        asks: Sequence[Ask],
        look: float,
        ended: Endings | None = None,
        telling: Telling | None = None,
    ) -> Grant:
        await self._way()
        self.takes += 1
        self.asks += len(asks)
        grant = await self._ledger.take(budget, spans, in_flight, asks, look, ended, telling)
        await self._way()
        return grant

    async def release(self, budget: str, ended: Endings) -> None:
        await self._way()
        self.releases += 1
        await self._ledger.release(budget, ended)

    async def write(self, budget: str, bases: Mapping[str, float]) -> None:
        await self._way()
        await self._ledger.write(budget, bases)

    async def knows(self, budget: str, slot: str) -> bool:
        await self._way()
        return await self._ledger.knows(budget, slot)

    async def own(self, budget: str, process: str) -> Sequence[str]:
        await self._way()
        return await self._ledger.own(budget, process)

    async def stop(self, budget: str, until: float) -> None:
        await self._way()
        await self._ledger.stop(budget, until)

    async def stopped(self, budget: str) -> float:
        await self._way()
        return await self._ledger.stopped(budget)

    async def held(
        self, budget: str, length: float, look: float = 0.0, telling: Telling | None = None
    ) -> Held:
        await self._way()
        return await self._ledger.held(budget, length, look, telling)
