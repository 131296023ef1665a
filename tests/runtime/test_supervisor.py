"""Workers as processes over a real server: killed, hung, grown too large, and always back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from typing import Any

import orjson

from quanticity.model import Kind, Write
from quanticity.store.redis_store import RedisStore
from tests.runtime.crew import Names, becomes, supervised
from tests.store.running import ROOT, directory, eventually, opened, server_of


def put(store: RedisStore, key: str, value: Any, kind: Kind = Kind.LATEST) -> None:
    now = time.time()
    store.put(Write(key, orjson.dumps(value), "t", now, now, 600.0, kind, None, 1_000_000))


async def data(store: RedisStore, key: str) -> Any:
    got = await store.get(key)
    return got.data if got is not None else None


def test_a_component_that_hangs_costs_a_restart_and_all_others_go_on() -> None:
    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder) as store,
                supervised(folder, Names(("hangs", "double"), ("SPY", "QQQ"))) as (boss, lost),
            ):
                put(store, "raw:price:SPY", {"p": 1})

                async def first() -> bool:
                    return bool(await data(store, "feed:hangs:SPY") == 1)

                await becomes(first)
                put(store, "raw:price:SPY", {"p": 13})
                await becomes(lambda: asyncio.sleep(0, bool(lost)))
                assert lost[0].component == "hangs:SPY"
                # On a busy machine the supervisor looks later; what it says is how long it was.
                took = re.fullmatch(r"a run took more than (\d+\.\d) s", lost[0].why)
                assert took is not None
                assert float(took[1]) >= 0.2
                put(store, "raw:price:QQQ", {"p": 7})

                async def others() -> bool:
                    one = await data(store, "feed:twice:QQQ")
                    two = await data(store, "feed:hangs:QQQ")
                    three = await data(store, "feed:twice:SPY")
                    return (one, two, three) == ({"value": 14.0}, 7, {"value": 26.0})

                await becomes(others)
                assert list(boss.held) == ["hangs:SPY"]
                put(store, "raw:price:SPY", {"p": 2})

                async def healed() -> bool:
                    return bool(await data(store, "feed:hangs:SPY") == 2)

                await becomes(healed)
                await becomes(lambda: asyncio.sleep(0, not boss.held))

    asyncio.run(test())


def test_a_component_that_eats_memory_is_found_and_held() -> None:
    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder) as store,
                supervised(folder, Names(("eats", "beat", "double")), memory=400 << 20) as (
                    boss,
                    lost,
                ),
            ):
                await becomes(lambda: asyncio.sleep(0, bool(lost)), 20)
                assert lost[0].component == "eats:SPY"
                assert "MB of 419 MB" in lost[0].why
                put(store, "raw:price:SPY", {"p": 7})

                async def others() -> bool:
                    return bool(await data(store, "feed:twice:SPY") == {"value": 14.0})

                await becomes(others)
                assert "eats:SPY" in boss.held

    asyncio.run(test())


def test_a_component_that_wants_all_memory_at_once_fails_alone() -> None:
    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder),
                supervised(folder, Names(("gulps", "double"))) as (boss, lost),
            ):
                await becomes(lambda: asyncio.sleep(0, bool(boss.held)))
                assert "MemoryError" in boss.held["gulps:SPY"].reason
                assert not lost

    asyncio.run(test())


def test_a_component_that_ends_its_process_is_held() -> None:
    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder) as store,
                supervised(folder, Names(("leaves", "double"))) as (boss, lost),
            ):
                put(store, "raw:price:SPY", {"p": 13})
                await becomes(lambda: asyncio.sleep(0, bool(lost)))
                assert (lost[0].component, boss.restarts) == ("leaves:SPY", 1)
                assert "status 7" in lost[0].why

    asyncio.run(test())


def test_no_event_is_missed_or_seen_twice_when_workers_are_killed() -> None:
    total = 3000 if os.environ.get("QUANTICITY_SOAK") else 600

    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder) as store,
                supervised(folder, Names(("sum",))) as (boss, lost),
            ):
                chance = random.Random(5)
                for number in range(total):
                    put(store, "raw:prints:SPY", {"n": number}, Kind.EVENTS)
                    if chance.random() < 6 / total and boss.started.is_set() and boss.pid:
                        # On a slow machine the one before may have ended, and its successor
                        # not begun.
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(boss.pid, signal.SIGKILL)
                    await asyncio.sleep(chance.random() * 0.01)
                await store.flush()

                async def all_there() -> bool:
                    told = await data(store, "feed:total:SPY")
                    return bool(told) and told["count"] >= total

                await becomes(all_there, 30)
                told = await data(store, "feed:total:SPY")
                assert told == {"count": total, "total": float(sum(range(total)))}
                each = await store.events("feed:each:SPY", "0", 2 * total)
                assert [event.data["n"] for _, event in each] == list(range(total))
                assert lost
                assert all(not one.component for one in lost)

    asyncio.run(test())


def test_events_written_while_the_worker_came_up_were_missed() -> None:
    """A source is at work sooner than its first reader: the prints of that moment were lost."""

    async def test() -> None:
        with directory() as folder:
            async with opened(folder) as store:

                async def print_one(number: int) -> str:
                    since = await store.newest_seq()
                    put(store, "raw:prints:SPY", {"n": number}, Kind.EVENTS)
                    await store.flush()
                    return since

                async def counted(*expected: int) -> None:
                    told = {"count": len(expected), "total": float(sum(expected))}

                    async def seen() -> bool:
                        return bool(await data(store, "feed:total:SPY") == told)

                    await becomes(seen)

                await print_one(1)
                began = await print_one(2)
                async with supervised(folder, Names(("sum",)), since=began):
                    await counted(2)
            async with opened(folder) as store, supervised(folder, Names(("double",))) as (boss, _):
                since = await print_one(3)
                assert not await boss.replace(Names(("sum",)), since)
                await counted(2, 3)

    asyncio.run(test())


def test_no_event_is_missed_or_seen_twice_when_the_store_is_killed() -> None:
    total = 400

    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder) as store,
                supervised(folder, Names(("sum",))) as (boss, lost),
            ):
                for number in range(total):
                    put(store, "raw:prints:SPY", {"n": number}, Kind.EVENTS)
                    if number in (100, 250):
                        os.kill(server_of(folder), signal.SIGKILL)
                    await asyncio.sleep(0.004)
                await store.flush()

                async def all_there() -> bool:
                    if not store.available:
                        return False
                    told = await data(store, "feed:total:SPY")
                    return bool(told) and told["count"] >= total

                await becomes(all_there, 30)
                each = await store.events("feed:each:SPY", "0", 2 * total)
                assert [event.data["n"] for _, event in each] == list(range(total))
                assert not lost
                assert boss.restarts == 0

    asyncio.run(test())


def test_other_bindings_are_taken_over_while_it_runs() -> None:
    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder) as store,
                supervised(folder, Names(("double",))) as (boss, lost),
            ):
                put(store, "raw:price:SPY", {"p": 1})

                async def of(factor: float) -> bool:
                    return bool(await data(store, "feed:twice:SPY") == {"value": factor})

                await becomes(lambda: of(2.0))
                assert not await boss.replace(Names(("double",), params={"factor": 5.0}))
                await becomes(lambda: of(5.0))
                [problem] = await boss.replace(Names(("double",), refused="not Python"))
                assert str(problem) == "plugins/x.py:3:1: not Python"
                put(store, "raw:price:SPY", {"p": 2})
                await becomes(lambda: of(10.0))
                assert not lost

    asyncio.run(test())


def test_a_worker_that_is_started_again_built_the_calendar_of_the_exchange_anew() -> None:
    """Half a second of the one second that a restart may take."""

    async def test() -> None:
        with directory() as folder:
            async with (
                opened(folder) as store,
                supervised(folder, Names(("dated", "double"))) as (boss, _),
            ):
                took = 2.0
                # On a busy machine some take long, whatever they do.
                for price in range(1, 10):
                    os.kill(boss.pid or 0, signal.SIGKILL)
                    put(store, "raw:price:SPY", {"p": price})
                    want = {"value": 2.0 * price}

                    async def back(want: Any = want) -> bool:
                        return bool(await data(store, "feed:twice:SPY") == want)

                    took = await becomes(back)
                    await becomes(lambda: asyncio.sleep(0, boss.started.is_set()))
                    assert boss.restarts == price
                    if took < 1.0:
                        break
                assert took < 1.0

    asyncio.run(test())


BOSS = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.runtime.crew import Names, supervised

async def main():
    async with supervised(Path(sys.argv[1]), Names(("hangs",))) as (boss, lost):
        print(boss.pid, flush=True)
        await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_worker_ends_with_its_supervisor_even_where_it_hangs() -> None:
    with directory() as folder:
        script = folder / "boss.py"
        script.write_text(BOSS.format(root=str(ROOT)))
        with subprocess.Popen(
            [sys.executable, str(script), str(folder)], stdout=subprocess.PIPE, text=True
        ) as boss:
            assert boss.stdout is not None
            pid = int(boss.stdout.readline())
            boss.kill()

        def gone() -> bool:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            stat = subprocess.run(
                ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
            )
            return stat.stdout.strip().startswith("Z")

        eventually(gone)
