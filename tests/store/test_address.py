"""A server given by its address: over TCP, with a password, a database of its own."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from quanticity.errors import StoreUnavailable
from quanticity.model import Kind
from quanticity.store.address import Address
from quanticity.store.binary import find_server
from quanticity.store.opening import look_for
from tests.store.running import ROOT, directory, environment, opened, until, write

PASSWORD = "hidden word&"
URL = "redis://:hidden%20word%26@127.0.0.1:{port}/3"


@contextmanager
def tcp_server(port: int, *more: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        quiet = ["--save", "", "--loglevel", "warning", "--dir", folder]
        program = str(find_server(environment()))
        with subprocess.Popen([program, *arguments, *quiet, *more]) as server:
            try:
                while not listens(port):
                    assert server.poll() is None
                yield
            finally:
                server.kill()


def listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def test_a_server_with_password_and_database_over_tcp() -> None:
    port = free_port()

    async def main(data: Path) -> None:
        async with opened(data, url=URL.format(port=port)) as store:
            store.put(write("raw:a", b'"%b"' % (b"x" * 2_000_000)))
            store.put(write("raw:prints", b"1", kind=Kind.EVENTS))
            store.put(write("raw:b"))
            await store.flush()
            got = await store.get("raw:a")
            assert got is not None
            assert len(got.data) == 2_000_000
            plain = Redis(port=port, password=PASSWORD, db=3)
            assert await plain.exists("raw:a", "raw:b", "raw:prints", "changes") == 4
            await plain.aclose()
        assert list_of(data) == []

    with directory() as data, tcp_server(port):
        asyncio.run(main(data))


def test_looking_for_a_server_touches_nothing_in_it() -> None:
    port = free_port()

    async def main() -> None:
        await look_for(Address(url=URL.format(port=port)))
        plain = Redis(port=port, password=PASSWORD, db=3)
        assert await plain.dbsize() == 0
        await plain.aclose()
        with pytest.raises(StoreUnavailable) as told:
            await look_for(Address(url=f"redis://:mistaken-word@127.0.0.1:{port}/3"))
        assert "mistaken-word" not in str(told.value)

    with tcp_server(port):
        asyncio.run(main())


def list_of(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def test_a_server_that_restarts_is_found_again() -> None:
    port = free_port()

    async def main(data: Path) -> None:
        running = ExitStack()
        running.enter_context(tcp_server(port))
        async with opened(data, url=URL.format(port=port)) as store:
            store.put(write("raw:a"))
            await store.flush()
            assert await store.get("raw:a") is not None
            running.close()
            await until(lambda: not store.available)
            store.put(write("raw:b"))
            with tcp_server(port):
                await until(lambda: store.available)
                await store.flush()
                assert await store.get("raw:b") is not None

    with directory() as data:
        asyncio.run(main(data))


def test_a_wrong_password_is_told_and_not_shown() -> None:
    port = free_port()

    async def main(data: Path) -> None:
        with pytest.raises(StoreUnavailable, match=f"no store at redis://127.0.0.1:{port}/0") as no:
            async with opened(data, url=f"redis://:not-this-one@127.0.0.1:{port}/0"):
                pass
        assert "not-this-one" not in str(no.value)

    with directory() as data, tcp_server(port):
        asyncio.run(main(data))


def test_a_database_whose_changes_belong_to_another_program_is_left_alone() -> None:
    port = free_port()

    async def main(data: Path) -> None:
        plain = Redis(port=port, password=PASSWORD, db=3)
        await plain.set("changes", "mine")
        with pytest.raises(StoreUnavailable, match="choose another database"):
            async with opened(data, url=URL.format(port=port)):
                pass
        assert await plain.get("changes") == b"mine"
        await plain.aclose()

    with directory() as data, tcp_server(port):
        asyncio.run(main(data))


@pytest.mark.parametrize(
    "url", ["127.0.0.1:6379", "http://127.0.0.1/0", "redis://127.0.0.1:port/0", "nonsense"]
)
def test_what_is_no_address_is_told(url: str) -> None:
    async def main(data: Path) -> None:
        with pytest.raises(StoreUnavailable, match="is no address of a server"):
            async with opened(data, url=url):
                pass

    with directory() as data:
        asyncio.run(main(data))


def test_an_address_is_shown_without_its_secrets() -> None:
    shown = str(Address(url="rediss://me:hidden@cache.example:6380/2?password=hidden"))
    assert shown == "rediss://cache.example:6380/2"


@pytest.mark.parametrize(
    "url",
    [
        "redis://:paQQ/ssSecret@127.0.0.1:6379/0",
        "redis://me:paQQ#ssSecret@127.0.0.1:6379/0",
        "redis://:paQQ?ssSecret@127.0.0.1:6379/0",
        "redis://:paQQssSecret",
        "redis://:paQQssSecret@[::1:6379/0",
    ],
)
def test_a_password_that_is_not_encoded_was_told_and_a_bracket_was_a_traceback(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="no address of a server") as told:
        Address(url=url).connection()
    assert not re.search("paQQ|Secret", str(told.value))


def test_more_readers_than_connections_wait_for_one_and_none_fails() -> None:
    """The notes' pool of 50 was exhausted, and reads raised."""
    most = 3

    async def main(data: Path) -> tuple[list[bytes | None], int]:
        async with opened(data, pool_size=most) as store:
            store.put_plain("a", "1", 60)
            await store.flush()
            got = await asyncio.gather(*(store.get_raw("a") for _ in range(200)))
            assert store.address is not None
            looking = Redis(connection_pool=store.address.pool(2))
            clients = await looking.client_list()
            await looking.aclose(close_connection_pool=True)
            return got, sum(one["cmd"] == "get" for one in clients)

    with directory() as data:
        got, connections = asyncio.run(main(data))
    assert got == [b"1"] * 200
    assert 1 <= connections <= most


def test_only_what_a_person_asks_for_looks_through_all_keys() -> None:
    """A walk over all keys has no place where feeds and components run."""
    code = {
        path.relative_to(ROOT / "quanticity").as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "quanticity").rglob("*.py")
    }
    walk = re.compile(r"scan_iter\(|\bscan\(|\"(?:SCAN|KEYS)\"|\bstore\.keys\(|redis\.keys\(")
    found = {name for name, text in code.items() if walk.search(text)}
    # `anew` forgets a demo's old values once, before it begins.
    assert found == {
        *("store/redis_store.py", "store/anew.py"),
        *("cli/explain.py", "cli/keys.py", "notebook/reading.py"),
    }
