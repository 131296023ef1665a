"""Who waits for a slot may go, and a run may wait for several at once: nothing is lost or kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Grant, Job, Lane
from quanticity.pace.schedule import Scheduler
from quanticity.pace.slot import Slot
from tests.pace.wire import Wire

CALENDAR = MarketCalendar()
ONE, TEN = BudgetSpec((WindowSpec(10.0, 1, 1),)), BudgetSpec((WindowSpec(10.0, 10, 10),))


class Refuses(Wire):
    """A ledger that takes a second for its answer, and grants the first ask alone."""

    async def take(self, *given: Any) -> Grant:
        grant = await super().take(*given)
        if self.takes == 1:
            return grant
        await self._clock.sleep(1.0)
        return grant._replace(granted=0, retry_in=1.0)


async def ask(lane: Lane) -> None:
    slot = await lane.slot()
    slot.headers()
    slot.done()


def left_of(run: Callable[[Lane], Awaitable[None]], *, refuses: bool = False) -> tuple[int, int]:
    """What is thought to be needed still after a run of up to three requests: in all, and next."""

    async def main(clock: VirtualClock) -> tuple[int, int]:
        ledger = Refuses(MemoryLedger(clock), clock, 1, 0.0) if refuses else None
        scheduler = Scheduler(clock, CALENDAR, ledger)
        job = Job("a", "v", Priority.CRITICAL, run, interval=60.0, max_calls=3)
        scheduler.replace([job], {"v": TEN})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(5.0)
        gate = scheduler.budgets["v"].gate
        found = gate.backlog[0], gate.under_way.slots(0)
        await scheduler.stop(1.0)
        await running
        return found

    return run_virtual(main)


@pytest.mark.parametrize("durable", [False, True])
def test_a_slot_granted_in_the_turn_in_which_its_wait_was_cancelled_was_lost_for_ever(
    durable: bool,
) -> None:
    """And so were all that were granted with it: of a limit of one nothing was left."""

    async def main(clock: VirtualClock) -> bool:
        scheduler = Scheduler(clock, CALENDAR, MemoryLedger(clock) if durable else None)
        scheduler.configure({"v": ONE})
        running = asyncio.create_task(scheduler.run())

        async def extra() -> Slot:
            return await scheduler.extra("v", Priority.CRITICAL)

        await clock.sleep(11.0)
        first = await extra()
        goes, stays = asyncio.create_task(extra()), asyncio.create_task(extra())
        await clock.sleep(1.0)
        # Who looks after the budget is up next, and after him the one who goes.
        first.unsent()
        goes.cancel()
        await clock.sleep(0.5)
        came = stays.done()
        stays.cancel()
        await scheduler.stop(1.0)
        await running
        return came

    assert run_virtual(main)


def test_of_a_run_that_had_ended_a_slot_was_kept_for_what_the_ledger_refused_it() -> None:
    async def impatient(lane: Lane) -> None:
        await ask(lane)
        try:
            async with asyncio.timeout(0.5):
                await lane.slot()
        except TimeoutError:
            return

    assert left_of(impatient, refuses=True) == (0, 0)


def test_a_run_that_asked_for_several_at_once_left_fewer_than_none_to_be_needed() -> None:
    async def at_once(lane: Lane) -> None:
        await ask(lane)
        await asyncio.gather(*(ask(lane) for _ in range(5)))

    assert left_of(at_once) == (0, 0)


def test_a_retry_was_taken_for_one_of_the_requests_that_were_planned() -> None:
    async def impatient(lane: Lane) -> None:
        await ask(lane)
        both = [asyncio.create_task(ask(lane)) for _ in range(3)]
        # Two were planned, and the third goes before them: so it is with what is not scheduled.
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for one in both:
            one.cancel()

    assert left_of(impatient) == (0, 0)
