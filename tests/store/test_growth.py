"""What a server does with what it holds, and would do without a word: it is told once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from quanticity.errors import StoreUnavailable
from quanticity.store.address import Address
from quanticity.store.growth import Evictions, Growth
from quanticity.store.redis_store import RedisStore
from tests.store.running import directory, opened, write

Said = tuple[bool, str] | None


def run(test: Callable[[Path, RedisStore, Growth], Awaitable[None]]) -> None:
    async def main(data: Path) -> None:
        async with opened(data) as store:
            store.put(write("raw:a"))
            await store.flush()
            await test(data, store, Growth(data, store))

    with directory() as data:
        asyncio.run(main(data))


async def rewrite(store: RedisStore, status: str) -> None:
    """Let the server rewrite its file, and wait for how that ends."""
    assert store.address is not None
    client = Redis(unix_socket_path=store.address.socket, decode_responses=True)
    try:
        with suppress(ResponseError):  # where it cannot even begin
            await client.execute_command("BGREWRITEAOF")
        async with asyncio.timeout(20):
            while True:
                said = await client.info("persistence")
                if not said["aof_rewrite_in_progress"] and not said["aof_rewrite_scheduled"]:
                    break
                await asyncio.sleep(0.02)
    finally:
        await client.aclose()
    assert said["aof_last_bgrewrite_status"] == status


def test_a_file_that_can_be_rewritten_no_more_grew_without_a_word() -> None:
    async def test(data: Path, store: RedisStore, growth: Growth) -> None:
        assert await growth.look() is None
        folder = data / "store" / "appendonlydir"
        folder.rename(data / "store" / "aside")
        folder.write_text("in its place")
        await rewrite(store, "err")
        said = await growth.look()
        assert said is not None
        assert said[0] is False
        assert f"cannot be rewritten (nothing can be made in {folder})" in said[1]
        assert f"Let {data / 'store'} be written to again" in said[1]
        assert await growth.look() is None, "once"
        folder.unlink()
        (data / "store" / "aside").rename(folder)
        await rewrite(store, "ok")
        assert await growth.look() == (True, "the store's file can be rewritten again")
        assert await growth.look() is None

    run(test)


def test_a_folder_that_became_read_only_is_told_before_the_file_has_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(data: Path, store: RedisStore, growth: Growth) -> None:
        real, denied = os.access, str(data / "store")
        monkeypatch.setattr(
            os, "access", lambda path, mode: str(path) != denied and real(path, mode)
        )
        said = await growth.look()
        assert said is not None
        assert f"(nothing can be made in {denied})" in said[1]
        monkeypatch.undo()
        assert await growth.look() == (True, "the store's file can be rewritten again")

    run(test)


class Other:
    """A store on somebody's own server, or one that is away."""

    def __init__(self, address: Address | None) -> None:
        self.address = address

    async def info(self, section: str) -> dict[str, str]:
        raise StoreUnavailable("the store is away")


@pytest.mark.parametrize(
    "address", [None, Address(url="redis://host:6379/0"), Address(socket="/nowhere")]
)
def test_nothing_is_told_of_a_server_of_somebodys_own_or_one_that_is_away(
    address: Address | None, tmp_path: Path
) -> None:
    assert asyncio.run(Growth(tmp_path, Other(address)).look()) is None
    assert asyncio.run(Evictions(Other(address)).look()) is None


def test_a_server_that_gives_up_slots_for_room_did_so_without_a_word() -> None:
    async def test(data: Path, store: RedisStore, growth: Growth) -> None:
        evictions = Evictions(store)
        assert await evictions.look() is None
        assert store.address is not None
        client = Redis(unix_socket_path=store.address.socket)
        try:
            await client.config_set("maxmemory-policy", "volatile-lru")
            assert await evictions.look() is None, "there is no bound"
            await client.config_set("maxmemory", "100mb")
            said = await evictions.look()
            assert said is not None
            assert said[0] is False
            assert "(maxmemory-policy volatile-lru)" in said[1]
            assert await evictions.look() is None, "once"
            await client.config_set("maxmemory-policy", "noeviction")
            assert await evictions.look() == (
                True,
                "the server gives up no keys for room any more",
            )
        finally:
            await client.aclose()

    run(test)
