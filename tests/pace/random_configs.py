"""Random configs of one budget, and the oldest values that runs of them show."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from quanticity.clock import MarketCalendar, Session, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ages import START, worst_ages
from quanticity.pace.limits import BudgetSpec, WindowSpec, default_reserve
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.ports import Job
from quanticity.pace.rules import Rules
from quanticity.pace.schedule import Scheduler
from tests.pace.test_schedule import eastern
from tests.pace.vendor import Log, Vendor, feed, noting, run_for

MONDAY = eastern("2026-01-05 11:00")
CALENDAR = MarketCalendar()
LENGTHS = (1.0, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 60.0)
SHORTEST, LONGEST = 0.5, 300.0
MOST_FEEDS = 60
WEEK, WEEKS = 7 * 86_400.0, 40

Mark = tuple[Priority, float | None, int]


@dataclass(frozen=True)
class RandomConfig:
    """One budget; `trip` is the longest that a request takes, seconds."""

    seed: int
    spec: BudgetSpec
    feeds: tuple[PlannedFeed, ...]
    trip: float
    load: float

    def __str__(self) -> str:
        spec = self.spec
        windows = ", ".join(f"{one.limit} in {one.length:g} s" for one in spec.windows)
        return (
            f"seed {self.seed}: {windows}; burst {spec.burst}, in flight {spec.max_in_flight}, "
            f"shares {spec.shares}, reserve {spec.reserve}, trip {self.trip:.3g}, "
            f"load {self.load:.2f}, {len(self.feeds)} feeds"
        )


def capacity(spec: BudgetSpec, trip: float) -> float:
    """Calls a second that all limits together let through."""
    rates = [one.usable / (one.length + trip / 2) for one in spec.windows]
    if spec.burst is not None:
        rates.append(spec.burst)
    if spec.max_in_flight is not None:
        rates.append(spec.max_in_flight / (trip / 2))
    return min(rates)


def random_config(seed: int, load: tuple[float, float] = (0.2, 3.0)) -> RandomConfig:
    """One to three windows, with and without the other limits, in which `load` of it is wanted."""
    rng = random.Random(seed)
    spec = _random_spec(rng)
    longest = max(one.length for one in spec.windows)
    trip = min(math.exp(rng.uniform(math.log(0.005), math.log(12.0))), 1.5 * longest)
    if rng.random() < 0.4:
        trip = 0.4
    most = capacity(spec, trip)
    aim = math.exp(rng.uniform(math.log(load[0]), math.log(load[1]))) * most
    kinds: list[Mark] = []
    count = rng.randint(1, MOST_FEEDS)
    kinds_wanted = min(count, rng.randint(1, 6))
    for _ in range(kinds_wanted):
        group = rng.choice(list(Priority))
        calls = rng.choice([1, 1, 1, 2, 3, 5])
        every = count * calls / aim * math.exp(rng.uniform(-1.2, 1.2))
        if rng.random() < 0.5:
            every = _round(every)
        kinds.append((group, min(max(every, SHORTEST), LONGEST), calls))
    feeds: list[PlannedFeed] = []
    wanted = 0.0
    while len(feeds) < MOST_FEEDS and (len(feeds) < kinds_wanted or wanted < aim):
        mark = kinds[len(feeds)] if len(feeds) < kinds_wanted else rng.choice(kinds)
        group, interval, calls = mark
        assert interval is not None
        wanted += calls / interval
        feeds.append(PlannedFeed(f"f{len(feeds)}", "v", "v", group, interval, calls=calls))
    return RandomConfig(seed, spec, tuple(feeds), trip, wanted / most)


def _random_spec(rng: random.Random) -> BudgetSpec:
    lengths = sorted({rng.choice(LENGTHS) for _ in range(rng.choice([1, 1, 1, 2, 3]))})
    windows: list[WindowSpec] = []
    for length in lengths:
        limit = round(math.exp(rng.uniform(0.0, math.log(200.0))))
        if windows:
            # A longer one that holds no more, or more than so many shorter ones, is none.
            before = windows[-1]
            limit = round(before.limit * rng.uniform(1.0, 1.0 + length / before.length))
        windows.append(WindowSpec(length, max(1, limit), max(1, limit)))
    spec = BudgetSpec(tuple(windows))
    main = spec.main
    assert main is not None
    reserve = default_reserve(main)
    if rng.random() < 0.4 and main.usable >= 8:
        room = main.usable - reserve
        shares = (room // 2, room // 4, room // 8, 0)
        spec = replace(spec, shares=shares)
    return replace(
        spec,
        reserve=reserve,
        burst=rng.choice([None, None, 1, 2, 5, 20]),
        max_in_flight=rng.choice([None, None, 1, 2, 4, 8]),
    )


def _round(seconds: float) -> float:
    """As people write intervals."""
    nice = (0.5, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300)
    return float(min(nice, key=lambda one: abs(math.log(one / seconds))))


def span_of(config: RandomConfig, most_calls: int = 3000) -> float:
    """Seconds in which the slowest show some rounds, as far as so many calls allow."""
    length = max(one.length for one in config.spec.windows)
    slowest = max(one.interval or 0.0 for one in config.feeds)
    calls = sum(one.calls / (one.interval or 1.0) for one in config.feeds)
    calls = min(calls, capacity(config.spec, config.trip))
    least = START * length + 4 * max(1.0, config.load) * (slowest + length)
    return max(least, min(START * length + 100 * length + 10 * slowest, most_calls / calls))


def planned(config: RandomConfig) -> dict[Mark, float | None]:
    """The worst ages of a plan, by kind."""
    ages = worst_ages(
        config.spec,
        list(config.feeds),
        Rules(),
        Session.MARKET_HOURS,
        dict.fromkeys(Priority, 1.0),
        config.trip,
    )
    return {(one.group, one.interval, one.calls): ages[one.id] for one in config.feeds}


def run_of(config: RandomConfig, seed: int, seconds: float) -> dict[Mark, float]:
    """The oldest that values of alike feeds got in a run, the start left out; 0 where none."""
    length = max(one.length for one in config.spec.windows)

    async def main(clock: VirtualClock) -> dict[Mark, float]:
        half = (0.0, config.trip / 2)
        vendor, log = Vendor(clock, seed, half, half), Log()
        ends: dict[str, list[tuple[float, float]]] = {}
        scheduler = Scheduler(clock, CALENDAR)

        def job(one: PlannedFeed) -> Job:
            made = feed(one.id, one.group, one.interval or 1.0, vendor, log, calls=one.calls)
            return noting(made, clock, ends)

        began = clock.now()
        scheduler.replace([job(one) for one in config.feeds], {"v": config.spec})
        await run_for(scheduler, clock, seconds)
        return oldest(config.feeds, ends, began + START * length, began + seconds)

    # How the intervals lie to one another depends on the moment, and comes again after weeks.
    rng = random.Random(seed)
    start = MONDAY + rng.randrange(WEEKS) * WEEK + rng.uniform(0, 7200)
    return run_virtual(main, start=start)


def oldest(
    feeds: Iterable[PlannedFeed],
    ends: dict[str, list[tuple[float, float]]],
    since: float,
    until: float,
) -> dict[Mark, float]:
    """Of the (asked, there) of each feed, from asking to having the next, at most; by kind.

    Counted from when everybody of the group has had two runs; what was not replaced `until` the end
    is as old as that.
    """
    feeds = list(feeds)
    round_ends = dict.fromkeys(Priority, since)
    for one in feeds:
        for asked, _ in ends.get(one.id, [])[:2]:
            round_ends[one.group] = max(round_ends[one.group], asked)
    worst: dict[Mark, float] = {}
    for one in feeds:
        mark = (one.group, one.interval, one.calls)
        ages = [
            there - asked
            for (asked, _), (_, there) in pairwise(ends.get(one.id, []))
            if asked >= round_ends[one.group]
        ]
        last = ends.get(one.id, [])[-1:]
        ages += [until - asked for asked, _ in last if asked >= round_ends[one.group]]
        worst[mark] = max(worst.get(mark, 0.0), *ages, 0.0)
    return worst
