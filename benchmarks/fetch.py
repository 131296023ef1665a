"""From the vendor's socket into Redis: CPU of this process for 1,000 fetches at 16 in flight.

The vendor is a process of its own on the loopback. The naive loop (aiohttp, json, one SET at a
time) and aiohttp alone are measured in turns with ours. Ours runs whole: the scheduler grants the
slots, feeds fetch, check and store. `python -m benchmarks.fetch` prints the figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.fetch_contenders import CONTRACT, IN_FLIGHT, NONE, Contenders
from benchmarks.measure import Row, median_in_turns, ratio
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore

PROCESSES = 5
SMALL_FETCHES, SMALL_FEEDS, BIG_FETCHES = 1_000, 250, 50
ROOT = Path(__file__).parents[1]


def measure() -> list[Row]:
    """Milliseconds of CPU for 1,000 fetches, and their ratios: medians over several processes.

    Where a process's memory happens to lie is worth a tenth either way, in all of its rounds.
    """
    command = [sys.executable, "-m", "benchmarks.fetch"]
    runs = [
        [Row(**row) for row in json.loads(subprocess.check_output(command, cwd=ROOT))]
        for _ in range(PROCESSES)
    ]
    return [_middle(rows) for rows in zip(*runs, strict=True)]


def _middle(rows: tuple[Row, ...]) -> Row:
    values = sorted(row.value for row in rows)
    span = f"{values[0]:.3g} to {values[-1]:.3g} in {len(rows)} processes"
    return replace(rows[0], value=statistics.median(values), note=span)


def once() -> list[Row]:
    """The same, of this process."""
    environ = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    clock = LiveClock()
    with (
        vendor() as base,
        tempfile.TemporaryDirectory(prefix="q") as folder,
        asyncio.Runner() as runner,
    ):
        store = runner.run(open_store(StoreSettings(), Path(folder), clock, environ))
        try:
            return [*_small(runner, base, store, clock), *_big(runner, base, store, clock)]
        finally:
            runner.run(store.close())


def _small(runner: asyncio.Runner, base: str, store: RedisStore, clock: LiveClock) -> list[Row]:
    bench = Contenders(runner, base, store, clock, "2kb", SMALL_FETCHES, SMALL_FEEDS)
    cpu = median_in_turns(
        {
            "alone": bench.alone,
            "naive": bench.naive,
            "whole": lambda: bench.ours(CONTRACT, durable=True),
            "bare": lambda: bench.ours(NONE, durable=False),
            "parsed": lambda: bench.ours(None, durable=False),
        },
        rounds=7,
    )
    runner.run(bench.close())
    return [
        *_figures("2 KB", cpu),
        ratio("2 KB, all defaults on, of the naive loop", cpu["whole"], cpu["naive"], 0.85),
        ratio("2 KB, all defaults on, of aiohttp alone", cpu["whole"], cpu["alone"], 3.2),
        ratio("2 KB, contract and durable slots off, of naive", cpu["bare"], cpu["naive"], 0.55),
        ratio("2 KB, contract and durable slots off, of aiohttp", cpu["bare"], cpu["alone"], 2.0),
    ]


def _big(runner: asyncio.Runner, base: str, store: RedisStore, clock: LiveClock) -> list[Row]:
    bench = Contenders(runner, base, store, clock, "2mb", BIG_FETCHES, IN_FLIGHT)
    cpu = median_in_turns(
        {
            "alone": bench.alone,
            "naive": bench.naive,
            "none": lambda: bench.ours(NONE, durable=True),
            "checked": lambda: bench.ours(CONTRACT, durable=True),
        },
        rounds=5,
    )
    runner.run(bench.close())
    return [
        *_figures("2 MB", cpu),
        ratio("2 MB, `contract: none`, of the naive loop", cpu["none"], cpu["naive"], 0.15),
        ratio("2 MB, parsed and checked, of the naive loop", cpu["checked"], cpu["naive"], 0.40),
    ]


_TITLES = {
    "alone": "aiohttp alone",
    "naive": "the naive loop",
    "whole": "all defaults on",
    "bare": "contract and durable slots off",
    "parsed": "parsed, no contract file, durable slots off",
    "none": "`contract: none`",
    "checked": "parsed and checked",
}


def _figures(size: str, cpu: dict[str, float]) -> Iterator[Row]:
    for name, seconds in cpu.items():
        yield Row(f"{size}, {_TITLES[name]}", seconds * 1e3, "ms of CPU per 1,000")


@contextmanager
def vendor() -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.loopback_server"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    print(json.dumps([row.as_dict() for row in once()], indent=1))
