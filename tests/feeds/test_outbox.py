"""What a websocket brings, on its way to a store that is small, slow or away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from quanticity.clock import LiveClock
from quanticity.feeds.outbox import MOST_BYTES, Outbox
from quanticity.model import Kind
from quanticity.store.redis_store import RedisStore
from tests.feeds.fakes import MemoryStore
from tests.store.running import directory, opened, write

EVENT = write("raw:uw:stream:flow_alerts", kind=Kind.EVENTS)._replace(once=True)


def test_a_stop_waited_for_a_store_that_was_away_until_it_was_killed() -> None:
    async def main() -> None:
        store = MemoryStore()
        store.available = False
        outbox = Outbox(store, LiveClock())
        outbox.put(EVENT)
        async with asyncio.timeout(2):
            await outbox.drain()
        # The store keeps it, and says at the stop what it could not write.
        assert store.writes == [EVENT]

    asyncio.run(main())


def test_a_thousand_events_of_any_size_were_held_while_the_store_was_away() -> None:
    async def main() -> None:
        store = MemoryStore()
        store.available = False
        outbox = Outbox(store, LiveClock())
        large = EVENT._replace(data=b'"%b"' % (b"x" * 1_000_000))
        held = 0
        while not outbox.full and held < 1000:
            outbox.put(large)
            held += 1
        assert (held - 1) * 1_000_000 < MOST_BYTES <= held * 1_000_002
        carrier = asyncio.create_task(outbox.run())
        store.available = True
        async with asyncio.timeout(2):
            await outbox.room()
        carrier.cancel()
        assert len(store.writes) == held

    asyncio.run(main())


def test_events_that_came_at_once_were_lost_where_little_is_kept_in_an_outage() -> None:
    async def test(store: RedisStore) -> None:
        outbox = Outbox(store, LiveClock())
        for number in range(500):
            outbox.put(EVENT._replace(data=b"%d" % number))
        # Rows of a polled body come at once as well.
        for number in range(500):
            store.put(write("raw:polled", b"%d" % number, kind=Kind.EVENTS))
        await outbox.drain()
        streamed = await store.events(EVENT.key, count=1000)
        assert [one.data for _, one in streamed] == list(range(500))
        assert len(await store.events("raw:polled", count=1000)) == 500

    _with_store(test, outage_bytes=10_000)


def _with_store(test: Callable[[RedisStore], Awaitable[None]], *, outage_bytes: int) -> None:
    async def main() -> None:
        with directory() as data:
            async with opened(data, outage_bytes=outage_bytes) as store:
                await test(store)

    asyncio.run(main())
