"""A simulated vendor that counts arrivals exactly, and feeds that ask it."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from quanticity.clock import Clock
from quanticity.model import Priority
from quanticity.pace.ports import Job, Lane


@dataclass
class Vendor:
    """Requests arrive after a random way there, and answers after a random way back."""

    clock: Clock
    seed: int = 0
    there: tuple[float, float] = (0.0, 0.2)
    back: tuple[float, float] = (0.0, 0.2)
    fails: float = 0.0
    vanishes: float = 0.0
    patience: float = 15.0
    # So long at most, after we have gone away, it works at what we gave up: below the grace.
    lingers: float = 4.9
    stamped_at_send: bool = False
    arrivals: list[float] = field(default_factory=list)
    deepest: int = 0
    inside: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    async def ask(self, lane: Lane) -> None:
        """One request on one slot."""
        slot = await lane.slot()
        self.inside += 1
        self.deepest = max(self.deepest, self.inside)
        lingers = 0.0
        try:
            if self.stamped_at_send:
                slot.headers()
            there = self.random.uniform(*self.there)
            # What was sent arrives, whatever becomes of the sender.
            asyncio.get_running_loop().call_later(there, self._arrive)
            await self.clock.sleep(there)
            if self.random.random() < self.vanishes:
                await self.clock.sleep(self.patience)
                slot.given_up()
                lingers = self.random.uniform(0, self.lingers)
                return
            await self.clock.sleep(self.random.uniform(*self.back))
            slot.headers()
        finally:
            if lingers:
                asyncio.get_running_loop().call_later(lingers, self._leave)
            else:
                self._leave()
            slot.done()

    def _leave(self) -> None:
        self.inside -= 1

    def _arrive(self) -> None:
        insort(self.arrivals, self.clock.now())

    def most_in(self, length: float) -> int:
        """The most arrivals in any half-open stretch of `length` seconds."""
        most = 0
        for index, start in enumerate(self.arrivals):
            most = max(most, bisect_right(self.arrivals, start + length - 1e-9) - index)
        return most

    def between(self, start: float, end: float) -> int:
        """Arrivals in a stretch of time."""
        return bisect_right(self.arrivals, end) - bisect_right(self.arrivals, start)


@dataclass
class Log:
    """When each run was due and started."""

    runs: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    groups: dict[str, Priority] = field(default_factory=dict)

    def lateness(self, group: Priority, since: float = 0.0) -> list[float]:
        """Start less due of every run of a group, ascending."""
        return sorted(
            start - due
            for name, runs in self.runs.items()
            if self.groups[name] is group
            for due, start in runs
            if due >= since
        )


def feed(
    name: str,
    group: Priority,
    interval: float,
    vendor: Vendor,
    log: Log,
    *,
    budget: str = "v",
    calls: int = 1,
    max_calls: int | None = None,
    retries: Callable[[], int] = lambda: 0,
    fingerprint: str = "",
) -> Job:
    """A feed that makes `calls` requests a run, and sometimes more."""
    log.groups[name] = group

    async def run(lane: Lane) -> None:
        log.runs.setdefault(name, []).append((lane.due, vendor.clock.now()))
        for _ in range(calls + retries()):
            await vendor.ask(lane)

    return Job(
        name,
        budget,
        group,
        run,
        interval=interval,
        max_calls=max_calls or calls,
        fingerprint=fingerprint,
    )


async def run_for(scheduler: object, clock: Clock, seconds: float) -> None:
    """Run a scheduler for some virtual time, then stop it."""
    running = asyncio.create_task(scheduler.run())  # type: ignore[attr-defined]
    await clock.sleep(seconds)
    await scheduler.stop(60.0)  # type: ignore[attr-defined]
    await running


def noting(made: Job, clock: Clock, ends: dict[str, list[tuple[float, float]]]) -> Job:
    """The same job, which notes of each run when it asked and when its value was there."""

    async def run(lane: Lane) -> None:
        asked = clock.now()
        await made.run(lane)
        ends.setdefault(made.id, []).append((asked, clock.now()))

    return replace(made, run=run)
