"""The embedded server lives as long as its clients, and no longer, whatever kills whom."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import StoreUnavailable
from quanticity.store.binary import find_server
from quanticity.store.embedded import server_arguments
from quanticity.store.opening import open_store
from tests.store.running import (
    client,
    directory,
    environment,
    eventually,
    keeper_of,
    opened,
    processes_of,
    ready,
    server_of,
    until,
    write,
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def page_faults_of(pid: int) -> int:
    """How often it waited for the kernel to give it a page."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[7])


@contextmanager
def orphan_server(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of the directory that no keeper looks after."""
    path = data.resolve() / "store.sock"
    program = str(find_server(environment()))
    with subprocess.Popen([program, *server_arguments(data, str(path))]) as orphan:
        eventually(path.exists)
        yield orphan


def test_a_closed_store_leaves_no_process() -> None:
    async def main(data: Path) -> None:
        async with opened(data):
            assert len(processes_of(data)) == 2

    with directory() as data:
        asyncio.run(main(data))
        assert processes_of(data) == []
        assert not (data / "store.sock").exists()


def test_kill_9_of_the_last_client_ends_the_server() -> None:
    with directory() as data, client(data, "pass") as child:
        ready(child)
        assert len(processes_of(data)) == 2
        child.kill()
        eventually(lambda: processes_of(data) == [])
        assert not (data / "store.sock").exists()


def test_the_server_stays_while_another_client_lives() -> None:
    async def main(data: Path) -> None:
        with client(data, "pass") as child:
            ready(child)
            async with opened(data) as store:
                server = server_of(data)
                child.kill()
                child.wait()
                await asyncio.sleep(0.2)
                store.put(write())
                await store.flush()
                assert await store.get("raw:uw:spot_gex:SPY") is not None
                assert server_of(data) == server

    with directory() as data:
        asyncio.run(main(data))
        eventually(lambda: processes_of(data) == [])


def test_processes_that_start_at_once_share_one_server() -> None:
    with directory() as data:
        children = [client(data, "pass") for _ in range(4)]
        opened_children = [child.__enter__() for child in children]
        try:
            for child in opened_children:
                ready(child)
            assert len(processes_of(data)) == 2
        finally:
            for context in children:
                context.__exit__(None, None, None)
        eventually(lambda: processes_of(data) == [])


def test_a_client_that_arrives_while_the_server_stops_gets_a_new_one() -> None:
    async def come_and_go(data: Path, key: str) -> None:
        for number in range(8):
            async with opened(data) as store:
                store.put(write(key, b"%d" % number))
                await store.flush()
                got = await store.get(key)
                assert got is not None
                assert got.data == number

    async def main(data: Path) -> None:
        await asyncio.gather(*(come_and_go(data, f"raw:{name}") for name in "abc"))

    with directory() as data:
        asyncio.run(main(data))
        eventually(lambda: processes_of(data) == [])


def test_a_killed_keeper_takes_the_server_along_and_the_client_starts_a_new_pair() -> None:
    async def main(data: Path) -> None:
        async with opened(data) as store:
            store.put(write("raw:before"))
            await store.flush()
            old = set(processes_of(data))
            os.kill(keeper_of(data), signal.SIGKILL)
            await until(lambda: not store.available)
            store.put(write("raw:while_away"))
            await until(lambda: store.available)
            await store.flush()
            assert not old & set(processes_of(data))
            assert len(processes_of(data)) == 2
            for key in ("raw:before", "raw:while_away"):
                assert await store.get(key) is not None

    with directory() as data:
        asyncio.run(main(data))
        assert processes_of(data) == []


def test_an_orphan_server_is_replaced() -> None:
    """Where the kernel does not end the server with its keeper, the next client does."""

    async def main(data: Path) -> None:
        async with opened(data) as store:
            store.put(write("raw:a"))
            await store.flush()
        assert processes_of(data) == []
        with orphan_server(data) as orphan:
            async with opened(data) as store:
                assert await store.get("raw:a") is not None
                assert server_of(data) != orphan.pid
            assert orphan.wait(5) == 0

    with directory() as data:
        asyncio.run(main(data))


def test_values_survive_kill_9_of_everything() -> None:
    put = "[store.put(write(f'raw:{n}', b'%d' % n)) for n in range(100)]; await store.flush()"

    async def main(data: Path) -> None:
        async with opened(data) as store:
            got = await store.get_many([f"raw:{number}" for number in range(100)])
            assert [value and value.data for value in got.values()] == list(range(100))

    with directory() as data:
        with client(data, put) as child:
            ready(child)
            for pid in [*processes_of(data), child.pid]:
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: processes_of(data) == [])
        asyncio.run(main(data))


def test_a_client_killed_while_it_starts_a_server_does_not_stand_in_the_way_of_the_next() -> None:
    """Its keeper was on its way, and nobody saw it: the next client began another beside it."""

    async def arrive(data: Path) -> None:
        async with opened(data) as store:
            store.put(write())
            await store.flush()

    for milliseconds in range(0, 40, 4):
        with directory() as data:
            with client(data, "pass") as child:
                ready(child)
                for pid in [keeper_of(data), server_of(data)]:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(milliseconds / 1000)  # it has noticed by then, and starts another pair
                child.kill()
            asyncio.run(arrive(data))


def test_ctrl_c_reaches_the_client_and_not_the_server() -> None:
    with directory() as data, client(data, "pass") as child:
        ready(child)
        assert os.getsid(keeper_of(data)) != os.getsid(child.pid)
        assert os.getpgid(server_of(data)) != os.getpgid(child.pid)
        os.kill(keeper_of(data), signal.SIGINT)
        os.kill(keeper_of(data), signal.SIGHUP)
        assert len(processes_of(data)) == 2


def test_a_keeper_told_to_end_stops_the_server_properly() -> None:
    with directory() as data, client(data, "pass") as child:
        ready(child)
        keeper, server = keeper_of(data), server_of(data)
        os.kill(keeper, signal.SIGTERM)
        eventually(lambda: server not in processes_of(data))
        eventually(lambda: keeper not in processes_of(data))


def test_attaching_never_starts_a_server() -> None:
    async def main(data: Path) -> None:
        with pytest.raises(StoreUnavailable, match="nothing is running in"):
            async with opened(data, attach_only=True):
                pass
        assert processes_of(data) == []
        async with opened(data), opened(data, attach_only=True) as store:
            assert await store.keys() == []
        with pytest.raises(StoreUnavailable, match="nothing is running in"):
            async with opened(data, attach_only=True):
                pass

    with directory() as data:
        asyncio.run(main(data))
        nowhere = data / "nowhere"
        asyncio.run(main_nowhere(nowhere))
        assert not nowhere.exists()


async def main_nowhere(nowhere: Path) -> None:
    with pytest.raises(StoreUnavailable, match="nothing is running in"):
        async with opened(nowhere, attach_only=True):
            pass


def test_a_long_data_directory_gets_a_short_private_socket() -> None:
    async def main(data: Path) -> Path:
        async with opened(data) as store, opened(data, attach_only=True) as other:
            store.put(write())
            await store.flush()
            assert await other.get("raw:uw:spot_gex:SPY") is not None
            assert store.address is not None
            path = Path(store.address.socket)
            assert len(os.fsencode(path)) < 100
            assert mode_of(path.parent) == 0o700
            assert mode_of(path) == 0o700
            return path

    with directory() as top:
        data = top / ("long" * 30)
        path = asyncio.run(main(data))
        assert processes_of(data) == []
        assert not path.parent.exists()


def test_the_server_listens_on_its_private_socket_only() -> None:
    async def main(data: Path) -> None:
        async with opened(data):
            assert mode_of(data / "store.sock") == 0o700
            assert mode_of(data / "store") == 0o700
            client = Redis(unix_socket_path=str(data / "store.sock"))
            assert await client.config_get("port") == {"port": "0"}
            assert await client.config_get("appendonly") == {"appendonly": "yes"}
            assert await client.config_get("appendfsync") == {"appendfsync": "no"}
            await client.aclose()

    with directory() as data:
        asyncio.run(main(data))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_secret_of_the_environment_reaches_the_server() -> None:
    async def main(data: Path) -> None:
        environ = {**environment(), "UW_API_TOKEN": "do-not-tell"}
        store = await open_store(StoreSettings(), data, LiveClock(), environ)
        for pid in processes_of(data):
            assert b"do-not-tell" not in environment_of(pid)
        await store.close()

    with directory() as data:
        asyncio.run(main(data))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_buffers_of_large_bodies_are_not_fetched_anew_for_each_of_them() -> None:
    # Below 64 MB in all: from there on the server writes its file anew, in a copy of itself.
    bodies, size = 6, 4_000_000

    async def main(data: Path) -> None:
        async with opened(data) as store:
            before = 0
            for number in range(2 * bodies):
                if number == bodies:
                    before = page_faults_of(server_of(data))
                store.put(write(data=b'"%b"' % (b"x" * size)))
                await store.flush()
            faults = page_faults_of(server_of(data)) - before
            assert faults < bodies * size / os.sysconf("SC_PAGE_SIZE") / 4

    with directory() as data:
        asyncio.run(main(data))


def test_a_server_that_cannot_start_says_why_and_what_to_do() -> None:
    async def main(data: Path) -> None:
        async with opened(data) as store:
            store.put(write())
            await store.flush()
        for part in (data / "store" / "appendonlydir").iterdir():
            part.write_text("this is no file of a server\n")
        with pytest.raises(StoreUnavailable, match=r"(?s)did not start.*moved away"):
            async with opened(data):
                pass

    with directory() as data:
        asyncio.run(main(data))
        assert processes_of(data) == []


def test_a_data_directory_that_cannot_be_made_is_told() -> None:
    async def main(data: Path) -> None:
        (data / "file").write_text("")
        with pytest.raises(StoreUnavailable, match=r"cannot be used.*--data or QUANTICITY_DATA"):
            async with opened(data / "file" / "deeper"):
                pass

    with directory() as data:
        asyncio.run(main(data))


def test_an_unreachable_url_is_told_without_its_password() -> None:
    async def main(data: Path) -> None:
        url = "redis://user:hidden-word@127.0.0.1:1/0"
        with pytest.raises(StoreUnavailable, match=r"redis://127.0.0.1:1/0") as caught:
            async with opened(data, url=url):
                pass
        assert "hidden-word" not in str(caught.value)

    with directory() as data:
        asyncio.run(main(data))


def test_redis_url_of_the_environment_is_used_before_the_embedded_server() -> None:
    async def main(data: Path, other: Path) -> None:
        async with opened(data) as first:
            first.put(write("raw:a"))
            await first.flush()
            assert first.address is not None
            environ = {**environment(), "REDIS_URL": f"unix://{first.address.socket}"}
            second = await open_store(StoreSettings(), other, LiveClock(), environ)
            assert await second.get("raw:a") is not None
            await second.close()
            assert processes_of(other) == []

    with directory() as data, directory() as other:
        asyncio.run(main(data, other))


def test_the_machines_own_server_comes_before_the_wheels(tmp_path: Path) -> None:
    wheels = find_server({"PATH": ""})
    assert wheels.name == "valkey-server"
    own = tmp_path / "redis-server"
    shutil.copy(wheels, own)
    assert find_server({"PATH": str(tmp_path)}) == own
    better = tmp_path / "valkey-server"
    shutil.copy(wheels, better)
    assert find_server({"PATH": str(tmp_path)}) == better
