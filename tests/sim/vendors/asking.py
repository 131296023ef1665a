"""Simulated vendors behind loopback, and a plain client that asks for their real addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
import orjson

from quanticity.clock import EASTERN, LiveClock, MarketCalendar
from quanticity.sim.vendors.registry import address_for
from quanticity.sim.vendors.server import SimVendors

CALENDAR = MarketCalendar()
TEN_OCLOCK = 1_767_625_200.0  # Monday 2026-01-05 10:00 Eastern

T = TypeVar("T")


def eastern(text: str) -> float:
    """Epoch seconds of `2026-01-05 10:00`, Eastern time."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=EASTERN).timestamp()


@dataclass(frozen=True)
class Reply:
    """What a vendor answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Vendors:
    """A running server and a client."""

    server: SimVendors
    session: aiohttp.ClientSession

    async def get(self, url: str, **options: Any) -> Reply:
        """Ask for a vendor's real address."""
        return await self.ask("GET", url, **options)

    async def ask(self, method: str, url: str, **options: Any) -> Reply:
        """Send any request to a vendor's real address."""
        address = address_for(url, self.server.url, self.server.vendors)
        assert address is not None, url
        async with self.session.request(method, address, **options) as answer:
            return Reply(answer.status, answer.headers, await answer.read())


@asynccontextmanager
async def vendors(at: float = TEN_OCLOCK, **options: Any) -> AsyncIterator[Vendors]:
    """Simulated vendors at a moment, without delay unless one is given."""
    server = SimVendors(LiveClock(at), CALENDAR, 7, options.pop("delay_ms", (0, 0)), **options)
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Vendors(server, session)
    finally:
        await server.stop()


def with_vendors(talk: Callable[[Vendors], Awaitable[T]], **options: Any) -> T:
    """Run `talk` against running vendors and return what it returns."""

    async def main() -> T:
        async with vendors(**options) as running:
            return await talk(running)

    return asyncio.run(main())


def get(
    url: str,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> Reply:
    """One GET of a vendor's real address."""
    return with_vendors(lambda running: running.get(url, params=params, headers=headers), **options)
