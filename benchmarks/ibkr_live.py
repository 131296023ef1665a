"""The handler of Interactive Brokers at work: over TCP, into a real server, and under a storm.

`python -m benchmarks.run ibkr_live`. The sender is a process of its own; a print is at its key
once the store's server has answered the write.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.ibkr_line import A_SECOND, SECONDS
from benchmarks.measure import Row
from plugins.ibkr.contracts import Asked
from plugins.ibkr.handler import Handler
from plugins.ibkr.lanes import Lane
from plugins.ibkr.library import LibraryLine
from plugins.ibkr.port import Line
from plugins.ibkr.settings import IbkrParams
from plugins.ibkr.source import Ibkr
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.model import Kind, Write
from quanticity.runtime.binding import bind
from quanticity.runtime.edge_context import EdgeContext
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore

STORM, ORDERS = 500, 20


class Keys:
    """Notes when each print was put, and when its write was answered."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self._put = store.put
        self.put_at: dict[int, float] = {}
        self.at: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, write: Write) -> None:
        """Write, and note prints."""
        self._put(write)
        if write.key == "market:SPY:trades":
            rows = orjson.loads(write.data)
            sizes = [int(row["size"]) for row in (rows if isinstance(rows, list) else [rows])]
            self.put_at.update(dict.fromkeys(sizes, time.perf_counter()))
            task = asyncio.get_running_loop().create_task(self._answered(sizes))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answered(self, sizes: list[int]) -> None:
        await self._store.flush()
        now = time.perf_counter()
        self.at.update(dict.fromkeys(sizes, now))


async def _measure() -> list[Row]:
    sender = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.ibkr_line"),
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    try:
        assert sender.stdout is not None
        port = int(await sender.stdout.readline())
        with tempfile.TemporaryDirectory(prefix="qb") as name:
            clock = LiveClock()
            environ = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
            store = await open_store(StoreSettings(), Path(name), clock, environ)
            try:
                return await _taken(store, clock, port, sender.stdout)
            finally:
                await store.close()
    finally:
        sender.kill()
        await sender.wait()


async def _taken(
    store: RedisStore, clock: LiveClock, port: int, sender: asyncio.StreamReader
) -> list[Row]:
    keys = Keys(store)
    store.put = keys.put  # type: ignore[method-assign]
    params = IbkrParams(port=port, stocks=("SPY",), ticks=("SPY",))
    nobody: Any = None
    context = EdgeContext("ibkr", bind(Ibkr, params, {}).instance, store, clock, nobody)
    handler = Handler(params, context, LibraryLine)
    up, begun = asyncio.Event(), handler.connection.begun

    def told() -> None:
        begun()
        up.set()

    handler.connection.begun = told
    task = asyncio.get_running_loop().create_task(handler.run())
    await asyncio.wait_for(up.wait(), 20)
    handler.desk.instruments["SPY"].contract = Asked("SPY", "STK", "SMART", "USD", con_id=1)
    used = time.process_time()
    handler.subscriber.sync()
    sent: list[float] = json.loads(await sender.readline())
    used = time.process_time() - used
    for _ in range(100):
        if len(keys.at) == len(sent):
            break
        await asyncio.sleep(0.05)
    put = sorted((keys.put_at[number] - at) * 1000 for number, at in enumerate(sent, 1))
    late = sorted((keys.at[number] - at) * 1000 for number, at in enumerate(sent, 1))
    left = await _storm(handler)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    alone = await _alone(store)
    many = f"{A_SECOND:,} a second"
    return [
        Row(f"print sent over TCP to its key in the store, {many}, median", _at(late, 0.5), "ms"),
        Row("the same, p99", _at(late, 0.99), "ms", 5.0),
        Row("of that, until the handler has put it, p99", _at(put, 0.99), "ms"),
        Row("a write of the store by itself in the same minute, p99", _at(alone, 0.99), "ms"),
        Row("the handler's share of a core meanwhile", 100 * used / SECONDS, "%"),
        Row(f"an order leaves under a storm of {STORM} subscriptions, slowest", left, "ms", 100.0),
    ]


async def _alone(store: RedisStore) -> list[float]:
    """Milliseconds of a write as large as a batch of prints, at the pace of the batches, sorted."""
    row = {"symbol": "SPY", "time": 0, "price": 600.01, "size": 100, "bid": None, "ask": None}
    body = orjson.dumps([{**row, "venue": "ARCX", "conditions": [], "from": "tick_by_tick"}] * 20)
    found = []
    for _ in range(400):
        await asyncio.sleep(0.01)
        now = time.time()
        began = time.perf_counter()
        store.put(Write("bench:alone", body, "bench", now, now, 60.0, kind=Kind.EVENTS))
        await store.flush()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


async def _storm(handler: Handler) -> float:
    """Milliseconds from the push of a message in the orders' lane until it is on the wire."""
    desk = handler.desk
    left: list[float] = []
    for _ in range(STORM):
        desk.push(Lane.DATA, "storm", lambda line: line.cancel_market_data(1))
    for _ in range(ORDERS):
        await asyncio.sleep(0.27)
        at = time.perf_counter()

        def gone(line: Line, at: float = at) -> None:
            line.cancel_market_data(2)
            left.append(time.perf_counter() - at)

        desk.push(Lane.EXIT, "cancel", gone)
    await asyncio.sleep(0.3)
    assert len(left) == ORDERS, f"{len(left)} of {ORDERS} have left"
    assert desk.lanes.waiting(Lane.DATA), "and the storm goes on"
    return 1000 * max(left)


def _at(figures: list[float], part: float) -> float:
    return figures[min(len(figures) - 1, int(part * len(figures)))]


def measure() -> list[Row]:
    """Milliseconds, and a share of a core."""
    return asyncio.run(_measure())
