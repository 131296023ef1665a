"""The shipped analytics at work: from a value written to the store to all they make of it, there.

Over a real server, with the worker as a process of its own: the store's write, the worker's read,
decoding, computing, and its writes, until this process sees the last of them. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Set

import orjson

from benchmarks.chains import AT, alpha_vantage, book_text, unusual_whales
from benchmarks.measure import Row
from benchmarks.runtime import Crowd, at_work
from plugins.analytics.book_quality import BookQuality
from plugins.analytics.exposure import Exposure
from quanticity.api import OnChange
from quanticity.clock import LiveClock
from quanticity.model import Write, bind
from quanticity.store.redis_store import RedisStore

CHAINS, BOOKS = 40, 1_000
SYMBOL = {"symbol": "SPY"}
# A chain of its own size comes every few seconds at the most; books come all the time.
PAUSE_OF_CHAINS, PAUSE_OF_BOOKS = 0.05, 0.003


class EachBook(BookQuality):
    """The same for each book that comes, without the pause that it ships with."""

    trigger = OnChange("book")


async def taken(
    component: type[Exposure] | type[BookQuality],
    reads: str,
    body: bytes,
    rounds: int,
    pause: float,
) -> list[float]:
    """Milliseconds from `body` put at what is read as `reads` to the last output seen, sorted."""
    clock = LiveClock(AT)
    key = bind(component.reads[reads].name, SYMBOL)
    outputs = {bind(output.name, SYMBOL) for output in component.writes.values()}
    async with at_work(Crowd((component,), ("SPY",)), clock) as (store, _):
        changes = store.changes()
        following = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.3)
        found: list[float] = []
        for number in range(rounds + 1):
            # Another body each time: what is the same as before is not decoded again.
            text = body[:-1] + b" " * (number % 7) + body[-1:]
            began = time.perf_counter()
            put(store, key, text, clock.now())
            waits: Set[str] = outputs
            while waits:
                _, seen = await following
                waits = waits - {seen}
                following = asyncio.ensure_future(anext(changes))
            found.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(pause)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return sorted(found[1:])


def put(store: RedisStore, key: str, body: bytes, now: float) -> None:
    """A body, as a feed writes it."""
    store.put(Write(key, body, "bench", now, now, 600.0))


def measure() -> list[Row]:
    """Medians, and p99 of books."""
    rows = []
    for name, text in (("alpha_vantage", alpha_vantage()), ("unusual_whales", unusual_whales())):
        body = orjson.dumps(orjson.loads(text)["data"])
        found = asyncio.run(taken(Exposure, name, body, CHAINS, PAUSE_OF_CHAINS))
        title = f"{name.replace('_', ' ').title()}, 10,000 contracts to all exposure keys written"
        note = f"{len(body) / 1e6:.1f} MB"
        rows.append(Row(title, statistics.median(found), "ms", 25, note=note))
    book = orjson.dumps(orjson.loads(book_text())["data"])
    found = asyncio.run(taken(EachBook, "book", book, BOOKS, PAUSE_OF_BOOKS))
    rows += [
        Row("a book to imbalance and liquidity written, median", statistics.median(found), "ms"),
        Row("the same, p99", found[len(found) * 99 // 100], "ms", 2),
    ]
    return rows


if __name__ == "__main__":
    json.dump([row.as_dict() for row in measure()], sys.stdout)
