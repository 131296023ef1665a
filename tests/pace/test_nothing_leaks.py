"""Runs that give up, ask for more or less than they said, fail, change and go: nothing is left."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Job, Lane
from quanticity.pace.schedule import Scheduler
from tests.pace import SOAK, examples
from tests.pace.vendor import Vendor
from tests.pace.wire import Wire
from tests.pace.worlds import CALENDAR

pytestmark = pytest.mark.timeout(3600 if SOAK else 120)
STEPS = 30


@dataclass
class Unruly:
    """Jobs of one budget that keep to nothing they said."""

    clock: VirtualClock
    vendor: Vendor
    rng: random.Random
    limit: int
    length: float
    made: int = field(default=0)

    def spec(self) -> BudgetSpec:
        limit, rng = self.limit, self.rng
        windows = [WindowSpec(self.length, limit, rng.choice([limit, limit - 2]))]
        if rng.random() < 0.5:
            half = limit // 2
            windows.insert(0, WindowSpec(self.length / 4, half, half))
        shares = (limit // 3, limit // 4, 0, 0) if rng.random() < 0.5 else (0, 0, 0, 0)
        cap, burst = rng.choice([None, 4]), rng.choice([None, 5])
        return BudgetSpec(tuple(windows), burst, cap, shares, 1, grace=1.0)

    def job(self) -> Job:
        rng, calls = self.rng, self.rng.choice([1, 2, 3, 5, 1000])
        name = f"f{self.made if rng.random() < 0.5 else rng.randrange(self.limit)}"
        self.made += 1

        async def run(lane: Lane) -> None:
            for _ in range(rng.choice([0, 1, min(calls, 9), min(calls, 9) + 2])):
                await self._asks(lane, rng.random())

        interval, group = self.length * rng.choice([0.25, 0.5, 1.0]), rng.choice(list(Priority))
        return Job(
            name,
            "v",
            group,
            run,
            interval=interval,
            max_calls=calls,
            timeout=2.0,
            fingerprint=str(self.made),
        )

    async def _asks(self, lane: Lane, how: float) -> None:
        if how < 0.1:
            with_patience = self.rng.choice([0.001, 0.01, 0.3, 1.0])
            try:
                async with asyncio.timeout(with_patience):
                    (await lane.slot()).unsent()
            except TimeoutError:
                return
        elif how < 0.15:
            (await lane.slot()).unsent()
        elif how < 0.2:
            await asyncio.gather(self.vendor.ask(lane), self.vendor.ask(lane))
        else:
            await self.vendor.ask(lane)


def play(seed: int, processes: int, *, durable: bool) -> None:
    """Reload again and again, take all away, and look at what is left."""

    async def main(clock: VirtualClock) -> None:
        rng = random.Random(seed)
        limit, length = rng.choice([6, 12, 30]), rng.choice([3.0, 8.0])
        vendor = Vendor(clock, seed, vanishes=0.02, patience=2.0, lingers=0.9)
        unruly, ledger = Unruly(clock, vendor, rng, limit, length), MemoryLedger(clock)
        spec, running = unruly.spec(), []
        schedulers = [
            Scheduler(clock, CALENDAR, Wire(ledger, clock, seed + one, 0.05) if durable else None)
            for one in range(processes)
        ]
        for scheduler in schedulers:
            scheduler.replace({job.id: job for job in _jobs(unruly, limit)}.values(), {"v": spec})
            running.append(asyncio.create_task(scheduler.run()))
        # One that heard of nobody before the ledger went takes itself for the only one.
        await clock.sleep(length)
        for _ in range(STEPS):
            await clock.sleep(rng.uniform(0.05, length / 4))
            jobs = {job.id: job for job in _jobs(unruly, rng.randrange(1, limit))}
            budgets = {"v": unruly.spec()} if processes == 1 and rng.random() < 0.2 else None
            rng.choice(schedulers).replace(jobs.values(), budgets)
            ledger.available = rng.random() < 0.8
        ledger.available = True
        for scheduler in schedulers:
            scheduler.replace([])
        await clock.sleep(20 * length)
        for scheduler in schedulers:
            gate = scheduler.budgets["v"].gate
            assert gate.backlog == [0, 0, 0, 0]
            assert [gate.under_way.runs(rank) for rank in range(4)] == [0, 0, 0, 0]
            assert gate.tally.in_flight == 0
            assert not any(gate.tally.opened)
            await scheduler.stop(0.0)
        await asyncio.gather(*running)
        assert vendor.most_in(length) <= limit

    run_virtual(main)


def _jobs(unruly: Unruly, count: int) -> list[Job]:
    return [unruly.job() for _ in range(count)]


@given(st.integers(0, 100_000), st.sampled_from([(1, False), (1, True), (2, True)]))
@examples(8)
def test_of_runs_that_keep_to_nothing_they_said_nothing_is_left(
    seed: int, kind: tuple[int, bool]
) -> None:
    processes, durable = kind
    play(seed, processes, durable=durable)
