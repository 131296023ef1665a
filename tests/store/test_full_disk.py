"""A disk without room: the store takes no writes, and everybody is told so, soon."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
from pathlib import Path

import pytest
from loguru import logger

from quanticity.errors import NothingRuns, StoreUnavailable
from quanticity.store import embedded
from quanticity.store.redis_store import RedisStore
from tests.cli.asked import Said, ask, project
from tests.store.running import directory, opened, server_of, until, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a process is given limits here")


def limit_its_file(data: Path, room: int) -> None:
    """So many bytes more, and no further."""
    (file,) = (data / "store" / "appendonlydir").glob("*.incr.aof")
    most = file.stat().st_size + room
    _, hard = resource.prlimit(server_of(data), resource.RLIMIT_FSIZE)
    resource.prlimit(server_of(data), resource.RLIMIT_FSIZE, (most, hard))


async def fill_the_disk(data: Path, store: RedisStore) -> None:
    """The server's file grows no more from now on: the same to it as a disk that is full."""
    limit_its_file(data, 1000)

    def refused() -> bool:
        # The first that fails is answered all the same.
        store.put(write("raw:big", b'"%b"' % (b"x" * 100_000)))
        return not store.available

    await until(refused)


def test_a_full_disk_was_taken_for_no_system_at_all_and_only_after_a_long_wait(
    tmp_path: Path,
) -> None:
    """`status` asked for 43 s, and then told how to start what ran all the while."""
    project(tmp_path)

    async def test(folder: Path) -> tuple[Said, Said]:
        async with opened(folder / "dev") as store:
            store.put(write("raw:a", b'{"data":4711}'))
            await store.flush()
            assert await store.why_no_writes() == ""
            await fill_the_disk(folder / "dev", store)
            began = time.monotonic()
            async with opened(folder / "dev", attach_only=True) as other:
                assert (await other.why_no_writes()).startswith("MISCONF")
                assert b"4711" in (await other.get_raw("raw:a") or b"")
            assert time.monotonic() - began < 20
            place = ("--env", "dev", "--data", str(folder))
            got = await asyncio.to_thread(ask, "get", "raw:a", *place, cwd=tmp_path)
            return got, await asyncio.to_thread(ask, "status", *place, cwd=tmp_path)

    with directory() as folder:
        got, status = asyncio.run(test(folder))
    said = "dev runs, but its store takes no writes, so what it holds may be old: MISCONF"
    assert (got.status, said in got.err) == (0, True), got
    assert "4711" in got.out
    assert (status.status, said in status.err) == (1, True), status
    assert "no system is running" not in status.err
    assert "start one" not in status.err


def test_what_a_full_disk_did_not_take_was_dropped_at_the_stop_without_a_word() -> None:
    lines: list[str] = []

    async def test(data: Path) -> None:
        async with opened(data) as store:
            store.put(write("raw:a"))
            await store.flush()
            await fill_the_disk(data, store)
            store.put(write("raw:b"))

    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")
    try:
        with directory() as data:
            asyncio.run(test(data))
    finally:
        logger.remove(sink)
    assert "store: 2 values not written before the stop" in lines[-1]


def test_a_large_body_that_a_full_disk_did_not_take_was_told_as_a_body_that_is_missing() -> None:
    lines: list[str] = []

    async def test(data: Path) -> None:
        async with opened(data) as store:
            limit_its_file(data, 10)
            store.put(write("raw:a"))
            await store.flush()  # the first that fails is answered all the same
            store.put(write("raw:big", b'"%b"' % (b"x" * 100_000)))
            await until(lambda: not store.available)
            limit_its_file(data, 1_000_000)
            await until(lambda: store.available)

    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")
    try:
        with directory() as data:
            asyncio.run(test(data))
    finally:
        logger.remove(sink)
    (told,) = (line for line in lines if "store takes no writes now" in line)
    assert "values are kept: MISCONF" in told
    assert "MISSING" not in told
    assert "store takes writes again" in lines[-1], "its return is told as loudly as its loss"


def test_a_store_that_hangs_is_no_store_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question waited two seconds for its answer, and only the pauses were counted."""
    monkeypatch.setattr(embedded, "_LOOK_PATIENCE", 0.5)

    async def test(data: Path) -> None:
        async with opened(data):
            server = server_of(data)
            os.kill(server, signal.SIGSTOP)
            try:
                with pytest.raises(StoreUnavailable, match="the store gives no answer on") as told:
                    await asyncio.wait_for(hang_on(data), 20)
            finally:
                os.kill(server, signal.SIGCONT)
            assert not isinstance(told.value, NothingRuns)
        with pytest.raises(NothingRuns):
            await hang_on(data)

    with directory() as data:
        asyncio.run(test(data))


async def hang_on(data: Path) -> None:
    async with opened(data, attach_only=True):
        pass
