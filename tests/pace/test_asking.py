"""How often the ledger is asked for what it does not have."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.asking import AT_LATEST, AT_LEAST, Asking
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed
from tests.pace.wire import Wire

SPEC = BudgetSpec((WindowSpec(13.0, 40, 40),), None, 2, (0, 0, 0, 0), 1)


def test_the_first_refusal_says_what_to_wait_for_and_each_further_one_less() -> None:
    asking = Asking()
    waits = [asking.refused(0.0) for _ in range(12)]
    assert waits[:4] == [0.0, AT_LEAST, 2 * AT_LEAST, 4 * AT_LEAST]
    assert waits == sorted(waits)
    assert waits[-1] == AT_LATEST
    asking.granted()
    assert [asking.refused(None), asking.refused(0.1), asking.refused(5.0)] == [0.0, 0.1, AT_LATEST]


@pytest.mark.parametrize("seed", range(3))
def test_a_place_that_another_process_held_for_seconds_was_asked_for_a_thousand_times_a_second(
    seed: int,
) -> None:
    async def main(clock: VirtualClock) -> list[int]:
        vendor = Vendor(clock, seed, (0.0, 0.02), (0.0, 0.02), vanishes=0.2, patience=4.0)
        ledger, log = MemoryLedger(clock), Log()
        wires = [Wire(ledger, clock, seed + number, 0.001) for number in range(2)]
        both = [Scheduler(clock, MarketCalendar(), wire) for wire in wires]
        for number, one in enumerate(both):
            jobs = [
                feed(f"{group.value}{number}", group, every, vendor, log, calls=calls)
                for group, every, calls in (
                    (Priority.CRITICAL, 5.0, 1),
                    (Priority.NICE_TO_HAVE, 3.0, 2),
                    (Priority.BACKGROUND, 3.5, 1),
                )
            ]
            one.replace(jobs, {"v": SPEC})
        running = [asyncio.create_task(one.run()) for one in both]
        takes = [0]
        for _ in range(60):
            await clock.sleep(1.0)
            takes.append(sum(wire.takes for wire in wires))
        await asyncio.gather(*(one.stop(10.0) for one in both), *running)
        assert vendor.deepest <= 2
        return [later - before for before, later in pairwise(takes)]

    assert max(run_virtual(main)) <= 60


def test_a_request_given_up_early_kept_its_place_in_the_ledger_for_the_whole_of_its_time_out() -> (
    None
):
    """Where one is in flight at a time, a feed stood still for 20 s after waiting for 1 s."""

    async def main(clock: VirtualClock) -> list[float]:
        vendor = Vendor(clock, 0, (0.0, 0.02), (0.0, 0.02), vanishes=1.0, patience=1.0)
        ledger, log = MemoryLedger(clock), Log()
        scheduler = Scheduler(clock, MarketCalendar(), ledger)
        spec = BudgetSpec((WindowSpec(10.0, 40, 40),), None, 1, (0, 0, 0, 0), 1, grace=5.0)
        scheduler.replace([feed("quote", Priority.CRITICAL, 2.0, vendor, log)], {"v": spec})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(60.0)
        await asyncio.gather(scheduler.stop(10.0), running)
        assert vendor.deepest == 1
        return [start for _, start in log.runs["quote"]]

    starts = run_virtual(main)
    waits = [later - before for before, later in pairwise(starts)]
    # A second of patience, the grace, and what is due next.
    assert all(6.0 <= wait <= 6.5 for wait in waits), waits
