"""A server that is there and does not serve us: nothing is lost, and the cause is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from loguru import logger
from redis.asyncio import Redis

from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import StoreUnavailable
from quanticity.model import Kind
from quanticity.store.address import Address
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore
from quanticity.store.refusals import of_no_value
from quanticity.store.slots import RedisLedger
from quanticity.store.wire import Refused
from tests.store.running import directory, until, write
from tests.store.test_demoted import server


async def reached(folder: Path, user: str = "q:pw@") -> RedisStore:
    url = f"unix://{user}{folder / 'a.sock'}"
    return await open_store(StoreSettings.model_validate({"url": url}), folder, LiveClock(), {})


def run(test: Callable[[Path], Awaitable[None]]) -> list[str]:
    """Do something in a folder; the lines that were told."""
    told: list[str] = []
    sink = logger.add(lambda line: told.append(str(line)), level="WARNING")
    try:
        with directory() as folder:
            asyncio.run(test(folder))  # type: ignore[arg-type]
    finally:
        logger.remove(sink)
    return told


async def as_user(admin: Redis, *rights: str) -> None:
    await admin.execute_command("ACL", "SETUSER", "q", *rights)


def test_events_were_dropped_one_by_one_while_the_user_might_not_write() -> None:
    async def test(folder: Path) -> None:
        async with server(folder, "a") as admin:
            await as_user(admin, "on", ">pw", "~*", "&*", "+@all")
            store = await reached(folder)
            await as_user(admin, "-evalsha")
            for number in range(5):
                store.put(write("raw:prints", b"%d" % number, kind=Kind.EVENTS))
            await until(lambda: not store.available)
            assert store.kept[0] == 5
            await as_user(admin, "+evalsha")
            await until(lambda: store.available)
            assert [event.data for _, event in await store.events("raw:prints")] == [*range(5)]
            await store.close()

    lost, back = run(test)
    assert "store takes no writes now, values are kept: NOPERM" in lost
    assert "store takes writes again" in back


def test_a_key_that_the_user_may_not_write_was_told_with_each_of_its_values() -> None:
    async def test(folder: Path) -> None:
        async with server(folder, "a") as admin:
            await as_user(admin, "on", ">pw", "~changes", "~writer:*", "~raw:*", "&*", "+@all")
            store = await reached(folder)
            for number in range(4):
                store.put(write("raw:mine", b"%d" % number))
                store.put(write("other:x", b"%d" % number))
                await store.flush()
                if number == 2:
                    assert await admin.get("other:x") is None
                    await as_user(admin, "~other:*")
            assert str(await admin.get("raw:mine")).endswith('"data":3}\'')
            assert str(await admin.get("other:x")).endswith('"data":3}\'')
            await as_user(admin, "resetkeys", "~changes", "~writer:*", "~raw:*")
            store.put(write("other:x", b"4"))
            await store.flush()
            await store.close()

    told = run(test)
    assert len(told) == 2, "once, and once more after it was taken"
    assert all("store refuses each value of other:x: NOPERM" in line for line in told)


def test_a_password_that_changed_kept_the_store_away_without_a_word() -> None:
    async def test(folder: Path) -> None:
        async with server(folder, "a", "--requirepass", "old"):
            store = await reached(folder, ":old@")
        store.put(write("raw:a"))
        async with server(folder, "a", "--requirepass", "new"):
            await until(lambda: len(told()) == 2)
            await asyncio.sleep(0.3)
            admin = Redis(unix_socket_path=str(folder / "a.sock"), password="new")
            await admin.config_set("requirepass", "old")
            await admin.aclose()
            await until(lambda: store.available)
            await store.flush()
            assert await store.get("raw:a") is not None
        await store.close()

    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")

    def told() -> list[str]:
        return [line for line in lines if "store" in line]

    try:
        run(test)
    finally:
        logger.remove(sink)
    lost, barred, back, *_ = told()
    assert "store is lost" in lost
    assert "does not come back by itself: no store at unix" in barred
    assert "password" in barred
    assert "old" not in barred.replace("old@", "")
    assert "store is back" in back


def test_a_part_of_a_cluster_was_taken_for_a_server_and_refused_each_value() -> None:
    async def test(folder: Path) -> None:
        async with server(folder, "a", "--cluster-enabled", "yes") as admin:
            await admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while b"state:ok" not in await admin.execute_command("CLUSTER", "INFO"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            with pytest.raises(StoreUnavailable, match="it is a part of a cluster"):
                await reached(folder, "")

    run(test)


def test_a_server_that_lets_us_connect_and_says_nothing_was_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`run`, `status` and `get` stood still without a word, and so did the way back to a store."""
    monkeypatch.setattr("quanticity.store.wire._GREETING", 0.1)
    monkeypatch.setattr("quanticity.store.slots._PATIENCE", 0.1)
    held: list[asyncio.StreamWriter] = []

    async def test(folder: Path) -> None:
        path = folder / "a.sock"

        async def locate() -> Address:
            return Address(url=f"unix://:pw@{path}")

        async with server(folder, "a", "--requirepass", "pw"):
            ledger = RedisLedger(locate, LiveClock())
            await ledger.start()
        silent = await asyncio.start_unix_server(lambda _, out: held.append(out), str(path))
        await until(lambda: len(held) > 1)
        with pytest.raises(StoreUnavailable, match="gives no answer for"):
            await asyncio.wait_for(RedisLedger(locate, LiveClock()).start(), 10)
        silent.close()
        path.unlink(missing_ok=True)
        for out in held:
            out.close()
        async with server(folder, "a", "--requirepass", "pw"):
            await until(lambda: ledger.available)
            await ledger.close()

    run(test)


@pytest.mark.parametrize(
    ("said", "of_all"),
    [
        ("NOPERM User q has no permissions to run the 'evalsha' command", True),
        (
            "NOPERM this user has no permissions to run the 'evalsha' command or its subcommand",
            True,
        ),
        ("NOPERM No permissions to access a key", False),
        ("NOAUTH Authentication required.", True),
        ("ERR The user executing the script can't run this command or subcommand script: x", True),
        ("ERR Error running script: Script killed by user with SCRIPT KILL...", True),
        ("ERR string exceeds maximum allowed size (proto-max-bulk-len)", False),
    ],
)
def test_what_is_about_no_value_costs_no_value(said: str, of_all: bool) -> None:
    assert of_no_value(Refused(said)) == of_all
