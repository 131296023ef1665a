"""A process that stood still for minutes (SIGSTOP, no memory left) while slots were asked for.

Here only its way to the ledger stands still, which is where it matters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.endings import Endings
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Ask, Grant, Span, Telling
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed
from tests.pace.wire import Wire

LENGTH, LIMIT = 60.0, 40
SPEC = BudgetSpec((WindowSpec(LENGTH, LIMIT, LIMIT),), reserve=1, grace=1.0)


class Standing(Wire):
    """The answers to what is asked for while it `stands` come so many seconds later."""

    stands = 0.0

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
        grant = await super().take(budget, spans, in_flight, asks, look, ended, telling)
        await self._clock.sleep(self.stands)
        return grant


def test_slots_that_had_run_off_meanwhile_were_used_all_the_same() -> None:
    async def main(clock: VirtualClock) -> tuple[Vendor, float]:
        vendor, ledger = Vendor(clock, 1, (0.0, 0.2), (0.0, 0.2)), MemoryLedger(clock)
        still, other = Standing(ledger, clock, 1, 0.004), Wire(ledger, clock, 2, 0.004)
        schedulers = [Scheduler(clock, MarketCalendar(), wire) for wire in (still, other)]
        for number, one in enumerate(schedulers):
            jobs = [
                feed(f"f{index}", Priority.IMPORTANT, LENGTH, vendor, Log()) for index in range(60)
            ]
            one.replace([] if number == 0 else jobs, {"v": SPEC})
        tasks = [asyncio.create_task(one.run()) for one in schedulers]
        await clock.sleep(LENGTH + 3.0)
        still.stands = 200.0
        jobs = [feed(f"g{one}", Priority.CRITICAL, LENGTH, vendor, Log()) for one in range(20)]
        schedulers[0].replace(jobs, {"v": SPEC})
        await clock.sleep(100.0)
        still.stands = 0.0
        await clock.sleep(200.0)
        since = clock.now()
        await clock.sleep(3 * LENGTH)
        for one in schedulers:
            await one.stop(5.0)
        await asyncio.gather(*tasks)
        return vendor, since

    vendor, since = run_virtual(main)
    assert vendor.most_in(LENGTH) <= LIMIT
    assert vendor.between(since, since + 3 * LENGTH) >= 0.9 * 3 * LIMIT
