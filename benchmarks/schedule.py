"""CPU of scheduling and limits for each fetch, and memory, with 10,000 feeds in one process.

Virtual time, so that what is measured is deciding and nothing else: the runs sleep for the time
of a request. Prints JSON. Compare figures of one run with each other, not with another machine's.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from datetime import date

from benchmarks.measure import Row
from quanticity.clock import Session, VirtualClock, run_virtual
from quanticity.clock.calendar import TradingDay
from quanticity.heap import settle
from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.ports import Job, Lane
from quanticity.pace.schedule import Scheduler

FEEDS = 10_000
SECONDS = 120.0
WARM_UP = 65.0
INTERVALS = (15.0, 30.0, 60.0, 60.0, 120.0, 300.0)
ROUNDS = 5
TARGET_MICROSECONDS = 50
TARGET_MEGABYTES = 300


class Weekday:
    """A calendar on which the market is always open: the real one brings pandas along."""

    def session(self, _at: float) -> Session:
        return Session.MARKET_HOURS

    def next_change(self, at: float) -> float:
        return at + 86_400.0

    def trading_date(self, _at: float) -> date:
        raise NotImplementedError

    def trading_days(self, _first: object, _last: object) -> tuple[TradingDay, ...]:
        return ()


class Requests:
    """Stands for the vendor: each request takes a while; counts them."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.count = 0
        self.random = random.Random(7)

    async def run(self, lane: Lane) -> None:
        slot = await lane.slot()
        self.count += 1
        await self.clock.sleep(self.random.uniform(0.02, 0.2))
        slot.headers()
        slot.done()


async def bare(clock: VirtualClock, count: int) -> float:
    """CPU seconds of as many tasks that do nothing but sleep: what asyncio itself costs."""
    rng = random.Random(7)

    async def one(delay: float) -> None:
        await clock.sleep(delay)
        await clock.sleep(rng.uniform(0.02, 0.2))

    began = time.process_time()
    for start in range(0, count, 500):
        size = min(500, count - start)
        await asyncio.gather(*(one(rng.uniform(0, 3)) for _ in range(size)))
    return time.process_time() - began


def figures_of(budgets: int, load: float, shares: bool) -> dict[str, float]:
    """One run: 10,000 feeds on so many budgets, whose limits hold 1/`load` of the demand."""

    async def main(clock: VirtualClock) -> dict[str, float]:
        rng = random.Random(3)
        requests = Requests(clock)
        jobs, demand = [], [0.0] * budgets
        for index in range(FEEDS):
            budget, interval = index % budgets, rng.choice(INTERVALS)
            demand[budget] += 60.0 / interval
            group = rng.choice(list(Priority))
            jobs.append(Job(f"feed{index}", f"b{budget}", group, requests.run, interval=interval))
        specs = {}
        for index, calls in enumerate(demand):
            limit = max(20, int(calls / load))
            split = (limit // 3, limit // 4, limit // 5, 0) if shares else (0, 0, 0, 0)
            second = max(5, limit // 10)
            windows = (WindowSpec(1.0, second, second), WindowSpec(60.0, limit, limit))
            specs[f"b{index}"] = BudgetSpec(windows, None, None, split, limit // 50)
        scheduler = Scheduler(clock, Weekday())
        scheduler.replace(jobs, specs)
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(WARM_UP)
        settle()  # as `run` does
        requests.count = 0
        began = time.process_time()
        await clock.sleep(SECONDS)
        spent = time.process_time() - began
        fetches = requests.count
        await scheduler.stop(10.0)
        await running
        floor = await bare(clock, fetches)
        return {
            "fetches": fetches,
            "microseconds_per_fetch": round(1e6 * spent / fetches, 1),
            "of_which_tasks_and_sleeps": round(1e6 * floor / fetches, 1),
            "scheduling_and_limits": round(1e6 * (spent - floor) / fetches, 1),
        }

    return run_virtual(main)


CASES = {
    "20 budgets, half used": (20, 0.5, True),
    "20 budgets, demand 1.2 times the limit": (20, 1.2, True),
    "1 budget, half used": (1, 0.5, True),
    "1 budget, demand 1.2 times the limit": (1, 1.2, True),
    "500 budgets, half used": (500, 0.5, True),
    "500 budgets, no shares, demand 1.2 times the limit": (500, 1.2, False),
}


def measure() -> list[Row]:
    """CPU of each case without that of the tasks and sleeps, and the peak of memory.

    The median of several runs in turns, each in a process of its own: what one leaves behind is
    not the next one's memory.
    """
    found: dict[str, list[float]] = {name: [] for name in CASES}
    floors: list[float] = []
    peak = 0.0
    for _ in range(ROUNDS):
        for name in CASES:
            asked = [sys.executable, "-m", "benchmarks.schedule", name]
            done = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True)
            shown = json.loads(done.stdout)
            found[name].append(shown["scheduling_and_limits"])
            floors.append(shown["of_which_tasks_and_sleeps"])
            peak = max(peak, shown["peak_megabytes"])
    rows = [
        Row(name, statistics.median(costs), "µs a fetch", TARGET_MICROSECONDS)
        for name, costs in found.items()
    ]
    # How quick the machine was: the same feeds as bare tasks that sleep.
    floor = Row(
        "taken off: asyncio's own tasks and sleeps", statistics.median(floors), "µs a fetch"
    )
    return [*rows, floor, Row("peak resident memory", peak, "MB", TARGET_MEGABYTES)]


def main() -> None:
    """Print the figures of the cases that are named, or of all."""
    for name in sys.argv[1:] or CASES:
        found = figures_of(*CASES[name])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found | {"case": name, "peak_megabytes": round(peak)}), flush=True)


if __name__ == "__main__":
    main()
