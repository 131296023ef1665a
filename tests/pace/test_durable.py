"""Slots are written before they are used: several processes, crashes, and a ledger that is away."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Word
from quanticity.pace.schedule import Scheduler
from tests.pace import SOAK, examples
from tests.pace.vendor import Log, Vendor, feed, run_for
from tests.pace.wire import Wire

CALENDAR = MarketCalendar()
pytestmark = pytest.mark.timeout(3600 if SOAK else 120)


class Process:
    """A scheduler that can be killed: from then on it says nothing more to anyone."""

    def __init__(
        self, clock: VirtualClock, ledger: MemoryLedger, vendor: Vendor, spec: BudgetSpec, seed: int
    ) -> None:
        self.wire = Wire(ledger, clock, seed, 0.004)
        self.log = Log()
        self.scheduler = Scheduler(clock, CALENDAR, self.wire)
        rng = random.Random(seed)
        length = spec.windows[0].length
        jobs = [
            feed(
                f"feed{index}",
                rng.choice(list(Priority)),
                length * rng.choice([0.25, 0.5, 1.0, 2.0]),
                vendor,
                self.log,
            )
            for index in range(3 * spec.windows[0].usable)
        ]
        self.scheduler.replace(jobs, {"v": spec})
        self._running = asyncio.create_task(self.scheduler.run())

    async def kill(self) -> None:
        self.wire.cut = True
        await self.scheduler.stop(0.0)
        await self._running

    async def stop(self) -> None:
        await self.scheduler.stop(30.0)
        await self._running


worlds = st.tuples(
    st.integers(0, 10_000),
    st.sampled_from([5, 12, 30]),
    st.sampled_from([2.0, 5.0, 15.0]),
    st.sampled_from([0.05, 0.2, 0.8]),
    st.sampled_from([None, 3]),
)
World = tuple[int, int, float, float, int | None]


def spec_of(world: World) -> BudgetSpec:
    seed, limit, length, _, in_flight = world
    shares = (limit // 2, limit // 4, 0, 0) if seed % 2 else (0, 0, 0, 0)
    return BudgetSpec((WindowSpec(length, limit, limit),), None, in_flight, shares, 1, grace=1.0)


def play(world: World, processes: int, kills: int) -> Vendor:
    async def main(clock: VirtualClock) -> Vendor:
        seed, _, length, delay, _ = world
        rng = random.Random(seed)
        vendor = Vendor(clock, seed, (0.0, delay), (0.0, delay))
        ledger = MemoryLedger(clock)
        spec = spec_of(world)
        alive = [Process(clock, ledger, vendor, spec, seed + i) for i in range(processes)]
        for number in range(kills):
            await clock.sleep(rng.uniform(0.5, 2.0) * length)
            await alive.pop(0).kill()
            alive.append(Process(clock, ledger, vendor, spec, seed + 100 + number))
        await clock.sleep(3 * length + 16.0)
        for process in alive:
            await process.stop()
        return vendor

    return run_virtual(main)


@given(worlds)
@examples(12)
def test_two_processes_with_one_token_are_never_over_together(world: World) -> None:
    vendor = play(world, processes=2, kills=0)
    _, limit, length, _, in_flight = world
    assert len(vendor.arrivals) > limit
    assert vendor.most_in(length) <= limit
    if in_flight is not None:
        assert vendor.deepest <= in_flight


@given(worlds)
@examples(12)
def test_killed_and_started_again_in_mid_window_it_is_never_over(world: World) -> None:
    vendor = play(world, processes=1, kills=3)
    _, limit, length, _, _ = world
    assert len(vendor.arrivals) > limit
    assert vendor.most_in(length) <= limit


def test_asks_that_meet_in_one_turn_go_out_as_one() -> None:
    async def main(clock: VirtualClock) -> Wire:
        vendor, log = Vendor(clock), Log()
        wire = Wire(MemoryLedger(clock), clock, 1, 0.002)
        scheduler = Scheduler(clock, CALENDAR, wire)
        jobs = [feed(f"f{i}", Priority.CRITICAL, 60.0, vendor, log) for i in range(40)]
        scheduler.replace(jobs, {"v": BudgetSpec((WindowSpec(60.0, 100, 100),))})
        await run_for(scheduler, clock, 1.0)
        return wire

    wire = run_virtual(main)
    assert wire.asks >= 40
    assert wire.takes <= 3
    assert wire.releases <= 40


def test_while_slots_are_asked_for_what_ended_goes_out_with_the_asks() -> None:
    async def main(clock: VirtualClock) -> Wire:
        vendor, log = Vendor(clock), Log()
        wire = Wire(MemoryLedger(clock), clock, 1, 0.002)
        scheduler = Scheduler(clock, CALENDAR, wire)
        jobs = [feed(f"f{i}", Priority.CRITICAL, 0.01, vendor, log) for i in range(40)]
        scheduler.replace(jobs, {"v": BudgetSpec((), max_in_flight=16)})
        await run_for(scheduler, clock, 5.0)
        return wire

    wire = run_virtual(main)
    assert wire.asks > 200
    assert wire.releases < wire.takes / 4


def test_a_restart_waits_for_the_slots_of_the_last_life() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        vendor = Vendor(clock, there=(0.05, 0.05), back=(0.05, 0.05))
        ledger = MemoryLedger(clock)
        spec = BudgetSpec((WindowSpec(20.0, 10, 10),), grace=1.0)
        first = Process(clock, ledger, vendor, spec, 1)
        await clock.sleep(3.0)
        await first.kill()
        assert len(vendor.arrivals) >= 8
        start = clock.now()
        second = Process(clock, ledger, vendor, spec, 2)
        await clock.sleep(25.0)
        await second.stop()
        return [at - start for at in vendor.arrivals if at > start]

    later = run_virtual(main)
    # All but what the first life left free had to wait until its slots ran off.
    assert sum(at < 16.0 for at in later) <= 2
    assert len(later) > 5


def test_while_the_ledger_is_away_slots_are_counted_here_and_written_when_it_is_back() -> None:
    async def main(clock: VirtualClock) -> tuple[Vendor, MemoryLedger, int, bool]:
        vendor, log = Vendor(clock, there=(0.0, 0.1), back=(0.0, 0.1)), Log()
        ledger = MemoryLedger(clock)
        spec = BudgetSpec((WindowSpec(10.0, 20, 20),), reserve=1)
        scheduler = Scheduler(clock, CALENDAR, ledger)
        jobs = [feed(f"f{i}", Priority.CRITICAL, 10.0, vendor, log) for i in range(40)]
        scheduler.replace(jobs, {"v": spec})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(15.0)
        ledger.available = False
        await clock.sleep(30.0)
        away = scheduler.state().ledger_away
        ledger.available = True
        await clock.sleep(3.0)
        held = len((await ledger.held("v", 10.0)).bases)
        assert not scheduler.state().ledger_away
        await clock.sleep(20.0)
        await scheduler.stop(10.0)
        await running
        return vendor, ledger, held, away

    vendor, _, held, away = run_virtual(main)
    assert away
    assert vendor.most_in(10.0) <= 20
    assert len(vendor.arrivals) > 100
    # The ledger knows of all that was sent in the last window, also of what it missed.
    assert held >= 18


@given(worlds)
@example((9999, 30, 15.0, 0.8, None))  # taken while the rest was written, it never was
@example((2302, 5, 5.0, 0.05, None))  # one held every slot, so the other had never asked for one
@examples(8)
def test_two_processes_keep_to_their_part_while_the_ledger_is_away(world: World) -> None:
    async def main(clock: VirtualClock) -> Vendor:
        seed, _, length, delay, _ = world
        vendor = Vendor(clock, seed, (0.0, delay), (0.0, delay))
        ledger = MemoryLedger(clock)
        both = [Process(clock, ledger, vendor, spec_of(world), seed + i) for i in range(2)]
        await clock.sleep(1.7 * length)
        ledger.available = False
        await clock.sleep(3 * length)
        ledger.available = True
        await clock.sleep(3 * length)
        for process in both:
            await process.stop()
        return vendor

    vendor = run_virtual(main)
    assert vendor.most_in(world[2]) <= world[1]


def test_a_slot_still_being_written_when_all_stops_begins_no_run() -> None:
    async def main(clock: VirtualClock) -> tuple[int, float, int, bool]:
        vendor, log = Vendor(clock), Log()
        ledger = MemoryLedger(clock)
        wire = Wire(ledger, clock, 1, 0.3)
        scheduler = Scheduler(clock, CALENDAR, wire)
        jobs = [feed(f"f{i}", Priority.CRITICAL, 60.0, vendor, log) for i in range(10)]
        scheduler.replace(jobs, {"v": BudgetSpec((WindowSpec(60.0, 100, 100),))})
        running = asyncio.create_task(scheduler.run())
        while wire.takes == 0:
            # Written, and the answer is on its way back.
            await clock.sleep(0.001)
        began = clock.now()
        await scheduler.stop(5.0)
        await running
        held = await ledger.held("v", 60.0)
        busy = any(job.running for job in scheduler.state().jobs.values())
        return len(vendor.arrivals) + len(log.runs), clock.now() - began, len(held.bases), busy

    begun, seconds, held, busy = run_virtual(main)
    assert begun == 0
    assert seconds < 1.0
    # What was never sent is given back.
    assert held == 0
    assert not busy


def test_words_of_the_vendor_reach_the_ledger_too() -> None:
    async def main(clock: VirtualClock) -> int:
        vendor, log = Vendor(clock, there=(0.01, 0.01), back=(0.01, 0.01)), Log()
        scheduler = Scheduler(clock, CALENDAR, MemoryLedger(clock))
        jobs = [feed(f"f{i}", Priority.CRITICAL, 5.0, vendor, log) for i in range(40)]
        scheduler.configure({"v": BudgetSpec((WindowSpec(10.0, 20, 20),))})
        scheduler.says("v", Word(remaining=5, reset_in=10.0))
        scheduler.replace(jobs)
        await run_for(scheduler, clock, 8.0)
        return len(vendor.arrivals)

    assert run_virtual(main) == 5
