"""The handler against the simulated gateway: on the virtual clock, connected without sockets."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson

from plugins.ibkr.library import LibraryLine
from plugins.ibkr.settings import IbkrParams
from plugins.ibkr.source import Ibkr
from quanticity.clock import Clock, VirtualClock, run_virtual
from quanticity.model import Write
from quanticity.runtime.binding import bind
from quanticity.runtime.edge_context import EdgeContext
from quanticity.sim.gateway.gateway import Gateway
from quanticity.store.memory import MemoryStore
from tests.sim.gateway.plain_market import PlainMarket

# Wednesday 2026-01-07, 10:00 Eastern.
TEN = 1_767_798_000.0
market = functools.cache(PlainMarket)
FEW = {
    "stocks": ("SPY", "QQQ", "AAPL"),
    "depth": ("SPY",),
    "ticks": ("SPY",),
    "bars": ("SPY",),
    "indices": ("SPX", "VIX"),
    "futures": ("ES", "VX", "ZN", "ZT"),
    "fx": ("EUR.USD",),
    "crypto": ("BTC.USD",),
    "internals": ("TICK",),
    "options": ("SPY",),
    "history": ("SPY",),
}


class Desk:
    """A handler at work: its source, its store, and the gateway it talks to."""

    kind: type[Ibkr] = Ibkr
    changes_cap = 100_000

    def __init__(self, gateway: Gateway, clock: Clock, **params: Any) -> None:
        self.gateway = gateway
        self.clock = clock
        self.store = MemoryStore(clock, changes_cap=self.changes_cap)
        self.writes: list[Write] = []
        self.lines: list[LibraryLine] = []
        self.params = IbkrParams(**{**FEW, **params})
        assert list(self.params.slips()) == []
        self.binding = bind(self.kind, self.params, {})
        nobody: Any = None
        self.context = EdgeContext("ibkr", self.binding.instance, self.store, clock, nobody)
        put = self.store.put

        def seen(write: Write) -> None:
            self.writes.append(write)
            put(write)

        self.store.put = seen  # type: ignore[method-assign]
        self._task: asyncio.Task[None] | None = None

    @property
    def source(self) -> Ibkr:
        """The source that runs."""
        found = self.binding.instance
        assert isinstance(found, Ibkr)
        return found

    @property
    def handler(self) -> Any:
        """Its handler."""
        return self.source._handler

    def line(self, sink: Any) -> LibraryLine:
        """A line into the gateway of this process."""

        async def opened(protocol: asyncio.Protocol, host: str, port: int) -> asyncio.Transport:
            if port != self.source.params.port:
                raise ConnectionRefusedError(111, f"nobody at {port}")
            return self.gateway.attach(protocol)

        line = LibraryLine(sink, opened)
        self.lines.append(line)
        return line

    async def __aenter__(self) -> Desk:
        self.source.line_for = self.line
        self._task = asyncio.get_running_loop().create_task(self.source.run(self.context))
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._task is not None
        self._task.cancel()
        (ended,) = await asyncio.gather(self._task, return_exceptions=True)
        if not isinstance(ended, asyncio.CancelledError):
            raise AssertionError(f"the handler stopped by itself: {ended!r}") from ended

    async def get(self, key: str) -> Any:
        """The latest value of a key."""
        text = await self.store.get_raw(key)
        return None if text is None else orjson.loads(text)["data"]

    async def stamp(self, key: str) -> float | None:
        """When the latest value of a key was true."""
        text = await self.store.get_raw(key)
        return None if text is None else float(orjson.loads(text)["timestamp"])

    async def plain(self, key: str) -> str | None:
        """The text of a plain key."""
        text = await self.store.get_raw(key)
        return None if text is None else text.decode()

    async def events(self, key: str) -> list[Any]:
        """All events of a key."""
        return [one.data for _, one in await self.store.events(key, "0", 1_000_000)]

    async def prints(self, symbol: str) -> list[dict[str, Any]]:
        """All prints of a symbol that were written, oldest first."""
        found: list[dict[str, Any]] = []
        for event in await self.events(f"market:{symbol}:trades"):
            found += event if isinstance(event, list) else [event]
        return found

    async def keys(self) -> set[str]:
        """Names of all keys."""
        return {name for name, _ in await self.store.keys()}

    async def settled(self, seconds: float = 60.0) -> float:
        """Wait until every subscription that is chosen was answered; how long that took."""
        began = self.clock.now()
        while self.clock.now() - began < seconds:
            await self.clock.sleep(0.05)
            if not self.missing():
                return self.clock.now() - began
        raise AssertionError(f"after {seconds} s there is nothing of {self.missing()}")

    async def live(self, key: str, seconds: float = 0.0) -> Any:
        """The latest value of a key, which says within `seconds` of now that it is live.

        Where real time passes, a silence may be noticed after all was settled: what was written
        is then lost until the next of it comes.
        """
        until = self.clock.now() + seconds
        while (told := await self.get(key))["state"] != "live":
            assert self.clock.now() < until, f"{key} is {told['state']}: {told.get('reason')}"
            await self.clock.sleep(0.25)
        return told

    def missing(self) -> list[str]:
        """What is chosen and was not answered since the connection."""
        if self.handler is None or not self.handler.desk.up:
            return ["a connection"]
        desk = self.handler.desk
        if not desk.allotment.chosen:
            return ["a plan"]
        unknown = [one.symbol for one in desk.instruments.values() if one.contract is None]
        return unknown + [
            f"{want.stream} {want.subject}"
            for want in desk.allotment.chosen
            if (one := desk.roster.by_id.get(want.id)) is None or not one.first_at
        ]


def on_virtual_clock(
    start: float = TEN, desk: dict[str, Any] | None = None, **options: Any
) -> Callable[[Callable[[Desk], Awaitable[None]]], Callable[[], None]]:
    """Run a test `async def test(desk)` on the virtual clock."""

    def decorate(test: Callable[[Desk], Awaitable[None]]) -> Callable[[], None]:
        def run() -> None:
            async def main(clock: VirtualClock) -> None:
                gateway = Gateway(market(), clock, **options)
                try:
                    async with Desk(gateway, clock, **(desk or {})) as found:
                        await asyncio.wait_for(test(found), 100_000)
                finally:
                    await gateway.stop()

            run_virtual(main, start=start)

        run.__name__ = test.__name__
        run.__doc__ = test.__doc__
        return run

    return decorate


ROOT = Path(__file__).parents[3]
