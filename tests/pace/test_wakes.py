"""Who waits is asked again when something changes for him, and not only when his wait ends."""

from __future__ import annotations

import asyncio
import random

import pytest

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Word
from quanticity.pace.schedule import Scheduler
from tests.pace.vendor import Log, Vendor, feed, run_for
from tests.pace.wire import Wire

CALENDAR = MarketCalendar()
CRITICAL, IMPORTANT, BACKGROUND = Priority.CRITICAL, Priority.IMPORTANT, Priority.BACKGROUND


def window(limit: int, length: float) -> WindowSpec:
    return WindowSpec(length, limit, limit)


def test_what_a_run_left_of_its_slots_stood_idle_until_others_had_waited_to_the_end() -> None:
    """Two critical runs may need 40 slots each, and use one: the others are anybody's then."""

    async def main(clock: VirtualClock) -> tuple[float, float]:
        vendor, log, rng = Vendor(clock, 5, (0.0, 0.1), (0.0, 0.1)), Log(), random.Random(5)
        jobs = [feed(f"c{i}", CRITICAL, 60.0, vendor, log, max_calls=40) for i in range(2)]
        jobs += [
            feed(f"b{i}", BACKGROUND, rng.choice([30.0, 60.0, 120.0]), vendor, log)
            for i in range(60)
        ]
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace(jobs, {"v": BudgetSpec((window(100, 60.0),))})
        start = clock.now()
        await run_for(scheduler, clock, 22 * 60.0)
        late = log.lateness(CRITICAL, start + 120.0)[-1]
        return vendor.between(start + 120.0, start + 22 * 60.0) / 20, late

    used, late = run_virtual(main)
    assert used >= 48.0
    assert late < 0.01


@pytest.mark.parametrize("word", [Word(day_used=5000), Word(in_flight=True)], ids=str)
def test_a_vendors_word_did_not_let_the_next_headers_open_a_full_window(word: Word) -> None:
    """All slots of a second were under way: nobody started until the word had lost its force."""

    async def main(clock: VirtualClock) -> tuple[int, list[float]]:
        vendor, log = Vendor(clock, 0, (0.1, 0.2), (0.1, 0.2)), Log()
        jobs = [feed("c", CRITICAL, 5.0, vendor, log)]
        jobs += [feed(f"b{i}", BACKGROUND, 5.0, vendor, log) for i in range(10)]
        scheduler = Scheduler(clock, CALENDAR)
        limits = BudgetSpec((window(2, 1.0), window(1_000_000, 86_400.0)))
        scheduler.replace(jobs, {"v": limits})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(10.05)
        told = clock.now()
        scheduler.says("v", word)
        await clock.sleep(120.0)
        await asyncio.gather(scheduler.stop(5.0), running)
        return vendor.between(told, told + 120.0), log.lateness(CRITICAL, told + 60.0)

    arrivals, late = run_virtual(main)
    assert arrivals >= 100
    assert late
    assert late[-1] <= 1.0


@pytest.mark.parametrize(
    "limits",
    [
        BudgetSpec((window(20, 10.0),)),
        BudgetSpec((window(5, 1.0), window(100, 60.0))),
        BudgetSpec((window(60, 60.0),), max_in_flight=4),
    ],
    ids=str,
)
def test_a_process_that_held_nothing_when_the_ledger_went_away_never_started_again(
    limits: BudgetSpec,
) -> None:
    """Its part of the budget is its own once all that others held has run off."""

    async def main(clock: VirtualClock) -> tuple[list[int], int]:
        vendor, ledger = Vendor(clock, 0, (0.0, 0.1), (0.0, 0.1)), MemoryLedger(clock)
        slow = limits.windows[0].length > 30.0
        logs = [Log(), Log()]
        processes = []
        for number, (log, every) in enumerate(zip(logs, (30.0, 5.0), strict=True)):
            scheduler = Scheduler(clock, CALENDAR, Wire(ledger, clock, number, 0.004))
            jobs = [feed(f"c{i}", CRITICAL, every, vendor, log) for i in range(3)]
            scheduler.replace(jobs, {"v": limits})
            processes.append(scheduler)
        running = [asyncio.create_task(one.run()) for one in processes]
        await clock.sleep(150.0)
        quiet = processes[0].budgets["v"].gate.tally
        for _ in range(3000):
            # Where its window is long it always holds something: then nothing is in flight.
            if not quiet.in_flight and (slow or not quiet.windows[0].held(clock.now())):
                break
            await clock.sleep(0.01)
        ledger.available = False
        gone = clock.now()
        await clock.sleep(600.0)
        starts = [
            sum(at > gone + 300.0 for runs in log.runs.values() for _, at in runs) for log in logs
        ]
        ledger.available = True
        await clock.sleep(60.0)
        await asyncio.gather(*(one.stop(5.0) for one in processes), *running)
        return starts, vendor.most_in(limits.windows[-1].length)

    starts, most = run_virtual(main)
    assert min(starts) >= 20
    assert most <= limits.windows[-1].limit


def test_the_last_digit_of_a_sum_decided_whether_an_owner_had_its_share_in_time() -> None:
    """Fifty feeds of half a slot a window each: 25.000000000000028 of a share of 25."""

    async def main(clock: VirtualClock) -> float:
        vendor, log, rng = Vendor(clock, 1, (0.0, 0.05), (0.0, 0.05)), Log(), random.Random(1)
        jobs = [feed(f"c{i}", CRITICAL, 60.0, vendor, log) for i in range(25)]
        jobs += [feed(f"i{i}", IMPORTANT, 120.0, vendor, log) for i in range(50)]
        jobs += [
            feed(f"b{i}", BACKGROUND, rng.choice([30.0, 60.0, 120.0]), vendor, log)
            for i in range(200)
        ]
        scheduler = Scheduler(clock, CALENDAR)
        limits = BudgetSpec((window(100, 60.0),), shares=(50, 25, 10, 0), reserve=1)
        scheduler.replace(jobs, {"v": limits})
        start = clock.now()
        await run_for(scheduler, clock, 600.0)
        late = log.lateness(IMPORTANT, start + 120.0)
        return late[int(len(late) * 0.99)]

    assert run_virtual(main) <= 2.0
