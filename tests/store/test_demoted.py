"""The server of a name becomes a replica, another takes the writes: it is found by the name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from loguru import logger
from redis.asyncio import Redis

from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import StoreUnavailable
from quanticity.model import Kind
from quanticity.pace.ports import Ask, Span
from quanticity.store.binary import find_server
from quanticity.store.opening import open_ledger, open_store
from quanticity.store.redis_store import RedisStore
from tests.store.running import directory, until, write

BLOCK_SECONDS = 0.2


@asynccontextmanager
async def server(path: Path, name: str, *more: str) -> AsyncIterator[Redis]:
    """A server of its own, without a file; `more` are settings of it."""
    socket = path / f"{name}.sock"
    process = await asyncio.create_subprocess_exec(
        *(str(find_server({})), "--port", "0", "--unixsocket", str(socket)),
        *("--save", "", "--appendonly", "no", "--dir", str(path), "--loglevel", "warning", *more),
        stdout=asyncio.subprocess.DEVNULL,
    )
    client = Redis(unix_socket_path=str(socket))
    try:
        await until(socket.exists)
        yield client
    finally:
        await client.aclose()
        process.kill()
        await process.wait()
        socket.unlink(missing_ok=True)


@dataclass
class Name:
    """A name whose new connections go where `means` says; the old ones stay where they are."""

    folder: Path
    means: str = "one"
    lines: list[asyncio.Task[None]] = field(default_factory=list)

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.append(asyncio.current_task())  # type: ignore[arg-type]
        there = await asyncio.open_unix_connection(str(self.folder / f"{self.means}.sock"))
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    finally:
        writer.close()


Test = Callable[[RedisStore, Name, Redis, Redis], Awaitable[None]]


def run(test: Test) -> list[str]:
    """Do something with a store behind a name of two servers; the lines that were told."""
    told: list[str] = []

    async def main(folder: Path) -> None:
        name = Name(folder)
        async with server(folder, "one") as one, server(folder, "two") as two:
            path = str(folder / "name.sock")
            front = await asyncio.start_unix_server(name.join, path)
            settings = StoreSettings.model_validate({"url": f"unix://{path}"})
            store = await open_store(settings, folder, LiveClock(), {})
            try:
                await test(store, name, one, two)
            finally:
                await store.close()
                front.close()
                for line in name.lines:
                    line.cancel()

    sink = logger.add(lambda line: told.append(str(line)), level="WARNING")
    try:
        with directory() as folder:
            asyncio.run(main(folder))
    finally:
        logger.remove(sink)
    return told


async def demote(one: Redis) -> None:
    await one.execute_command("REPLICAOF", "127.0.0.1", "1")


def test_a_server_that_became_a_replica_was_asked_to_write_for_ever() -> None:
    async def test(store: RedisStore, name: Name, one: Redis, two: Redis) -> None:
        store.put(write("raw:a", b'{"data": 1}'))
        await store.flush()
        await demote(one)
        for number in range(20):
            store.put(write("raw:a", b"%d" % number))
            store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
        await until(lambda: not store.available)
        await asyncio.sleep(0.4)  # it is looked up, and is still the same
        assert store.kept[0] == 21
        name.means = "two"
        await until(lambda: store.available)
        await store.flush()
        found = await store.get("raw:a")
        assert found is not None
        assert found.data == 19
        assert [event.data for _, event in await store.events("raw:prints")] == list(range(20))
        assert await two.exists("raw:a", "raw:prints") == 2

    told = run(test)
    assert ["store is lost" in line for line in told] == [True, False], told
    assert "READONLY" in told[0]
    assert "21 kept values go out" in told[1]


def test_slots_were_counted_alone_for_ever_where_the_server_became_a_replica() -> None:
    async def test(store: RedisStore, name: Name, one: Redis, two: Redis) -> None:
        ledger = await open_ledger(store, LiveClock())

        async def take(number: int) -> int:
            grant = await ledger.take("v", [Span(10, 60.0)], None, [Ask(f"p:{number}", 5.0)], 60.0)
            return grant.granted

        try:
            assert await take(1) == 1
            await demote(one)
            with pytest.raises(StoreUnavailable, match="READONLY"):
                await take(2)
            assert not ledger.available
            name.means = "two"
            await until(lambda: ledger.available)
            assert await take(3) == 1
            assert await two.exists("slots:v:p") == 1
        finally:
            await ledger.close()

    assert run(test) == [], "the writer tells it"


def test_changes_were_followed_on_the_replica_that_hears_of_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("quanticity.store.follow._BLOCK_SECONDS", BLOCK_SECONDS)

    async def test(store: RedisStore, name: Name, one: Redis, two: Redis) -> None:
        seen: list[str] = []

        async def follow() -> None:
            async for _, key in store.changes():
                seen.append(key)

        following = asyncio.create_task(follow())
        await asyncio.sleep(0.1)
        store.put(write("raw:a"))
        await until(lambda: seen == ["raw:a"])
        await demote(one)
        store.put(write("raw:b"))
        await until(lambda: not store.available)
        await asyncio.sleep(2 * BLOCK_SECONDS)
        name.means = "two"
        await until(lambda: "raw:b" in seen)
        following.cancel()

    run(test)


def test_a_replica_is_read_from_by_who_does_not_write() -> None:
    async def test(store: RedisStore, name: Name, one: Redis, two: Redis) -> None:
        store.put(write("raw:a", b'{"data": 1}'))
        await store.flush()
        await demote(one)
        settings = StoreSettings.model_validate({"url": f"unix://{name.folder / 'name.sock'}"})
        other: Any = await open_store(settings, name.folder, LiveClock(), {})
        try:
            assert await other.get("raw:a") is not None
            assert await other.keys("raw:*")
        finally:
            await other.close()

    assert run(test) == []
