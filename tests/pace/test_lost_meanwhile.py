"""The ledger is found to be away by a word about oneself, while slots are asked for as well."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.errors import StoreUnavailable
from quanticity.model import Priority
from quanticity.pace.endings import Endings
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Ask, Grant, Held, Span, Telling
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed

CRITICAL = Priority.CRITICAL
SPEC = BudgetSpec((WindowSpec(60.0, 50, 50),))
SAYS_EVERY = 20.0


class Cut:
    """A way to a ledger on which an answer takes `way` seconds; once `cut`, no word gets through.

    What was asked for before that is answered still.
    """

    def __init__(self, ledger: MemoryLedger, clock: VirtualClock, way: float) -> None:
        self._ledger, self._clock, self._way = ledger, clock, way
        self.cut = False
        self.write, self.knows, self.own = ledger.write, ledger.knows, ledger.own
        self.stop, self.stopped, self.returned = ledger.stop, ledger.stopped, ledger.returned

    def _there(self) -> None:
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
        self._there()
        grant = await self._ledger.take(budget, spans, in_flight, asks, look, ended, telling)
        await self._clock.sleep(self._way)
        return grant

    async def release(self, budget: str, ended: Endings) -> None:
        self._there()
        await self._ledger.release(budget, ended)

    async def held(
        self, budget: str, length: float, look: float = 0.0, telling: Telling | None = None
    ) -> Held:
        self._there()
        return await self._ledger.held(budget, length, look, telling)


@pytest.mark.parametrize("others", [False, True])
def test_slots_that_waited_to_be_asked_for_when_the_loss_was_noticed_were_forgotten(
    others: bool,
) -> None:
    """Their feeds counted as running, and ran no more until another of the budget had its turn."""

    async def main(clock: VirtualClock) -> tuple[int, int]:
        ledger = MemoryLedger(clock)
        vendor, log = Vendor(clock, there=(0.01, 0.01), back=(0.01, 0.01)), Log()
        way = Cut(ledger, clock, 0.3)
        schedulers = [Scheduler(clock, MarketCalendar(), way)]
        if others:
            beside = Scheduler(clock, MarketCalendar(), ledger)
            beside.replace([feed("beside", CRITICAL, 5.0, vendor, Log())], {"v": SPEC})
            schedulers.append(beside)
        schedulers[0].configure({"v": SPEC})
        tasks = [asyncio.create_task(one.run()) for one in schedulers]
        began = clock.now()
        # It says that it is there every so often: at 20 s, at 40 s.
        await clock.sleep(2 * SAYS_EVERY - 0.2)
        first = feed("first", CRITICAL, 600.0, vendor, log)
        schedulers[0].replace([first], {"v": SPEC})
        await clock.sleep(0.1)
        second = feed("second", CRITICAL, 600.0, vendor, log)
        schedulers[0].replace([first, second], {"v": SPEC})
        await clock.sleep(0.05)
        way.cut = True
        await clock.sleep(20.0)
        away = len(log.runs.get("second", ()))
        way.cut = False
        await clock.sleep(40.0 + began + 60.0 - clock.now())
        for one in schedulers:
            await one.stop(1.0)
        await asyncio.gather(*tasks)
        return away, len(log.runs.get("second", ()))

    away, back = run_virtual(main)
    assert back == 1
    # Who has a part of the budget goes on with that alone.
    assert others or away == 1
