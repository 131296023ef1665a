"""A handler at work: a sender that is a process of its own, and a real server of the store."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins.ibkr.contracts import Asked
from plugins.ibkr.handler import Handler
from plugins.ibkr.library import LibraryLine
from plugins.ibkr.settings import IbkrParams
from plugins.ibkr.source import Ibkr
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.runtime.binding import bind
from quanticity.runtime.edge_context import EdgeContext
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore

_LONGEST_LINE = 2**24


@dataclass(frozen=True, slots=True)
class Work:
    """A connected handler that has asked for nothing yet."""

    handler: Handler
    store: RedisStore
    sender: asyncio.StreamReader

    async def sent(self) -> list[float]:
        """Let it ask for its streams; when each message of them was sent, once all were."""
        self.handler.subscriber.sync()
        found: list[float] = json.loads(await self.sender.readline())
        return found


@asynccontextmanager
async def at_work(watch: Callable[[RedisStore], object], **params: Any) -> AsyncIterator[Work]:
    """Connect a handler with these parameters; `watch` is handed the store before it is used."""
    sender = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.ibkr_line"),
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    try:
        assert sender.stdout is not None
        port = int(await sender.stdout.readline())
        with tempfile.TemporaryDirectory(prefix="qb") as name:
            clock = LiveClock()
            environ = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
            store = await open_store(StoreSettings(), Path(name), clock, environ)
            watch(store)
            try:
                given = IbkrParams(port=port, stocks=("SPY",), **params)
                nobody: Any = None
                bound = bind(Ibkr, given, {}).instance
                context = EdgeContext("ibkr", bound, store, clock, nobody)
                async with _connected(Handler(given, context, LibraryLine)) as handler:
                    yield Work(handler, store, sender.stdout)
            finally:
                await store.close()
    finally:
        sender.kill()
        await sender.wait()


@asynccontextmanager
async def _connected(handler: Handler) -> AsyncIterator[Handler]:
    up, begun = asyncio.Event(), handler.connection.begun

    def told() -> None:
        begun()
        up.set()

    handler.connection.begun = told
    task = asyncio.get_running_loop().create_task(handler.run())
    try:
        await asyncio.wait_for(up.wait(), 20)
        handler.desk.instruments["SPY"].contract = Asked("SPY", "STK", "SMART", "USD", con_id=1)
        yield handler
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
