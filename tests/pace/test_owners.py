"""Whatever is lent, added, removed or retimed around it: who keeps to its share misses nothing."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec, default_reserve
from quanticity.pace.ports import Job
from quanticity.pace.schedule import LEDGER_SLACK, Scheduler
from tests.pace import SOAK, examples
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
pytestmark = pytest.mark.timeout(3600 if SOAK else 120)
LOAD = 3.0
WINDOWS = 8
OWNERS = (Priority.CRITICAL, Priority.IMPORTANT)
OTHERS = (Priority.NICE_TO_HAVE, Priority.BACKGROUND)


@dataclass(frozen=True)
class World:
    """A budget with shares; how much of theirs the owners want, and how often all is reloaded."""

    limit: int
    length: float
    wants: tuple[float, float]
    seed: int
    delay: float
    reloads: int
    durable: bool

    @property
    def spec(self) -> BudgetSpec:
        window, n = WindowSpec(self.length, self.limit, self.limit), self.limit
        return BudgetSpec(
            (window,), None, None, (n // 2, n // 4, n // 10, 0), default_reserve(window)
        )


worlds = st.builds(
    World,
    limit=st.integers(20, 160),
    length=st.sampled_from([5.0, 10.0, 60.0]),
    wants=st.tuples(st.floats(0.2, 1.0), st.floats(0.2, 1.0)),
    seed=st.integers(0, 10_000),
    delay=st.sampled_from([0.0, 0.1, 0.4]),
    reloads=st.integers(0, 6),
    durable=st.booleans(),
)


def owners(world: World, vendor: Vendor, log: Log, rng: random.Random) -> list[Job]:
    """Feeds of the owners, that want in every window what they want in any."""
    # A slot is held a little longer than the window, until the ledger has heard of it, too: that
    # much less fits into a share.
    fits = world.length / (world.length + world.delay + 2 * LEDGER_SLACK)
    found: list[Job] = []
    for group, part in zip(OWNERS, world.wants, strict=True):
        left = max(1, int(part * world.spec.shares[group.rank] * fits))
        while left:
            calls = rng.choice([one for one in (1, 1, 2, 4) if one <= left])
            left -= calls
            found.append(feed(f"{group.value}{left}", group, world.length / calls, vendor, log))
    return found


def others(world: World, vendor: Vendor, log: Log, rng: random.Random) -> list[Job]:
    """Feeds of lower groups that want the rest of three times the limit; each time others."""
    left = LOAD * world.limit - sum(world.spec.shares[:2])
    found: list[Job] = []
    while left > 0:
        interval = world.length * rng.choice([0.25, 0.5, 1.0, 3.0])
        left -= world.length / interval
        name = f"other{rng.randrange(1000)}-{len(found)}"
        found.append(feed(name, rng.choice(OTHERS), interval, vendor, log))
    return found


def play(world: World) -> tuple[Vendor, Log, float, list[Job]]:
    """Run it; what the vendor counted, the runs, when three windows had passed, and the owners.

    At the start all is due at once: what the first runs leave is even two windows later.
    """

    async def main(clock: VirtualClock) -> tuple[Vendor, Log, float, list[Job]]:
        rng = random.Random(world.seed)
        vendor = Vendor(clock, world.seed, (0.0, world.delay / 2), (0.0, world.delay / 2))
        log = Log()
        scheduler = Scheduler(clock, CALENDAR, MemoryLedger(clock) if world.durable else None)
        kept = owners(world, vendor, log, rng)
        scheduler.replace([*kept, *others(world, vendor, log, rng)], {"v": world.spec})
        running = asyncio.create_task(scheduler.run())
        since = clock.now() + 3 * world.length
        step = (WINDOWS + 3) * world.length / (world.reloads + 1)
        for _ in range(world.reloads):
            await clock.sleep(step * rng.uniform(0.8, 1.0))
            again = [*kept, *others(world, vendor, log, rng)]
            rng.shuffle(again)
            scheduler.replace(again, {"v": world.spec})
        await clock.sleep(step)
        await scheduler.stop(60.0)
        await running
        assert scheduler.failed_runs == 0
        return vendor, log, since, kept

    return run_virtual(main)


def assert_on_time(world: World) -> None:
    vendor, log, since, _ = play(world)
    assert vendor.most_in(world.length) <= world.limit
    for group in OWNERS:
        late = log.lateness(group, since)
        # A slot of the round before is still under way at times, and seldom another before it.
        assert late[int(len(late) * 0.99)] <= 2 * world.delay + 0.1, group
        assert late[-1] <= 1.0, group


@given(worlds)
@examples(8, 600)
def test_a_lent_slot_is_never_missed_by_its_owner(world: World) -> None:
    assert_on_time(world)


@pytest.mark.parametrize(
    "world",
    [
        World(146, 10.0, (0.58, 0.5), 1, 0.0, 0, True),
        World(117, 60.0, (0.37, 0.54), 5, 0.0, 4, True),
        World(160, 60.0, (0.34, 0.27), 23, 0.4, 6, True),
        World(108, 60.0, (0.48, 0.93), 17, 0.4, 4, True),
    ],
    ids=str,
)
def test_a_group_waited_for_its_own_until_the_next_look_ahead(world: World) -> None:
    """A look that was a slot too careful stood for a twentieth of a window."""
    assert_on_time(world)


@given(worlds)
@examples(8, 600)
def test_reloads_around_a_feed_lose_none_of_its_runs_and_double_none(world: World) -> None:
    _, log, since, kept = play(world)
    for job in kept:
        dues = [due for due, _ in log.runs[job.id] if due >= since]
        gaps = [later - earlier for earlier, later in pairwise(dues)]
        assert gaps == pytest.approx([job.interval] * len(gaps), abs=0.001), job.id
        assert len(dues) >= WINDOWS * 0.7 * world.length / (job.interval or 1.0)
