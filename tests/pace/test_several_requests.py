"""Runs of several requests: each of them has its slot in time, not the first alone."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ports import Job, Lane
from quanticity.pace.schedule import Scheduler
from quanticity.pace.slot import Slot
from tests.pace import worlds
from tests.pace.vendor import Log, feed, run_for
from tests.pace.worlds import Outcome, World


@dataclass
class Timed(Lane):
    """Notes when each slot was asked for, and how long it was waited for."""

    lane: Lane
    clock: VirtualClock
    waits: list[tuple[float, float]]

    @property
    def due(self) -> float:
        return self.lane.due

    async def slot(self) -> Slot:
        asked = self.clock.now()
        slot = await self.lane.slot()
        self.waits.append((asked, self.clock.now() - asked))
        return slot


def timed(job: Job, clock: VirtualClock, waits: list[tuple[float, float]]) -> Job:
    async def run(lane: Lane) -> None:
        await job.run(Timed(lane, clock, waits))

    return replace(job, run=run)


def play(world: World, critical: int, lower: int) -> tuple[Outcome, list[float]]:
    """What came of it where runs have so many requests, and how long each critical one waited."""

    async def main(clock: VirtualClock) -> tuple[Outcome, list[float]]:
        rng = random.Random(world.seed)
        vendor, log = world.vendor(clock), Log()
        jobs: list[Job] = []
        waits: list[tuple[float, float]] = []
        for group, slots in world.wanted().items():
            calls = critical if group is Priority.CRITICAL else lower
            for interval in world.intervals(slots / calls, rng):
                name = f"{group.value}{len(jobs)}"
                job = feed(name, group, interval, vendor, log, calls=calls)
                jobs.append(timed(job, clock, waits) if group is Priority.CRITICAL else job)
        scheduler = Scheduler(clock, worlds.CALENDAR)
        scheduler.replace(jobs, {"v": world.spec})
        start = clock.now()
        await run_for(scheduler, clock, world.lasts)
        since = start + 2 * world.length
        late = sorted(wait for asked, wait in waits if asked >= since)
        return worlds.outcome(world, vendor, log, start, 0.002, 0.001), late

    return run_virtual(main)


@pytest.mark.parametrize(("critical", "lower"), [(3, 1), (5, 1), (1, 4), (3, 4)])
@pytest.mark.parametrize(
    "world",
    [
        World(100, 60.0, 0.9, True, 0),
        World(120, 10.0, 0.8, False, 4),
        World(50, 30.0, 0.8, True, 5, windows=12),
    ],
    ids=str,
)
def test_every_request_of_a_critical_run_has_its_slot_in_time(
    world: World, critical: int, lower: int
) -> None:
    outcome, waits = play(world, critical, lower)
    assert outcome.most <= world.limit
    assert outcome.late[int(len(outcome.late) * 0.99)] <= 1.0
    assert len(waits) >= critical * len(outcome.late) * 0.9
    assert waits[int(len(waits) * 0.99)] <= 1.0
    # Slots are kept for all requests of a run when it begins, and they follow one another.
    assert outcome.used >= 0.9 * world.ideal()
