"""Another process goes while this one is about to tell it something."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Ask, Grant, Span
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed


class Strict(MemoryLedger):
    """Remembers who asked for nothing and told nothing: no process is named in that."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.empty = 0

    async def take(
        self, budget: str, spans: Sequence[Span], in_flight: Any, asks: Sequence[Ask], *more: Any
    ) -> Grant:
        telling = more[2] if len(more) > 2 else None
        self.empty += not asks and telling is None
        return await super().take(budget, spans, in_flight, asks, *more)


def test_news_for_a_process_that_was_gone_ended_the_exchange_with_the_ledger() -> None:
    """`list index out of range`: what had ended was told to nobody any more."""

    async def main(clock: VirtualClock) -> None:
        ledger = Strict(clock)
        vendor = Vendor(clock, 1, (0.0, 0.1), (0.0, 0.1))
        scheduler = Scheduler(clock, MarketCalendar(), ledger)
        job = feed("quote", Priority.CRITICAL, 0.5, vendor, Log())
        scheduler.replace(
            [job],
            {"v": BudgetSpec((WindowSpec(10.0, 50, 50),), None, None, (0, 0, 0, 0), 1, grace=1.0)},
        )
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(3)
        assert scheduler._durable is not None
        (account,) = scheduler._durable._accounts.values()
        assert account._processes == 1
        account._anew = True
        account._talk_now()
        await clock.sleep(3)
        assert ledger.empty == 0
        assert not account._anew
        await scheduler.stop(1.0)
        await running

    run_virtual(main)
