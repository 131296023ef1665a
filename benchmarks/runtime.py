"""The runtime over a real server: how late an output is, and what 500 bindings cost.

An update is written by this process, an output by the worker; late is from the one to the moment
this process sees the other, and includes three trips to the server. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.measure import Row
from quanticity.api import Analytic, Every, Inputs, Key
from quanticity.clock import Calendar, LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.model import Write
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.binding import bind
from quanticity.runtime.process import Post
from quanticity.runtime.recipe import Built
from quanticity.runtime.shunned import Shunned
from quanticity.runtime.supervisor import Supervisor
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore

UPDATES = 2_000
SECONDS = 10
SYMBOLS = tuple(f"S{number}" for number in range(100))
TARGET_LATE = 2.0
TARGET_CPU = 30.0


class Twice(Analytic):
    """Runs on each change."""

    name = "twice"
    reads = {"price": Key("raw:price:{symbol}", max_age=60)}
    writes = {"twice": Key("feed:twice:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        return {"twice": {"value": inputs.price.data["p"] * 2}}, None


class Again(Twice):
    """Runs on what another one gives."""

    name = "again"
    reads = {"price": Key("feed:twice:{symbol}", max_age=60)}
    writes = {"again": Key("feed:again:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        return {"again": inputs.price.data["value"]}, None


class Counts(Twice):
    """Remembers."""

    name = "counts"
    State = dict
    writes = {"count": Key("feed:counts:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        count = state.get("count", 0) + 1
        return {"count": count}, {"count": count}


class Steady(Counts):
    """Runs by the clock."""

    name = "steady"
    trigger = Every(1.0)
    writes = {"count": Key("feed:steady:{symbol}")}


class Slow(Steady):
    """Runs by the clock, less often."""

    name = "slow"
    trigger = Every(5.0)
    writes = {"count": Key("feed:slow:{symbol}")}


@dataclass(frozen=True)
class Crowd:
    """A recipe: each of some components for each of some symbols."""

    components: tuple[type[Analytic], ...]
    symbols: tuple[str, ...]
    folders: tuple[Path, ...] = ()

    def shun(self, one: Shunned) -> None:
        """No file, nothing to leave out."""

    def build(self, calendar: Calendar) -> Built:
        """Bind all."""
        bindings = [
            bind(component, component.Params(), {"symbol": symbol})
            for component in self.components
            for symbol in self.symbols
        ]
        return Built(bindings, PlainAges())


@asynccontextmanager
async def at_work(
    recipe: Crowd, clock: LiveClock | None = None
) -> AsyncIterator[tuple[RedisStore, Supervisor]]:
    """A server, and a worker that has started."""
    with tempfile.TemporaryDirectory(prefix="qb") as name:
        clock = clock or LiveClock()
        environ = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
        store = await open_store(StoreSettings(), Path(name), clock, environ)
        supervisor = Supervisor(Post(StoreSettings(), Path(name), clock, environ), recipe, clock)
        running = asyncio.create_task(supervisor.run())
        try:
            await supervisor.started.wait()
            yield store, supervisor
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await store.close()


def put(store: RedisStore, symbol: str, price: float) -> None:
    """A price, as a feed would write it."""
    now = time.time()
    store.put(Write(f"raw:price:{symbol}", orjson.dumps({"p": price}), "bench", now, now, 60.0))


async def late(awaited: str) -> list[float]:
    """Milliseconds from an update to the moment that key `awaited` is seen written, sorted."""
    async with at_work(Crowd((Twice,), ("SPY",))) as (store, _):
        taken: list[float] = []
        changes = store.changes()
        following = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.3)
        for number in range(UPDATES):
            began = time.perf_counter()
            put(store, "SPY", number)
            key = ""
            while key != awaited:
                _, key = await following
                following = asyncio.ensure_future(anext(changes))
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.002)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return sorted(taken)


async def crowd() -> float:
    """Percent of a core that the worker takes with 500 bindings, each price once a second."""
    async with at_work(Crowd((Twice, Again, Counts, Steady, Slow), SYMBOLS)) as (store, boss):
        await asyncio.sleep(2)
        pid = boss.pid
        assert pid is not None
        before, began = _cpu(pid), time.perf_counter()
        for turn in range(SECONDS * 10):
            for symbol in SYMBOLS[turn % 10 :: 10]:
                put(store, symbol, turn)
            await asyncio.sleep(max(0.0, began + (turn + 1) / 10 - time.perf_counter()))
        return (_cpu(pid) - before) / (time.perf_counter() - began) * 100


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def measure() -> list[Row]:
    """The figures of this page."""
    bare = asyncio.run(late("raw:price:SPY"))
    taken = asyncio.run(late("feed:twice:SPY"))
    share = asyncio.run(crowd())
    return [
        Row("update to itself, as another sees it, p99", bare[len(bare) * 99 // 100], "ms"),
        Row("update to output, median", taken[len(taken) // 2], "ms"),
        Row("update to output, p99", taken[len(taken) * 99 // 100], "ms", TARGET_LATE),
        Row("500 bindings at their cadence, CPU of the worker", share, "% of a core", TARGET_CPU),
    ]


if __name__ == "__main__":
    json.dump([row.as_dict() for row in measure()], sys.stdout)
