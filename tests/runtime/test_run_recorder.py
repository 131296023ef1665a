"""A real worker, recorded: what is recorded can be run again and differs in nothing."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import orjson

from quanticity.clock import LiveClock
from quanticity.journal.reader import open_recording
from quanticity.journal.records import Run, Value, order
from quanticity.journal.tap import WORD, Tap, word
from quanticity.model import Kind, Write
from quanticity.replay.differences import Verdict
from quanticity.replay.verify import Verifier
from quanticity.runtime.run_recorder import RecorderFor
from quanticity.store.redis_store import RedisStore
from tests.runtime.crew import ALL, Names, becomes, supervised
from tests.store.running import directory, opened

NAMES = Names(("double", "sum"), ("SPY", "QQQ"))


def put(store: RedisStore, number: int) -> None:
    now = time.time()
    symbol = ("SPY", "QQQ")[number % 2]
    price = orjson.dumps({"p": number})
    store.put(Write(f"raw:price:{symbol}", price, "t", now, now, 600.0))
    size = orjson.dumps({"n": number})
    key = f"raw:prints:{symbol}"
    store.put(Write(key, size, "t", now, now, 600.0, Kind.EVENTS, None, 1_000_000))


def verified(folder: Path) -> Verdict:
    return Verifier(open_recording(folder), ALL, LiveClock()).run()


async def drained(store: RedisStore) -> None:
    """Wait until nothing has been written for a while."""
    newest = ""

    async def still() -> bool:
        nonlocal newest
        before, newest = newest, await store.newest_seq()
        await asyncio.sleep(0.3)
        return before == newest

    await becomes(still, within=20)


def test_what_was_there_before_the_recording_is_in_it() -> None:
    async def test(data: Path, folder: Path) -> None:
        async with opened(data) as store:
            for number in range(10):
                put(store, number)
            await store.flush()
            tap = Tap(store, LiveClock(), "feeds", folder)
            task = asyncio.create_task(tap.run())
            observer_for = RecorderFor(LiveClock(), folder)
            async with supervised(data, NAMES, observer_for=observer_for):
                for number in range(100):
                    put(store, number)
                    await asyncio.sleep(0.005)
                await drained(store)
            tap.close()
            task.cancel()

    with directory() as data:
        asyncio.run(test(data, data / "recording"))
        verdict = verified(data / "recording")
        assert verdict.same, verdict.lines()
        assert not verdict.skipped, verdict.lines()
        assert verdict.runs > 50


def test_a_recording_that_begins_and_ends_while_all_runs() -> None:
    async def test(data: Path, folder: Path) -> None:
        async with opened(data) as store:
            tap = Tap(store, LiveClock(), "feeds")
            task = asyncio.create_task(tap.run())
            async with supervised(data, NAMES, observer_for=RecorderFor(LiveClock())):
                for number in range(400):
                    if number == 100:
                        store.put_plain(WORD, word(folder, "1"), 60)
                    if number == 300:
                        store.put_plain(WORD, "", 0.001)
                    put(store, number)
                    await asyncio.sleep(0.01)
                await drained(store)
            tap.close()
            task.cancel()

    with directory() as data:
        asyncio.run(test(data, data / "recording"))
        verdict = verified(data / "recording")
        assert not verdict.differences, verdict.lines()
        # They begin, and end, each in its own moment: only where the worker went on after the last
        # value of the feeds may one be missing.
        records = list(open_recording(data / "recording").records())
        fed = [one for one in records if isinstance(one, Value) and one.key.startswith("raw:")]
        last = max(order(one.seq) for one in fed)
        behind = [one for one in records if isinstance(one, Run) and order(one.after) > last]
        assert sum(verdict.skipped.values()) <= len(behind), verdict.lines()
        assert verdict.runs > 200


def test_a_worker_that_is_killed_again_and_again_replays_without_a_difference() -> None:
    chance = random.Random(7)

    async def test(data: Path, folder: Path) -> None:
        async with opened(data) as store:
            tap = Tap(store, LiveClock(), "feeds", folder)
            task = asyncio.create_task(tap.run())
            observer_for = RecorderFor(LiveClock(), folder)
            async with supervised(data, NAMES, observer_for=observer_for) as (boss, _):
                for number in range(600):
                    put(store, number)
                    await asyncio.sleep(0.01)
                    if chance.random() < 0.01 and boss.pid is not None:
                        with suppress(ProcessLookupError):
                            os.kill(boss.pid, signal.SIGKILL)
                await asyncio.sleep(1.0)
                await drained(store)
                assert boss.restarts > 1
            tap.close()
            task.cancel()

    with directory() as data:
        asyncio.run(test(data, data / "recording"))
        verdict = verified(data / "recording")
        assert not verdict.differences, verdict.lines()
        assert not verdict.bad_values
        # A worker that was killed in mid-write leaves a block that is cut off, one that had only
        # made its file leaves that, and nothing worse.
        left = {"the file ends within a block", "the file is empty"}
        assert {one.why for one in verdict.damage} <= left
        assert verdict.runs > 50
        runs = [one for one in open_recording(data / "recording").records() if isinstance(one, Run)]
        assert {one.binding for one in runs} == {"double:SPY", "double:QQQ", "sum:SPY", "sum:QQQ"}
