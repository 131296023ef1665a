"""Events and what is made of them, where the store breaks between the two, or is killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.feeds.call import Call
from quanticity.feeds.delivery import Delivery
from quanticity.feeds.events import SeenRows
from quanticity.feeds.listing import Listing
from quanticity.feeds.outbox import Outbox
from quanticity.feeds.paging import Page
from quanticity.feeds.transform import LoadedTransforms
from quanticity.model import Kind
from quanticity.store.memory import MemoryStore
from quanticity.store.pending import Pending
from quanticity.store.script import Group, Plain
from tests.feeds.loopback import Bench
from tests.feeds.test_unmade import FEED, OUT, RAW, rows, sums
from tests.store.running import ROOT, directory, environment, opened, server_of, write
from tests.store.test_barred import as_user, reached, run
from tests.store.test_demoted import server


class Breaks(LoadedTransforms):
    """The store is away once a row is to be made."""

    away_at = 0

    async def apply_aside(self, feed: str, name: Any, payload: Any, **given: Any) -> bytes:
        if payload["n"] == self.away_at:
            assert isinstance(self._store, MemoryStore)
            self._store.lose()
        return await super().apply_aside(feed, name, payload, **given)


async def start(clock: VirtualClock, store: Any, away_at: int, *bodies: Any) -> None:
    """A process that delivers these, and is gone with all that it kept for the store."""
    made = Breaks(clock, store, {"sums": sums})
    made.away_at = away_at
    endpoint = {"x": {**FEED, "cap": 3}}
    bench: Any = Bench("http://v", endpoint, clock=clock, store=store, transforms=lambda _: made)
    feed = bench.feeds["x"]
    call = Call(feed.recipe, {})
    seen = SeenRows(RAW, "n", store, listing=Listing("oldest_first"))
    delivery = Delivery(feed.recipe, feed.id, feed.stats)
    await seen.restore()
    await delivery.recall(call)
    for body in bodies:
        await delivery.events(call, Page(orjson.dumps(body), body), seen)
    await bench.vendor.close()


@pytest.mark.parametrize("away_at", range(1, 6))
def test_a_store_that_breaks_between_rows_and_what_is_made_of_them(away_at: int) -> None:
    """The raw stream is capped at fewer rows than are left to be made: they are not read there."""

    async def scenario(clock: VirtualClock) -> None:
        store = MemoryStore(clock)
        await start(clock, store, away_at, rows(1, 2, 3, 4, 5))
        assert not store.available
        store = _restarted(store)
        assert await store.events(OUT) == []
        await clock.sleep(60)
        await start(clock, store, 0, rows(4, 5))
        made = [event.data for _, event in await store.events(OUT)]
        assert made == [{"n": 3, "sum": 6}, {"n": 4, "sum": 10}, {"n": 5, "sum": 15}]
        await start(clock, store, 0, rows(5, 6))
        assert [e.data["sum"] for _, e in await store.events(OUT)] == [10, 15, 21]
        assert [e.data["n"] for _, e in await store.events(RAW)] == [4, 5, 6]

    run_virtual(scenario)


def _restarted(store: MemoryStore) -> MemoryStore:
    """The same server, and nothing of what the process before kept for it."""
    store._pending = Pending(10**6)
    store.restore()
    return store


def test_events_of_a_websocket_were_given_up_for_room_with_what_was_made_of_them() -> None:
    pending = Pending(bound=1)
    once = write(RAW, b'{"n": 1}', kind=Kind.EVENTS)._replace(once=True)
    pending.put(Group((once, once._replace(key=OUT), Plain("state:x", b"1", 5))), 0.0)
    for number in range(3):
        pending.put(write(f"v{number}"), 0.0)
    assert pending.given_up > 0
    kept = pending.take(10, 10**6, newest_first=False)
    assert [item.write.key for item in kept if item.once] == [RAW]
    assert pending._once == pending._once_bytes == 0


def test_events_were_refused_where_the_user_may_not_write_what_is_made_of_them() -> None:
    async def test(folder: Path) -> None:
        async with server(folder, "a") as admin:
            rights = ("~changes", "~writer:*", "~raw:*", "~state:*", "&*", "+@all")
            await as_user(admin, "on", ">pw", *rights)
            store = await reached(folder)
            for number in range(3):
                both = [write(key, b"%d" % number, kind=Kind.EVENTS) for key in (RAW, OUT)]
                store.put_together(both, {"sums": b"%d" % number})
                store.put(write("raw:after", b"%d" % number, kind=Kind.EVENTS))
            await store.flush()
            for key in (RAW, "raw:after"):
                assert [event.data for _, event in await store.events(key)] == [0, 1, 2]
            assert await store.state("sums") == b"2"
            await store.close()

    (line,) = run(test)
    assert f"store refuses each value of {OUT}: NOPERM" in line


def test_events_were_lost_where_the_user_may_not_write_what_is_remembered_of_them() -> None:
    """Those of a websocket went out alone before, and nobody sends them again."""

    async def test(folder: Path) -> None:
        async with server(folder, "a") as admin:
            rights = ("~changes", "~writer:*", "~raw:*", "~feed:*", "&*", "+@all")
            await as_user(admin, "on", ">pw", *rights)
            store = await reached(folder)
            for number in range(5):
                both = [write(key, b"%d" % number, kind=Kind.EVENTS) for key in (RAW, OUT)]
                store.put_together(both, {"sums": b"%d" % number})
                store.put(write("raw:after", b"%d" % number, kind=Kind.EVENTS))
                if number % 2:
                    await store.flush()
            await store.flush()
            for key in (RAW, OUT, "raw:after"):
                assert [event.data for _, event in await store.events(key)] == [0, 1, 2, 3, 4]
            await store.close()

    (line,) = run(test)
    assert "store refuses each value of state:sums: NOPERM" in line


def test_events_whose_own_key_is_refused_are_not_remembered_as_seen() -> None:
    """Apart from its events, what says that they were seen would lose them for good."""

    async def test(folder: Path) -> None:
        async with server(folder, "a") as admin:
            rights = ("~changes", "~writer:*", "~feed:*", "~state:*", "&*", "+@all")
            await as_user(admin, "on", ">pw", *rights)
            store = await reached(folder)
            both = [write(key, b"1", kind=Kind.EVENTS) for key in (RAW, OUT)]
            store.put_together(both, {"seen": b"1"})
            await store.flush()
            assert [event.data for _, event in await store.events(OUT)] == [1]
            assert await store.state("seen") is None
            await store.close()

    (line,) = run(test)
    assert f"store refuses each value of {RAW}: NOPERM" in line


SOCKET = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.feeds.listing import Listing
from quanticity.feeds.outbox import Outbox
from quanticity.feeds.transform import LoadedTransforms
from quanticity.store.opening import open_store
from tests.feeds.test_unmade import sums
from tests.feeds.test_unmade_in_outages import frames
from tests.store.running import environment

async def main():
    clock = LiveClock()
    store = await open_store(StoreSettings(), Path(sys.argv[1]), clock, environment())
    await frames(store, Outbox(store, clock), LoadedTransforms(clock, store, {{"sums": sums}}))

asyncio.run(main())
"""


