"""Worlds in which three times as much is wanted as there is, and what came of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from quanticity.clock import MarketCalendar
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec, default_reserve
from tests.pace.vendor import Log, Vendor

CALENDAR = MarketCalendar()
LOWER = (Priority.IMPORTANT, Priority.NICE_TO_HAVE, Priority.BACKGROUND)


@dataclass(frozen=True)
class World:
    """A budget, how much of its share critical wants of it, and how many times of it all want.

    `parts` are those of the lower groups of what is wanted beside critical.
    """

    limit: int
    length: float
    critical: float
    shares: bool
    seed: int
    delay: float = 0.2
    windows: int = 8
    in_flight: int | None = None
    load: float = 3.0
    parts: tuple[float, float, float] = (0.4, 0.3, 0.3)

    @property
    def spec(self) -> BudgetSpec:
        window = WindowSpec(self.length, self.limit, self.limit)
        n = self.limit
        shares = (n // 2, n // 4, n // 10, 0) if self.shares else (0, 0, 0, 0)
        return BudgetSpec((window,), None, self.in_flight, shares, default_reserve(window))

    @property
    def lasts(self) -> float:
        """Seconds. Two windows come first: demand first known less than a window ago may wait."""
        return self.length * (self.windows + 2)

    def vendor(self, clock: Any) -> Vendor:
        """Who is asked: each way takes up to `delay`."""
        return Vendor(clock, self.seed, (0.0, self.delay), (0.0, self.delay))

    def wanted(self) -> dict[Priority, float]:
        """Slots a window by group."""
        critical = self.critical * self.limit / 2
        rest = self.load * self.limit - critical
        lower = zip(LOWER, self.parts, strict=True)
        return {Priority.CRITICAL: critical} | {group: rest * part for group, part in lower}

    def intervals(self, slots: float, rng: random.Random) -> Iterator[float]:
        """Intervals of jobs that together want so many slots a window."""
        got = 0.0
        while got < slots * 0.999:
            interval = self.length * rng.choice([0.25, 0.5, 1.0, 2.0, 5.0])
            interval = max(interval, self.length / (slots - got))
            got += self.length / interval
            yield interval

    def ideal(self, way: float = 0.0) -> float:
        """Slots a window: all but the reserve, each held for a window, a round trip, and `way`."""
        held = self.length + self.delay + way
        return (self.limit - self.spec.reserve) * self.length / held


@dataclass(frozen=True)
class Outcome:
    """What came of a world. `late` are seconds, of critical runs; `by_group` slots a window.

    `critical` are the starts of its runs, from the beginning, ascending; `passed_over` those of
    lower groups while a critical run was due and waited.
    """

    late: list[float]
    used: float
    most: int
    deepest: int
    by_group: dict[Priority, float]
    critical: list[float]
    passed_over: list[tuple[str, float]]

    @property
    def worst(self) -> float:
        return max(self.late, default=0.0)

    def has_shares(self, world: World) -> bool:
        """Whether each group had its share, to a slot at the edges of what is counted."""
        slots = world.length / (world.length + world.delay)
        groups = (Priority.CRITICAL, Priority.IMPORTANT, Priority.NICE_TO_HAVE)
        return all(
            self.by_group[group] >= world.spec.shares[group.rank] * slots - 1.0 for group in groups
        )


def outcome(
    world: World, vendor: Vendor, log: Log, start: float, waits: float, edge: float
) -> Outcome:
    """Count it. A run waits that starts `waits` seconds late; `edge` is what starts may be off."""
    since, until = start + 2 * world.length, start + world.lasts
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
    return Outcome(
        log.lateness(Priority.CRITICAL, since),
        vendor.between(since, until) / world.windows,
        vendor.most_in(world.length),
        vendor.deepest,
        by_group,
        sorted(began - start for name in of_critical(log) for _, began in log.runs[name]),
        _passed_over(log, since, waits, edge),
    )


def of_critical(log: Log) -> list[str]:
    """The critical jobs that ran."""
    return [name for name in log.runs if log.groups[name] is Priority.CRITICAL]


def _passed_over(log: Log, since: float, waits: float, edge: float) -> list[tuple[str, float]]:
    waited = [
        (due, began)
        for name in of_critical(log)
        for due, began in log.runs[name]
        if due >= since and began - due > waits
    ]
    return [
        (name, began)
        for name, runs in log.runs.items()
        if log.groups[name] is not Priority.CRITICAL
        for _, began in runs
        if any(due + edge < began < start - edge for due, start in waited)
    ]


def drawn(draw: st.DrawFn, least: int) -> dict[str, Any]:
    """Fields of any world with at least so many slots a window."""
    limit = draw(st.integers(least, 200))
    return {
        "limit": limit,
        "length": draw(st.sampled_from([5.0, 10.0, 30.0, 60.0])),
        # Critical wants at most its share, which is half of the limit, rounded down.
        "critical": draw(st.floats(0.1, 1.0)) * (limit // 2) / (limit / 2),
        "shares": draw(st.booleans()),
        "seed": draw(st.integers(0, 10_000)),
        "delay": draw(st.sampled_from([0.02, 0.1, 0.2, 0.4])),
        "parts": draw(st.sampled_from([(0.4, 0.3, 0.3), (0.1, 0.1, 0.8), (0.6, 0.2, 0.2)])),
    }
