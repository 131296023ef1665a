"""The handler of Interactive Brokers at work: over TCP, into a real server, and under a storm.

`python -m benchmarks.run ibkr_live`. The sender is a process of its own; a print is at its key
once the store's server has answered the write. CPU is of the handler's process: the socket, the
vendor's library, the handler, and the store's client.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left

import orjson

from benchmarks.ibkr_at_work import at_work
from benchmarks.ibkr_line import DEPTH, PRINTS
from benchmarks.measure import Row
from plugins.ibkr.handler import Handler
from plugins.ibkr.lanes import Lane
from plugins.ibkr.port import Line
from quanticity.model import Kind, Write
from quanticity.store.redis_store import RedisStore

STORM, ORDERS = 500, 20


class Keys:
    """Notes when each print was put, and when its write was answered."""

    def __init__(self) -> None:
        self.put_at: dict[int, float] = {}
        self.at: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, store: RedisStore) -> None:
        """Stand before a store's `put`."""
        self._store, self._put = store, store.put
        store.put = self.put  # type: ignore[method-assign]

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


async def _prints() -> list[Row]:
    keys = Keys()
    async with at_work(keys.watch, ticks=("SPY",), depth=()) as work:
        used = time.process_time()
        sent = await work.sent()
        used = time.process_time() - used
        for _ in range(100):
            if len(keys.at) == len(sent):
                break
            await asyncio.sleep(0.05)
        left = await _storm(work.handler)
        alone = await _alone(work.store)
    put = sorted((keys.put_at[number] - at) * 1000 for number, at in enumerate(sent, 1))
    late = sorted((keys.at[number] - at) * 1000 for number, at in enumerate(sent, 1))
    many = f"{PRINTS.a_second:,} a second"
    return [
        Row(f"print sent over TCP to its key in the store, {many}, median", _at(late, 0.5), "ms"),
        Row("the same, p99", _at(late, 0.99), "ms", 5.0),
        Row("of that, until the handler has put it, p99", _at(put, 0.99), "ms"),
        Row("a write of the store by itself in the same minute, p99", _at(alone, 0.99), "ms"),
        Row("CPU of a print, from the socket to the store's", 1e6 * used / len(sent), "us"),
        Row("the handler's share of a core meanwhile", 100 * used / PRINTS.seconds, "%"),
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


async def _depth() -> list[Row]:
    """Changes of a book, all of them: as they come, and what they cost with their keys."""
    async with at_work(lambda store: None, ticks=(), depth=("SPY",)) as work:
        receiver, batch = work.handler.receiver, work.handler.receiver.on_batch
        taken: list[tuple[int, float]] = []

        def noted() -> None:
            batch()
            taken.append((receiver.counts["depth"], time.perf_counter()))

        receiver.on_batch = noted
        used = time.process_time()
        sent = await work.sent()
        for _ in range(200):
            if receiver.counts["depth"] >= len(sent):
                break
            await asyncio.sleep(0.05)
        used = time.process_time() - used
        book = work.handler.desk.instruments["SPY"].book
        wrong = receiver.counts["bad_depth"] + receiver.counts["undecoded"]
        assert (receiver.counts["depth"], wrong) == (len(sent), 0), receiver.counts
        dropped = book.dropped
    late = sorted(
        (taken[bisect_left(taken, (number, 0.0))][1] - at) * 1000
        for number, at in enumerate(sent, 1)
    )
    last = (taken[bisect_left(taken, (len(sent), 0.0))][1] - sent[-1]) * 1000
    many = f"{DEPTH.a_second:,} a second for {DEPTH.seconds} s"
    return [
        Row(
            "depth messages over TCP in a CPU second of the handler, their keys included",
            len(sent) / used,
            "/s",
            DEPTH.a_second,
            True,
        ),
        Row("the same, to those asked for", len(sent) / used / DEPTH.a_second, "x", 1.0, True),
        Row(f"change of a book sent over TCP to the book, {many}, median", _at(late, 0.5), "ms"),
        Row("the same, p99", _at(late, 0.99), "ms"),
        Row("the same, the very last: how far it is behind by then", last, "ms"),
        Row("changes left out of the key of changes, for want of a turn", dropped, "", 0),
    ]


def _at(figures: list[float], part: float) -> float:
    return figures[min(len(figures) - 1, int(part * len(figures)))]


async def _measure() -> list[Row]:
    return [*await _prints(), *await _depth()]


def measure() -> list[Row]:
    """Milliseconds, CPU, and a share of a core."""
    return asyncio.run(_measure())
