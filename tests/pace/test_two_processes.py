"""Two processes that share a token: neither's lower groups delay the other's critical ones."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.endings import Endings
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, WindowSpec, default_reserve
from quanticity.pace.ports import Ask, Grant, Held, Job, Span, Telling
from quanticity.pace.schedule import Scheduler
from tests.pace import SOAK, examples
from tests.pace.vendor import Log, Vendor, feed
from tests.pace.wire import Wire

CALENDAR = MarketCalendar()
pytestmark = pytest.mark.timeout(3600 if SOAK else 120)
LOAD = 3.0
# One way to the ledger, seconds at most; and how late a start may be by asking it alone.
WAY, ASKING = 0.002, 0.02


@dataclass(frozen=True)
class World:
    """A budget that two processes draw on, and how much of its share critical wants of it.

    `first` is the part of all critical jobs that the first process has, and `other` its part of
    the rest.
    """

    limit: int
    length: float
    critical: float
    shares: bool
    seed: int
    first: float = 1.0
    other: float = 0.0
    delay: float = 0.2
    windows: int = 8
    in_flight: int | None = None
    load: float = LOAD

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
    deepest: int
    by_group: dict[Priority, float]
    passed_over: list[tuple[str, float]]
    asked: float


class Deaf(Wire):
    """The mutation: a way to the ledger on which nobody hears what others will need."""

    async def take(
        self,
        budget: str,
        spans: Sequence[Span],
        in_flight: int | None,
        asks: Sequence[Ask],
        look: float,
        ended: Endings | None = None,
        telling: Telling | None = None,
    ) -> Grant:
        grant = await super().take(budget, spans, in_flight, asks, look, ended, telling)
        return grant._replace(heard=())

    async def held(
        self, budget: str, length: float, look: float = 0.0, telling: Telling | None = None
    ) -> Held:
        return replace(await super().held(budget, length, look, telling), heard=())


def passed_over(log: Log, since: float) -> list[tuple[str, float]]:
    """Starts of lower groups, of either process, while a critical run was due and waited."""
    waits = [
        (due, began)
        for name, runs in log.runs.items()
        if log.groups[name] is Priority.CRITICAL
        for due, began in runs
        if due >= since and began - due > ASKING
    ]
    return [
        (name, began)
        for name, runs in log.runs.items()
        if log.groups[name] is not Priority.CRITICAL
        for _, began in runs
        if any(due + ASKING < began < start - ASKING for due, start in waits)
    ]


def jobs_of(world: World, vendor: Vendor, log: Log, rng: random.Random) -> list[list[Job]]:
    """The jobs of both processes: three times as much as there is."""
    n = world.limit
    critical = world.critical * n / 2
    rest = world.load * n - critical
    wanted = {Priority.CRITICAL: critical}
    for group, part in (("important", 0.4), ("nice_to_have", 0.3), ("background", 0.3)):
        wanted[Priority(group)] = rest * part
    both: list[list[Job]] = [[], []]
    for group, slots in wanted.items():
        part = world.first if group is Priority.CRITICAL else world.other
        got = [0.0, 0.0]
        while sum(got) < slots * 0.999:
            interval = world.length * rng.choice([0.25, 0.5, 1.0, 2.0, 5.0])
            interval = max(interval, world.length / (slots - sum(got)))
            process = 0 if got[0] < part * slots * 0.999 else 1
            got[process] += world.length / interval
            name = f"{group.value}{process}.{len(both[process])}"
            both[process].append(feed(name, group, interval, vendor, log))
    return both


def play(world: World, way: type[Wire] = Wire) -> Outcome:
    async def main(clock: VirtualClock) -> Outcome:
        rng = random.Random(world.seed)
        vendor = Vendor(clock, world.seed, (0.0, world.delay), (0.0, world.delay))
        log, ledger = Log(), MemoryLedger(clock)
        both: list[Scheduler] = []
        wires: list[Wire] = []
        for number, jobs in enumerate(jobs_of(world, vendor, log, rng)):
            wires.append(way(ledger, clock, world.seed + number, WAY))
            scheduler = Scheduler(clock, CALENDAR, wires[-1])
            scheduler.replace(jobs, {"v": world.spec})
            both.append(scheduler)
        start = clock.now()
        running = [asyncio.create_task(one.run()) for one in both]
        await clock.sleep(world.length * (world.windows + 2))
        await asyncio.gather(*(one.stop(60.0) for one in both), *running)
        # Two windows to begin with: demand first known less than a window ago may wait.
        since, until = start + 2 * world.length, start + (world.windows + 2) * world.length
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
        arrived = vendor.between(since, until)
        return Outcome(
            log.lateness(Priority.CRITICAL, since),
            arrived / world.windows,
            vendor.most_in(world.length),
            vendor.deepest,
            by_group,
            passed_over(log, since),
            sum(wire.takes for wire in wires) / max(1, len(vendor.arrivals)),
        )

    return run_virtual(main)


def ideal(world: World) -> float:
    """All but the reserve, each slot held for the window, one round trip, and the ledger's way."""
    held = world.length + world.delay + 2 * WAY
    return (world.limit - world.spec.reserve) * world.length / held


