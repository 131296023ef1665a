"""Hot reload of a config of 1,000 feeds: from file written to the new generation handed on.

In-place write, rename and symlink swap, one endpoint changed each time; a ticking task tells how
late the loop ever was meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row
from quanticity.clock import LiveClock
from quanticity.config.loaded import Loaded
from quanticity.config.loader import Loader
from quanticity.config.modules import ModuleFolders
from quanticity.config.watch import Watcher

ENDPOINT = """      feed_{n}:
        description: "What feed {n} gives"
        path: "/stock/{{symbol}}/thing-{n}"
        symbols: [SPY]
        interval_seconds: {interval}
        redis_key: "raw:v:thing_{n}:{{symbol}}"
        ttl_seconds: 1800
        params: {{date: today}}
        priority: important
        cost_per_call: 0.01
"""
SOURCE = """  vendor_{n}:
    description: "A vendor"
    base_url: "https://api.vendor{n}.com/v1"
    rate_limits: {{requests_per_minute: 6000, max_in_flight: 8}}
    endpoints:
"""
FEEDS, ROUNDS = 1000, 60
TICK = 0.005


def config_text(feeds: int, changed: int, interval: int) -> str:
    """A config of `feeds` endpoints, of which one has another interval."""
    parts = ["data_sources:\n"]
    for n in range(feeds):
        if n % 100 == 0:
            parts.append(SOURCE.format(n=n // 100))
        parts.append(ENDPOINT.format(n=n, interval=interval if n == changed else 60))
    return "".join(parts)


def write_in_place(file: Path, text: str, _: int) -> None:
    file.write_text(text)


def write_and_rename(file: Path, text: str, _: int) -> None:
    beside = file.with_name(".new")
    beside.write_text(text)
    beside.replace(file)


def swap_link(file: Path, text: str, turn: int) -> None:
    version = file.with_name(f"..version_{turn}")
    version.mkdir()
    (version / file.name).write_text(text)
    link = file.with_name("..next")
    link.symlink_to(version.name)
    link.replace(file.with_name("..data"))


PATTERNS: dict[str, Callable[[Path, str, int], None]] = {
    "in_place": write_in_place,
    "rename": write_and_rename,
    "symlink": swap_link,
}


async def _reload(pattern: str, feeds: int, rounds: int) -> dict[str, float]:
    """One pattern of writing, `rounds` times."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, "config")
        file = folder / "data_sources.yaml"
        await asyncio.to_thread(_begin, pattern, file, config_text(feeds, 0, 60))
        loader = Loader(folder, "dev", {}, modules=ModuleFolders([]))
        arrived: asyncio.Queue[tuple[float, Loaded]] = asyncio.Queue()
        watcher = Watcher(
            loader,
            loader.load(),
            LiveClock(),
            on_loaded=lambda loaded: arrived.put_nowait((time.perf_counter(), loaded)),
            on_problem=lambda problems: print(*problems, sep="\n"),
        )
        task = asyncio.create_task(watcher.run())
        await asyncio.sleep(0.5)
        late = [0.0]
        ticker = asyncio.create_task(tick(late))
        took = []
        for turn in range(1, rounds + 1):
            text = await asyncio.to_thread(config_text, feeds, turn % feeds, 60 + turn)
            await asyncio.to_thread(PATTERNS[pattern], file, text, turn)
            written = time.perf_counter()
            at, _ = await asyncio.wait_for(arrived.get(), 10)
            took.append((at - written) * 1000)
            await asyncio.sleep(0.05)
        for running in (ticker, task):
            running.cancel()
        await asyncio.gather(ticker, task, return_exceptions=True)
    ordered = sorted(took)
    return {
        "p50": statistics.median(ordered),
        "p99": ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))],
        "late": late[0] * 1000,
    }


def _begin(pattern: str, file: Path, text: str) -> None:
    file.parent.mkdir()
    if pattern == "symlink":
        file.symlink_to("..data/data_sources.yaml")
    PATTERNS[pattern](file, text, 0)


async def tick(late: list[float]) -> None:
    """Keep the most that a short sleep overran, in seconds."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK)
        late[0] = max(late[0], time.perf_counter() - began - TICK)


def measure() -> list[Row]:
    """The median and the slowest percentile of each pattern, and the loop's worst moment."""
    rows = []
    for pattern in PATTERNS:
        figures = asyncio.run(_reload(pattern, FEEDS, ROUNDS))
        what = pattern.replace("_", " ")
        rows += [
            Row(f"{what}: written to handed on, median", figures["p50"], "ms"),
            Row(f"{what}: written to handed on, p99", figures["p99"], "ms", 150.0),
            Row(f"{what}: latest the loop was", figures["late"], "ms"),
        ]
    return rows


if __name__ == "__main__":
    print(json.dumps([row.as_dict() for row in measure()], indent=1))