async def frames(store: Any, outbox: Outbox, transforms: LoadedTransforms) -> None:
    """Numbers as a feed of a websocket puts them, on from what the transform remembers."""
    await transforms.restore("v.x")
    saved = await store.state("transform:v.x")
    total = orjson.loads(saved)[""]["state"] if saved else 0
    number = 0
    while total:
        number += 1
        total -= number
    carrier = asyncio.create_task(outbox.run())
    print("ready", flush=True)
    while not carrier.done():
        number += 1
        states: dict[str, bytes] = {}
        given: Mapping[str, Any] = {"options": {}, "values": {}, "received": 0.0}
        made = transforms.apply("v.x", "sums", {"n": number}, states=states, **given)
        raw = write(RAW, b'{"n":%d}' % number, kind=Kind.EVENTS, cap=10**6)._replace(once=True)
        outbox.put_together([raw, raw._replace(key=OUT, data=made)], states)
        await outbox.room()
        if number % 7 == 0:
            await asyncio.sleep(0.001)


def test_kill_9_while_a_websocket_flows_leaves_each_event_with_what_was_made_of_it() -> None:
    chance = random.Random(5)
    with directory() as data:
        for round_ in range(5):
            child = subprocess.Popen(
                [sys.executable, "-c", SOCKET.format(root=str(ROOT)), str(data)],
                stdout=subprocess.PIPE,
                env=environment(),
                cwd=ROOT,
            )
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0.05, 0.4))
            if round_ == 3:
                with suppress(ProcessLookupError):
                    os.kill(server_of(data), signal.SIGKILL)
                time.sleep(chance.uniform(0.0, 0.3))
            child.kill()
            child.wait()
            child.stdout.close()

        async def stored() -> tuple[list[Any], list[Any], bytes | None]:
            async with opened(data) as store:
                raw = [one.data for _, one in await store.events(RAW, "0", 10**6)]
                made = [one.data for _, one in await store.events(OUT, "0", 10**6)]
                return raw, made, await store.state("transform:v.x")

        raw, made, saved = asyncio.run(stored())
    assert len(raw) > 100
    assert [one["n"] for one in raw] == list(range(1, len(raw) + 1))
    assert [one["n"] for one in made] == [one["n"] for one in raw]
    assert made[-1]["sum"] == sum(one["n"] for one in raw)
    assert saved is not None
    assert orjson.loads(saved)[""]["state"] == made[-1]["sum"]