def worst(outcome: Outcome) -> float:
    return max(outcome.late, default=0.0)


WORLDS = [
    World(100, 60.0, 1.0, True, 0),
    World(100, 60.0, 0.9, True, 1, first=0.3, other=0.7),
    World(150, 60.0, 0.8, False, 3, first=0.5, other=0.5),
    World(120, 10.0, 1.0, True, 2, first=0.0, other=1.0),
    World(50, 30.0, 0.9, True, 9, first=0.5, other=0.5, windows=20),
    World(20, 60.0, 0.5, True, 6, windows=20),
]


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_no_lower_request_of_either_delays_a_critical_one_of_the_other(world: World) -> None:
    outcome = play(world)
    assert outcome.most <= world.limit
    assert outcome.late
    assert worst(outcome) <= ASKING
    assert outcome.used >= 0.95 * ideal(world)


@st.composite
def random_worlds(draw: st.DrawFn) -> World:
    limit = draw(st.integers(20, 200))
    return World(
        limit,
        draw(st.sampled_from([5.0, 10.0, 30.0, 60.0])),
        # Critical wants at most its share, which is half of the limit, rounded down.
        draw(st.floats(0.1, 1.0)) * (limit // 2) / (limit / 2),
        draw(st.booleans()),
        draw(st.integers(0, 10_000)),
        draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])),
        draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])),
        delay=draw(st.sampled_from([0.02, 0.1, 0.2, 0.4])),
        windows=24 if SOAK or limit < 100 else 8,
    )


@given(random_worlds())
@examples(10)
def test_in_any_world_of_two_processes_critical_is_on_time_and_95_percent_is_used(
    world: World,
) -> None:
    outcome = play(world)
    assert outcome.most <= world.limit
    assert worst(outcome) <= ASKING
    assert outcome.passed_over == []
    assert outcome.used >= 0.95 * 0.98 * ideal(world)


@given(random_worlds(), st.sampled_from([2, 3, 5]))
@examples(6)
def test_the_place_in_flight_that_is_kept_for_critical_counts_for_both(
    world: World, in_flight: int
) -> None:
    # So many places that the limit can be used, and a few that are not free at every moment.
    busy = world.limit / world.length * world.delay
    places = in_flight + math.ceil(2 * busy)
    outcome = play(replace(world, in_flight=places))
    assert outcome.most <= world.limit
    assert outcome.deepest <= places
    assert worst(outcome) <= ASKING
    assert outcome.passed_over == []


def test_the_suite_finds_processes_that_do_not_hear_what_others_will_need() -> None:
    """The mutation: each looks ahead for its own jobs only, as if the other told nothing."""
    found = 0
    for world in WORLDS[:5]:
        outcome = play(world, Deaf)
        assert outcome.most <= world.limit
        found += worst(outcome) > 1.0
    assert found >= 4


def test_every_group_has_its_share_whichever_process_it_is_in() -> None:
    world = World(100, 60.0, 1.0, True, 5, first=0.5, other=0.5)
    outcome = play(world)
    slots = world.length / (world.length + world.delay)
    shares = world.spec.shares
    for group in (Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE_TO_HAVE):
        # A slot less at the edges of what is counted.
        assert outcome.by_group[group] >= shares[group.rank] * slots - 1.0


def test_telling_goes_along_with_the_exchanges_that_there_are() -> None:
    """Others are asked without a request only where somebody waits: not here."""
    world = World(100, 60.0, 0.5, True, 5, first=0.5, other=0.5, load=0.5)
    outcome = play(world)
    assert worst(outcome) <= ASKING
    assert outcome.asked <= 1.3


def test_what_a_process_needs_that_was_killed_is_forgotten() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int, list[bool]]:
        vendor, log, ledger = Vendor(clock), Log(), MemoryLedger(clock)
        spec = BudgetSpec((WindowSpec(60.0, 60, 60),), reserve=1)
        critical = [feed(f"c{n}", Priority.CRITICAL, 60.0, vendor, log) for n in range(40)]
        background = [feed(f"b{n}", Priority.BACKGROUND, 30.0, vendor, log) for n in range(60)]
        both, wires = [], []
        for number, jobs in enumerate((critical, background)):
            wires.append(Wire(ledger, clock, number, WAY))
            both.append(Scheduler(clock, CALENDAR, wires[-1]))
            both[-1].replace(jobs, {"v": spec})
        running = [asyncio.create_task(one.run()) for one in both]
        start = clock.now()
        await clock.sleep(240.0)
        known = [bool(both[1].budgets["v"].gate.others)]
        wires[0].cut = True
        await both[0].stop(0.0)
        await clock.sleep(180.0)
        known.append(bool(both[1].budgets["v"].gate.others))
        await both[1].stop(10.0)
        await asyncio.gather(*running)
        before = vendor.between(start + 120.0, start + 240.0)
        return before, vendor.between(start + 360.0, start + 420.0), known

    before, after, known = run_virtual(main)
    assert known == [True, False]
    assert before >= 0.95 * 2 * 59
    # Now the other has all to itself.
    assert after >= 0.95 * 59
