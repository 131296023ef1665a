"""Writes, reads and slots by themselves, beside redis-py's own SET, one at a time.

`python -m benchmarks.store` prints the figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from redis.asyncio import BlockingConnectionPool, Redis

from benchmarks.measure import Row, cpu_seconds, median_in_turns, ratio
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.model import Write
from quanticity.pace.endings import Endings
from quanticity.pace.ports import Ask, Span
from quanticity.store.opening import open_ledger, open_store
from quanticity.store.redis_store import RedisStore

IN_FLIGHT = 16
SMALL, MANY = 2_000, 4_000
BIG, FEW = 2_000_000, 100
KEYS = 500

One = Callable[[int], Awaitable[None]]


def measure() -> list[Row]:
    """Microseconds of client CPU for each write, read and slot; ratios to plain SET."""
    with tempfile.TemporaryDirectory(prefix="q") as folder, asyncio.Runner() as runner:
        environ = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        store = runner.run(open_store(StoreSettings(), Path(folder), LiveClock(), environ))
        try:
            return _rows(runner, store)
        finally:
            runner.run(store.close())


def _rows(runner: asyncio.Runner, store: RedisStore) -> list[Row]:
    assert store.address is not None
    plain = runner.run(_plain(store.address.socket))
    ledger = runner.run(open_ledger(store, LiveClock()))
    spans = [Span(10**9, 60.0), Span(10**9, 86_400.0)]

    def put(body: bytes) -> One:
        async def one(number: int) -> None:
            key = f"raw:bench:{number % KEYS}"
            store.put(Write(key, body, "bench.rows", 1_767_625_200.5, 1_767_625_201.5, 180.0))
            await store.flush()

        return one

    def set_one(body: bytes) -> One:
        async def one(number: int) -> None:
            await plain.set(f"raw:plain:{number % KEYS}", body, px=180_000)

        return one

    def slots(size: int) -> One:
        async def one(number: int) -> None:
            names = [f"p:{number * size + index}" for index in range(size)]
            await ledger.take("bench", spans, None, [Ask(name, 15.0) for name in names], 60.0)
            await ledger.release("bench", Endings(names, names))

        return one

    async def get(number: int) -> None:
        await store.get(f"raw:bench:{number % 8}")

    def taking(one: One, count: int, width: int = IN_FLIGHT) -> Callable[[], float]:
        return lambda: cpu_seconds(lambda: runner.run(_flow(one, count, width))) / count * 1_000_000

    small, big = _body(SMALL), _body(BIG)
    took = median_in_turns(
        {
            "ours 2 KB": taking(put(small), MANY),
            "SET 2 KB": taking(set_one(small), MANY),
            "get 2 KB": taking(get, MANY // 4),
            "ours 2 MB": taking(put(big), FEW),
            "SET 2 MB": taking(set_one(big), FEW),
            "slots by 16": taking(slots(16), MANY // 16, 1),
            "slots by 1": taking(slots(1), MANY // 8, 1),
        }
    )
    runner.run(ledger.close())
    runner.run(plain.connection_pool.aclose())
    return [
        Row("a 2 KB write, 16 in flight", took["ours 2 KB"], "µs of CPU"),
        ratio("of plain SET, one at a time", took["ours 2 KB"], took["SET 2 KB"]),
        Row("a 2 MB write, 16 in flight", took["ours 2 MB"], "µs of CPU"),
        ratio("of plain SET, one at a time", took["ours 2 MB"], took["SET 2 MB"]),
        Row("a 2 KB read", took["get 2 KB"], "µs of CPU"),
        Row("a slot taken and released, by 16", took["slots by 16"] / 16, "µs of CPU"),
        Row("a slot taken and released, singly", took["slots by 1"], "µs of CPU"),
    ]


async def _plain(socket: str) -> Redis:
    """redis-py as a program uses it that knows nothing better: a pool, a SET at a time."""
    return Redis(
        connection_pool=BlockingConnectionPool.from_url(f"unix://{socket}", max_connections=50)
    )


async def _flow(one: One, count: int, width: int) -> None:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(work() for _ in range(width)))


def _body(size: int) -> bytes:
    return json.dumps({"data": ["512.25"] * (size // 10)}).encode()


if __name__ == "__main__":
    print(json.dumps([row.as_dict() for row in measure()], indent=1))
