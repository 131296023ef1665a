"""The ledger on a server beside the exact one in memory: the same steps, at the same told times."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from quanticity.clock import LiveClock
from quanticity.pace.endings import Endings
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.ports import Ledger
from quanticity.store.opening import open_ledger
from quanticity.store.redis_store import RedisStore
from quanticity.store.slots import RedisLedger
from tests.store.running import directory, opened

# Times in these tests are whole 64ths of a second: exact as floats and as microseconds.
TICK = 1 / 64
LOOK = 64 * TICK
START = 1_767_625_200.0
_TOLD_TIME = "local now = tonumber(redis.call('GET', 'told:time'))\n"

ticks = st.integers(0, 200).map(lambda number: number * TICK)
lengths = st.sampled_from([16 * TICK, 64 * TICK, 640 * TICK])
compared = settings(
    max_examples=2000 if os.environ.get("QUANTICITY_SOAK") else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class ToldClock:
    """A clock that stands until it is told to move."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Both:
    """The server's ledger, the exact one, and the clock that both go by."""

    ours: Ledger
    exact: Ledger
    clock: ToldClock

    async def release(self, ended: Endings) -> None:
        """Tell both what ended."""
        await self.ours.release("b", ended)
        await self.exact.release("b", ended)


Act = Callable[[Both, str, Sequence[Any]], Awaitable[None]]


def in_step(server: Path, steps: Sequence[Sequence[Any]], act: Act) -> None:
    """Do each step (what, how) with both; `wait` is a step in time."""

    async def main() -> None:
        async with opened(server) as store:
            assert store.address is not None
            plain = Redis(unix_socket_path=store.address.socket)
            clock = ToldClock()
            ours = RedisLedger(store.locate, LiveClock(), time=_TOLD_TIME)
            await ours.start()
            await plain.flushall()
            try:
                both = Both(ours, MemoryLedger(clock), clock)
                for what, *how in steps:
                    await plain.set("told:time", round(clock.at * 1_000_000))
                    clock.at += how[0] if what == "wait" else 0.0
                    await act(both, what, how)
            finally:
                await ours.close()
                await plain.aclose()

    asyncio.run(main())


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[tuple[RedisStore, RedisLedger]]:
    """A store in a folder and its ledger, on real time."""
    async with opened(data) as store:
        ledger = await open_ledger(store, LiveClock())
        try:
            yield store, ledger
        finally:
            await ledger.close()


def run(test: Callable[[RedisStore, RedisLedger], Awaitable[None]]) -> None:
    """Run a test with a store and a ledger of its own."""

    async def main(data: Path) -> None:
        async with running(data) as (store, ledger):
            await test(store, ledger)

    with directory() as data:
        asyncio.run(main(data))
