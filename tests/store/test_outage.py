"""The server goes and comes back: what was fetched meanwhile is kept, bounded, and written."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from loguru import logger
from redis.asyncio import Redis

from quanticity.errors import StoreUnavailable
from quanticity.model import Envelope, Kind
from quanticity.store.redis_store import RedisStore
from tests.store.running import directory, opened, server_of, until, write


@asynccontextmanager
async def another_client(store: RedisStore) -> AsyncIterator[Redis]:
    assert store.address is not None
    client = Redis(unix_socket_path=store.address.socket)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def frozen(data: Path) -> AsyncIterator[None]:
    """The server is killed, and its successor cannot start before the end of the block."""
    file = os.open(data / "start.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    os.kill(server_of(data), signal.SIGKILL)
    try:
        yield
    finally:
        os.close(file)


def run(test: Callable[[Path, RedisStore], Awaitable[None]], **settings: int) -> None:
    async def main(data: Path) -> None:
        async with opened(data, attach_only=False, **settings) as store:
            await test(data, store)

    with directory() as data:
        asyncio.run(main(data))


def test_values_of_an_outage_are_written_when_it_is_over() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with frozen(data):
            await until(lambda: not store.available)
            for number in range(20):
                store.put(write(f"raw:{number}", b"%d" % number))
                store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
                store.put_plain("heartbeat:uw", str(number), 60)
            await asyncio.wait_for(store.flush(), 1)
            count, size, given_up = store.kept
            assert count == 41
            assert size > 41
            assert given_up == 0
        await until(lambda: store.available)
        await store.flush()
        assert store.kept == (0, 0, 0)
        got = await store.get_many([f"raw:{number}" for number in range(20)])
        assert [value and value.data for value in got.values()] == list(range(20))
        assert [event.data for _, event in await store.events("raw:prints")] == list(range(20))
        assert await store.get_raw("heartbeat:uw") == b"19"

    run(test)


def test_the_newest_value_goes_out_first() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with frozen(data):
            await until(lambda: not store.available)
            for name in "abcdb":
                store.put(write(f"raw:{name}"))
        await until(lambda: store.available)
        await store.flush()
        async with another_client(store) as client:
            rows: Any = await client.xrange("changes")
        assert [fields[b"key"] for _, fields in rows] == [b"raw:b", b"raw:d", b"raw:c", b"raw:a"]

    run(test)


def test_what_is_kept_is_bounded_and_the_oldest_is_given_up() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with frozen(data):
            await until(lambda: not store.available)
            for number in range(100):
                store.put(write(f"raw:{number}", b'"%b"' % (b"x" * 10_000)))
            count, size, given_up = store.kept
            assert size <= 200_000
            assert count + given_up == 100
        await until(lambda: store.available)
        await store.flush()
        assert await store.get("raw:99") is not None
        assert await store.get("raw:0") is None
        assert len(await store.keys("raw:*")) == count

    run(test, outage_bytes=200_000)


def test_the_time_waited_is_taken_off_a_values_life() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with frozen(data):
            await until(lambda: not store.available)
            store.put(write("raw:short", ttl=0.5))
            store.put(write("raw:long", ttl=600))
            await asyncio.sleep(1)
        await until(lambda: store.available)
        await store.flush()
        assert await store.get("raw:short") is None
        assert store.expired == 1
        [(_, life)] = await store.keys("raw:*")
        assert 500 < life <= 599

    run(test)


def test_reading_while_away_says_so() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with frozen(data):
            await until(lambda: not store.available)
            with pytest.raises(StoreUnavailable, match="away"):
                await store.get("raw:a")
            with pytest.raises(StoreUnavailable, match="away"):
                await store.keys()
        await until(lambda: store.available)
        assert await store.get("raw:a") is None

    run(test)


async def read_once_back(store: RedisStore) -> list[tuple[str, Envelope]]:
    """All events; a kill that the store has not noticed yet is waited out."""
    async with asyncio.timeout(20):
        while True:
            await until(lambda: store.available)
            await store.flush()
            try:
                return await store.events("raw:prints", count=1000)
            except StoreUnavailable:
                await asyncio.sleep(0.01)


def test_events_are_neither_lost_nor_doubled_by_losses_in_mid_run() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        for number in range(600):
            store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
            if number % 20 == 0:
                await asyncio.sleep(0.001)
            if number % 200 == 100:
                await until(lambda: store.available)
                os.kill(server_of(data), signal.SIGKILL)
        rows = await read_once_back(store)
        assert [event.data for _, event in rows] == list(range(600))

    run(test)


def test_a_connection_cut_before_the_answer_does_not_double_events() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with another_client(store) as client:
            for number in range(300):
                store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
                if number % 10 == 0:
                    await asyncio.sleep(0)
                if number % 30 == 0:
                    await client.client_kill_filter(_type="normal", skipme=True)
            await until(lambda: store.available)
            await store.flush()
        rows = await store.events("raw:prints", count=1000)
        assert [event.data for _, event in rows] == list(range(300))

    run(test)


def test_changes_are_followed_through_an_outage() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        seen: list[str] = []

        async def follow() -> None:
            async for _, key in store.changes():
                seen.append(key)

        following = asyncio.create_task(follow())
        await asyncio.sleep(0.1)
        store.put(write("raw:a"))
        await until(lambda: seen == ["raw:a"])
        os.kill(server_of(data), signal.SIGKILL)
        await until(lambda: not store.available)
        store.put(write("raw:b"))
        await until(lambda: seen == ["raw:a", "raw:b"])
        following.cancel()

    run(test)


def test_scripts_forgotten_by_the_server_are_loaded_again() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with another_client(store) as client:
            await client.script_flush()
        store.put(write("raw:a"))
        store.put(write("raw:big", b'"%b"' % (b"x" * 100_000)))
        await store.flush()
        assert await store.get("raw:a") is not None
        assert await store.get("raw:big") is not None
        assert store.available

    run(test)


def test_a_server_that_takes_no_writes_is_waited_for() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with another_client(store) as client:
            await client.config_set("maxmemory", "1")
            store.put(write("raw:a"))
            store.put(write("raw:big", b'"%b"' % (b"x" * 100_000)))
            await until(lambda: not store.available)
            assert store.kept[0] == 2
            await client.config_set("maxmemory", "0")
        await until(lambda: store.available)
        await store.flush()
        assert await store.get("raw:a") is not None
        assert await store.get("raw:big") is not None

    run(test)


def test_one_line_tells_the_loss_and_one_the_return() -> None:
    lines: list[str] = []

    async def test(data: Path, store: RedisStore) -> None:
        async with frozen(data):
            await until(lambda: not store.available)
            store.put(write("raw:a"))
            await asyncio.sleep(0.3)
        await until(lambda: store.available)

    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")
    try:
        run(test)
    finally:
        logger.remove(sink)
    told = [line for line in lines if "store" in line]
    assert len(told) == 2
    assert "store is lost" in told[0]
    assert "store is back" in told[1]
    assert "1 kept values" in told[1]


def test_no_key_is_left_without_an_end() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        for number in range(50):
            store.put(write(f"raw:{number}"))
            store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
            store.put(write(f"raw:big:{number % 3}", b'"%b"' % (b"x" * 100_000)))
            store.put_plain("heartbeat:uw", "1", 5)
            store.put_state("deltas", b"1")
            if number == 25:
                os.kill(server_of(data), signal.SIGKILL)
            await asyncio.sleep(0.002)
        await until(lambda: store.available)
        await store.flush()
        async with another_client(store) as client:
            names = [name async for name in client.scan_iter()]
            lives = [await client.pttl(name) for name in names]
        assert len(names) > 50
        assert min(lives) > 0

    run(test)


def test_state_put_while_the_server_stalled_was_read_as_it_had_been_before() -> None:
    """A reload read which rows had been written, and wrote those of the stall again."""

    async def test(data: Path, store: RedisStore) -> None:
        store.put_state("seen:a", b"1")
        await store.flush()
        os.kill(server_of(data), signal.SIGSTOP)
        try:
            store.put_state("seen:a", b"2")
            await asyncio.sleep(0.05)  # it is under way now
            assert await asyncio.wait_for(store.state("seen:a"), 1) == b"2"
            store.put_together([], {"seen:a": b"3"})
            assert await asyncio.wait_for(store.state("seen:a"), 1) == b"3"
            store.put_state("seen:a", b"4")
            assert await asyncio.wait_for(store.state("seen:a"), 1) == b"4"
        finally:
            os.kill(server_of(data), signal.SIGCONT)
        await store.flush()
        assert await store.state("seen:a") == b"4"

    run(test)


def test_state_that_is_kept_for_a_lost_server_is_told() -> None:
    async def test(data: Path, store: RedisStore) -> None:
        async with frozen(data):
            await until(lambda: not store.available)
            store.put_state("seen:a", b"1")
            assert await store.state("seen:a") == b"1"
            with pytest.raises(StoreUnavailable):
                await store.state("seen:b")

    run(test)
