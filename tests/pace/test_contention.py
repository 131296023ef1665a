"""Three times as much wanted as there is: critical is on time, and nothing is idle."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec, default_reserve
from quanticity.pace.ports import Job
from quanticity.pace.schedule import Scheduler
from tests.pace import SOAK, examples
from tests.pace.vendor import Log, Vendor, feed, run_for

CALENDAR = MarketCalendar()
pytestmark = pytest.mark.timeout(3600 if SOAK else 120)
LOAD = 3.0


@dataclass(frozen=True)
class World:
    """A budget, and how much of its share critical wants of it."""

    limit: int
    length: float
    critical: float
    shares: bool
    seed: int
    delay: float = 0.2
    windows: int = 8
    durable: bool = False
    in_flight: int | None = None

    @property
    def spec(self) -> BudgetSpec:
        window = WindowSpec(self.length, self.limit, self.limit)
        n = self.limit
        shares = (n // 2, n // 4, n // 10, 0) if self.shares else (0, 0, 0, 0)
        return BudgetSpec((window,), None, self.in_flight, shares, default_reserve(window))


@dataclass(frozen=True)
class Outcome:
    late: list[float]
    used: float
    most: int
    by_group: dict[Priority, float]
    passed_over: list[tuple[str, float]]


def passed_over(log: Log, since: float) -> list[tuple[str, float]]:
    """Starts of lower groups while a critical run was due and waited."""
    waits = [
        (due, began)
        for name, runs in log.runs.items()
        if log.groups[name] is Priority.CRITICAL
        for due, began in runs
        if due >= since and began - due > 0.002
    ]
    return [
        (name, began)
        for name, runs in log.runs.items()
        if log.groups[name] is not Priority.CRITICAL
        for _, began in runs
        if any(due + 0.001 < began < start - 0.001 for due, start in waits)
    ]


def play(world: World) -> Outcome:
    async def main(clock: VirtualClock) -> Outcome:
        rng = random.Random(world.seed)
        vendor = Vendor(clock, world.seed, (0.0, world.delay), (0.0, world.delay))
        log, n = Log(), world.limit
        jobs: list[Job] = []
        critical = world.critical * n / 2
        wanted = {Priority.CRITICAL: critical}
        rest = LOAD * n - critical
        for group, part in (("important", 0.4), ("nice_to_have", 0.3), ("background", 0.3)):
            wanted[Priority(group)] = rest * part
        for group, slots in wanted.items():
            got = 0.0
            while got < slots * 0.999:
                interval = world.length * rng.choice([0.25, 0.5, 1.0, 2.0, 5.0])
                interval = max(interval, world.length / (slots - got))
                got += world.length / interval
                jobs.append(feed(f"{group.value}{len(jobs)}", group, interval, vendor, log))
        ledger = MemoryLedger(clock) if world.durable else None
        scheduler = Scheduler(clock, CALENDAR, ledger)
        scheduler.replace(jobs, {"v": world.spec})
        start = clock.now()
        await run_for(scheduler, clock, world.length * (world.windows + 2))
        # Two windows to begin with: demand first known less than a window ago may wait.
        since, until = start + 2 * world.length, start + (world.windows + 2) * world.length
        used = vendor.between(since, until) / world.windows
        by_group = {
            group: sum(
                since <= began < until
                for name, runs in log.runs.items()
                if log.groups[name] is group
                for _, began in runs
            )
            / world.windows
            for group in Priority
        }
        late = log.lateness(Priority.CRITICAL, since)
        over = passed_over(log, since)
        return Outcome(late, used, vendor.most_in(world.length), by_group, over)

    return run_virtual(main)


def ideal(world: World) -> float:
    """All but the reserve, each slot held for the window and one round trip."""
    spec = world.spec
    return (world.limit - spec.reserve) * world.length / (world.length + world.delay)


WORLDS = [
    World(limit, length, critical, shares, seed)
    for seed, (limit, length, critical, shares) in enumerate(
        [
            (100, 60.0, 1.0, True),
            (100, 60.0, 0.6, True),
            (110, 60.0, 0.3, True),
            (120, 10.0, 1.0, True),
            (150, 60.0, 0.8, False),
            (100, 5.0, 0.7, False),
            (240, 60.0, 0.9, True),
        ]
    )
]
SMALL_WORLDS = [
    World(limit, length, critical, shares, seed, windows=20)
    for seed, (limit, length, critical, shares) in enumerate(
        [
            (20, 60.0, 1.0, True),
            (20, 60.0, 0.5, True),
            (20, 10.0, 1.0, False),
            (30, 60.0, 0.7, True),
            (50, 30.0, 0.9, True),
        ]
    )
]
if SOAK:
    WORLDS = [World(w.limit, w.length, w.critical, w.shares, s) for w in WORLDS for s in range(20)]
    SMALL_WORLDS = [
        World(w.limit, w.length, w.critical, w.shares, s, windows=40)
        for w in SMALL_WORLDS
        for s in range(20)
    ]


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_critical_is_on_time_and_98_percent_is_used(world: World) -> None:
    outcome = play(world)
    assert outcome.most <= world.limit
    assert outcome.late[int(len(outcome.late) * 0.99)] <= 1.0
    assert outcome.used >= 0.98 * ideal(world)


@pytest.mark.parametrize("world", SMALL_WORLDS, ids=str)
def test_small_limits_are_used_to_95_percent(world: World) -> None:
    outcome = play(world)
    assert outcome.most <= world.limit
    assert outcome.late[int(len(outcome.late) * 0.99)] <= 1.0
    assert outcome.used >= 0.95 * ideal(world)


@st.composite
def random_worlds(draw: st.DrawFn, least: int) -> World:
    limit = draw(st.integers(least, 200))
    # Critical wants at most its share, which is half of the limit, rounded down.
    critical = draw(st.floats(0.1, 1.0)) * (limit // 2) / (limit / 2)
    return World(
        limit,
        draw(st.sampled_from([5.0, 10.0, 30.0, 60.0])),
        critical,
        draw(st.booleans()),
        draw(st.integers(0, 10_000)),
        delay=draw(st.sampled_from([0.02, 0.1, 0.2, 0.4])),
        # In 8 windows of 100 slots the edges of what is counted are half a percent.
        windows=24 if SOAK else 8,
    )


@given(random_worlds(100))
@examples(6)
def test_in_any_world_critical_is_on_time_and_98_percent_is_used(world: World) -> None:
    outcome = play(world)
    assert outcome.most <= world.limit
    assert outcome.late[int(len(outcome.late) * 0.99)] <= 1.0
    assert outcome.used >= 0.98 * ideal(world)
    assert outcome.passed_over == []


@given(random_worlds(20), st.sampled_from([2, 3, 5]))
@examples(8)
def test_no_lower_request_starts_while_a_critical_one_waits_for_a_place(
    world: World, in_flight: int
) -> None:
    # So many places that the limit can be used, and a few that are not free at every moment.
    busy = world.limit / world.length * world.delay
    outcome = play(replace(world, in_flight=in_flight + math.ceil(2 * busy)))
    assert outcome.most <= world.limit
    assert outcome.passed_over == []
    assert outcome.late[int(len(outcome.late) * 0.99)] <= 1.0


def test_a_demand_that_rounding_puts_above_a_whole_number_keeps_no_slot_more() -> None:
    """Five slots a window, summed up to 5.000000000000001, kept six from the others."""
    world = World(20, 60.0, 0.5, True, 4, windows=20)
    outcome = play(world)
    assert outcome.most <= world.limit
    assert outcome.used >= 0.97 * ideal(world)


@pytest.mark.parametrize(
    "world",
    [
        World(20, 60.0, 1.0, True, 14, windows=40),
        World(20, 10.0, 1.0, False, 14, windows=40),
        World(100, 5.0, 0.1875, False, 1, delay=0.4),
    ],
    ids=str,
)
def test_critical_feeds_that_met_at_a_peak_kept_slots_idle_for_the_rest_of_the_time(
    world: World,
) -> None:
    outcome = play(world)
    assert outcome.most <= world.limit
    assert outcome.late[int(len(outcome.late) * 0.99)] <= 1.0
    assert outcome.used >= 0.98 * ideal(world)


def test_a_lent_slot_never_delays_a_scheduled_critical_feed() -> None:
    world = World(60, 30.0, 0.9, True, 11)
    outcome = play(world)
    assert outcome.late
    assert max(outcome.late) < 0.01


def test_every_group_has_its_share_however_much_the_others_want() -> None:
    world = World(100, 60.0, 1.0, True, 5)
    outcome = play(world)
    slots = world.length / (world.length + world.delay)
    shares = world.spec.shares
    for group in (Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE_TO_HAVE):
        # A slot less at the edges of what is counted.
        assert outcome.by_group[group] >= shares[group.rank] * slots - 1.0


def test_writing_slots_down_first_costs_next_to_nothing() -> None:
    world = World(100, 60.0, 0.8, True, 2, durable=True)
    outcome = play(world)
    assert outcome.most <= world.limit
    assert outcome.late[int(len(outcome.late) * 0.99)] <= 1.0
    assert outcome.used >= 0.98 * ideal(world)
