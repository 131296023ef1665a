"""A window longer than the main one that binds: what is lent of it is never missed by critical."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Job
from quanticity.pace.schedule import Scheduler
from tests.pace import worlds
from tests.pace.vendor import Log, feed, run_for
from tests.pace.worlds import Outcome, World, outcome


def play(world: World, spec: BudgetSpec) -> Outcome:
    """A world whose limit is that of the last of these windows."""

    async def main(clock: VirtualClock) -> Outcome:
        rng, vendor, log = random.Random(world.seed), world.vendor(clock), Log()
        jobs: list[Job] = []
        for group, slots in world.wanted().items():
            for interval in world.intervals(slots, rng):
                jobs.append(feed(f"{group.value}{len(jobs)}", group, interval, vendor, log))
        scheduler = Scheduler(clock, worlds.CALENDAR)
        scheduler.replace(jobs, {"v": spec})
        start = clock.now()
        await run_for(scheduler, clock, world.lasts)
        for window in spec.windows:
            assert vendor.most_in(window.length) <= window.limit
        assert [job.group for job in jobs].count(Priority.CRITICAL) > 3
        return outcome(world, vendor, log, start, 0.002, 0.001)

    return run_virtual(main)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("shares", [True, False])
def test_critical_was_late_window_after_window_where_one_longer_than_a_minute_binds(
    seed: int, shares: bool
) -> None:
    """Late once, in the lump of the start, it was late ever after, by up to half of five minutes.

    Its slots come back that much later than a look ahead, which serves for ten minutes, foresaw.
    """
    limit = 30 + 20 * seed
    minute = WindowSpec(60.0, limit, limit)
    five = WindowSpec(300.0, 2 * limit, 2 * limit)
    part = (limit // 2, limit // 4, limit // 8, 0) if shares else (0, 0, 0, 0)
    spec = BudgetSpec((minute, five), None, 4, part, 1)
    found = play(World(2 * limit, 300.0, 0.8, shares=False, seed=seed, delay=0.1), spec)
    assert found.late[int(len(found.late) * 0.99)] <= 1.0
    assert found.used >= 0.95 * 2 * limit * 300.0 / 300.1


@pytest.mark.parametrize("seed", range(4))
def test_groups_between_took_what_critical_needed_of_a_window_beside_the_minute(seed: int) -> None:
    """What a group took that waited when the others looked ahead was not counted for them."""
    short = WindowSpec(10.0, 100, 100)
    spec = BudgetSpec((short, WindowSpec(60.0, 600, 600)), None, None, (300, 150, 60, 0), 12)
    world = World(100, 10.0, 0.8, shares=False, seed=seed, windows=12)
    found = play(replace(world, parts=(0.6, 0.2, 0.2)), spec)
    assert found.worst <= 0.05
    # Slots in ten seconds, of the window that binds.
    assert found.used >= 0.92 * (600 - spec.reserve) / 6
