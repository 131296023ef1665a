"""The ledger goes away twice, or the limits are reloaded meanwhile: no part is forgotten."""

from __future__ import annotations

import asyncio

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.schedule import Scheduler

CALENDAR = MarketCalendar()


def six(seconds: float, *more: WindowSpec) -> BudgetSpec:
    return BudgetSpec((WindowSpec(seconds, 6, 6), *more), grace=1.0)


class Two:
    """Two processes that know of each other, and hold nothing of a window of six."""

    def __init__(self, clock: VirtualClock, seconds: float, *more: WindowSpec) -> None:
        self.clock, self.ledger, self.seconds = clock, MemoryLedger(clock), seconds
        self.both = [Scheduler(clock, CALENDAR, self.ledger) for _ in range(2)]
        for one in self.both:
            one.configure({"v": six(seconds, *more)})
        self._running = [asyncio.create_task(one.run()) for one in self.both]

    async def met(self) -> Two:
        for one in (*self.both, *self.both):
            await self.take(one, 1)
        await self.clock.sleep(self.seconds + 1.0)
        return self

    async def take(self, one: Scheduler, count: int, within: float = 0.5) -> int:
        """How many of so many it has `within` so many seconds."""
        asks = [asyncio.create_task(self._take(one)) for _ in range(count)]
        _, left = await asyncio.wait(asks, timeout=within)
        for ask in left:
            ask.cancel()
        return count - len(left)

    async def _take(self, one: Scheduler) -> None:
        slot = await one.extra("v", Priority.CRITICAL)
        slot.headers()
        slot.done()

    async def stop(self) -> None:
        for one in self.both:
            await one.stop(0.0)
        await asyncio.gather(*self._running)


def test_of_a_second_outage_the_part_of_the_first_was_taken_though_all_was_held() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int]:
        two = await Two(clock, 60.0).met()
        first, second = two.both
        assert await two.take(first, 3) == 3
        await clock.sleep(58.5)
        two.ledger.available = False
        # Only who asks notices.
        await two.take(first, 1, within=0.01)
        two.ledger.available = True
        await clock.sleep(2.0)
        held = await two.take(second, 6)
        two.ledger.available = False
        more = await two.take(first, 3)
        await two.stop()
        return held, more

    assert run_virtual(main) == (6, 0)


def test_of_a_long_window_no_outage_gives_half_of_what_is_left_once_more() -> None:
    async def main(clock: VirtualClock) -> int:
        two = await Two(clock, 3.0, WindowSpec(86_400.0, 40, 40)).met()
        taken = 4
        for outage in range(3):
            two.ledger.available = False
            for one in two.both:
                await two.take(one, 1)
                day = WindowSpec(86_400.0, 40, 40 - outage)
                one.configure({"v": BudgetSpec((day,), grace=1.0)})
                taken += await two.take(one, 40)
            two.ledger.available = True
            await clock.sleep(2.0)
        await two.stop()
        return taken

    assert 30 < run_virtual(main) <= 40


def test_limits_that_were_reloaded_while_the_ledger_was_away_forgot_what_was_taken() -> None:
    async def main(clock: VirtualClock) -> int:
        two = await Two(clock, 3.0).met()
        for one in two.both:
            assert await two.take(one, 3) == 3
        two.ledger.available = False
        taken = 0
        for one in two.both:
            await two.take(one, 1)
            one.configure({"v": six(3.0, WindowSpec(1800.0, 1000, 1000))})
        await clock.sleep(40.0)
        for one in two.both:
            taken += await two.take(one, 6)
        await two.stop()
        return taken

    assert run_virtual(main) == 6
