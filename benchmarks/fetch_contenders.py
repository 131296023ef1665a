"""Who is measured in the fetch benchmark: aiohttp alone, the naive loop, and ours whole."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
from redis.asyncio import BlockingConnectionPool, Redis, UnixDomainSocketConnection

from benchmarks.measure import cpu_seconds
from quanticity.clock import LiveClock, MarketCalendar
from quanticity.config.effective import resolve
from quanticity.config.schema import RateLimits, Root
from quanticity.config.secrets import Secrets
from quanticity.feeds.binding import feeds_of
from quanticity.feeds.book import Book
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.credentials import read
from quanticity.feeds.feed import Feed
from quanticity.feeds.ports import Quiet, Surroundings
from quanticity.feeds.transform import LoadedTransforms
from quanticity.feeds.vendor import Vendor
from quanticity.heap import settle
from quanticity.pace.limits import budget_spec
from quanticity.pace.schedule import Scheduler
from quanticity.store.opening import open_ledger
from quanticity.store.redis_store import RedisStore

IN_FLIGHT = 16
CONTRACT = "contracts/rows.json"
NONE = "none"
_PATIENCE = 120.0

DECIMAL = {"type": "string", "format": "decimal"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["number", "data"],
    "properties": {
        "number": {"type": "string"},
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["option_symbol", "strike", "expiry", "price", "volume", "time"],
                "properties": {
                    "option_symbol": {"type": "string"},
                    "strike": DECIMAL,
                    "expiry": {"type": "string", "format": "date"},
                    "price": DECIMAL,
                    "implied_volatility": {"type": ["string", "null"], "format": "decimal"},
                    "delta": DECIMAL,
                    "gamma": DECIMAL,
                    "volume": {"type": "integer"},
                    "open_interest": {"type": "integer"},
                    "time": {"type": "string", "format": "date-time"},
                },
            },
        },
    },
}


class Fetched(Quiet):
    """Counts what was fetched, as the live table does, and says when it is enough."""

    def __init__(self) -> None:
        self.count = 0
        self._most = 0
        self._enough: asyncio.Future[None] | None = None

    def expect(self, most: int) -> asyncio.Future[None]:
        """Count from nothing; done after `most`."""
        self.count, self._most = 0, most
        self._enough = asyncio.get_running_loop().create_future()
        return self._enough

    def fetched(self, feed: str, key: str, received: float) -> None:
        """A value is on its way into the store."""
        self.count += 1
        if self.count == self._most and self._enough is not None and not self._enough.done():
            self._enough.set_result(None)


class Contenders:
    """Each method fetches `count` bodies and returns CPU seconds for 1,000 of them."""

    def __init__(
        self,
        runner: asyncio.Runner,
        base: str,
        store: RedisStore,
        clock: LiveClock,
        path: str,
        count: int,
        keys: int,
    ) -> None:
        self._runner = runner
        self._base = base
        self._store = store
        self._clock = clock
        self._path = path
        self._count = count
        self._keys = keys
        self._feeds: dict[str | None, list[Feed]] = {}
        self._vendors: list[Vendor] = []
        self._rounds = 0
        self._fetched = Fetched()
        self._calendar = MarketCalendar()
        self._calendar.session(clock.now())

    def alone(self) -> float:
        """aiohttp, and nothing done with the body."""

        async def work(session: aiohttp.ClientSession, number: int) -> None:
            async with session.get(f"{self._base}/{self._path}/{number % self._keys}") as response:
                await response.read()

        return self._workers(work)

    def naive(self) -> float:
        """What one writes first."""
        assert self._store.address is not None
        redis = Redis(
            connection_pool=BlockingConnectionPool(
                connection_class=UnixDomainSocketConnection,
                path=self._store.address.socket,
                max_connections=IN_FLIGHT,
            )
        )

        async def work(session: aiohttp.ClientSession, number: int) -> None:
            async with session.get(f"{self._base}/{self._path}/{number % self._keys}") as response:
                payload = await response.json()
            await redis.set(f"raw:naive:{number % self._keys}", json.dumps(payload), ex=180)

        try:
            return self._workers(work)
        finally:
            self._runner.run(redis.aclose())

    def _workers(self, work: Callable[[aiohttp.ClientSession, int], Awaitable[None]]) -> float:
        async def all_of_it(session: aiohttp.ClientSession, count: int) -> None:
            numbers = iter(range(count))

            async def worker() -> None:
                for number in numbers:
                    await work(session, number)

            await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))

        async def opened() -> aiohttp.ClientSession:
            return aiohttp.ClientSession()

        session = self._runner.run(opened())
        self._runner.run(all_of_it(session, IN_FLIGHT))
        seconds = cpu_seconds(lambda: self._runner.run(all_of_it(session, self._count)))
        self._runner.run(session.close())
        return seconds * 1000 / self._count

    def ours(self, contract: str | None, *, durable: bool) -> float:
        """Scheduler, limits, feeds, contract, store; the collector set as `run` sets it."""
        feeds = self._feeds.get(contract) or self._new_feeds(contract)
        usual = gc.get_threshold()
        settle()
        try:
            seconds = self._runner.run(self._schedule(feeds, self._count, durable=durable))
        finally:
            gc.set_threshold(*usual)
        failed = next((feed.stats.error for feed in feeds if feed.stats.error), "")
        if failed:
            raise RuntimeError(failed)
        return seconds * 1000

    def _new_feeds(self, contract: str | None) -> list[Feed]:
        """Feeds whose first bodies have been checked whole: that is done once a start."""
        root = Root.model_validate(self._config(contract))
        effective = resolve(root, Secrets({}))
        source = effective.sources["bench"]
        checker = ContractChecker(self._clock, {CONTRACT: Contract(CONTRACT, SCHEMA)})
        around = Surroundings(
            self._clock,
            self._calendar,
            self._store,
            checker,
            LoadedTransforms(self._clock, self._store, {}),
            observer=self._fetched,
        )
        vendor = Vendor(source, read(source.source.auth, Secrets({})), around, lambda word: None)
        feeds = feeds_of(source.endpoints["rows"], vendor, effective, Book())
        self._feeds[contract] = feeds
        self._vendors.append(vendor)

        async def warm() -> None:
            await self._schedule(feeds, 2 * len(feeds), durable=False)
            await checker.settle()

        self._runner.run(warm())
        return feeds

    async def close(self) -> None:
        """Let go of the connections."""
        for vendor in self._vendors:
            await vendor.close()

    async def _schedule(self, feeds: list[Feed], count: int, *, durable: bool) -> float:
        """CPU seconds of one fetch. Taking up a config is done once, and not counted."""
        ledger = await open_ledger(self._store, self._clock) if durable else None
        pacer = Scheduler(self._clock, self._calendar, ledger)
        # A budget of its own for each round: none has to count what another has sent.
        self._rounds += 1
        budget = f"bench{self._rounds}"
        jobs = [replace(feed.job(), budget=budget) for feed in feeds]
        enough = self._fetched.expect(count)
        limits = RateLimits(requests_per_minute=1_000_000, max_in_flight=IN_FLIGHT)
        pacer.replace(jobs, {budget: budget_spec(limits)})
        began = time.process_time()
        running = asyncio.create_task(pacer.run())
        await asyncio.wait_for(enough, _PATIENCE)
        await self._store.flush()
        seconds = (time.process_time() - began) / self._fetched.count
        await pacer.stop()
        await running
        # What was granted in the last moment still runs; it is nobody's to be measured.
        await asyncio.sleep(0.1)
        if ledger is not None:
            await ledger.close()
        return seconds

    def _config(self, contract: str | None) -> dict[str, Any]:
        endpoint = {
            "path": f"/{self._path}/{{symbol}}",
            "symbols": [f"S{number}" for number in range(self._keys)],
            "redis_key": "raw:bench:{symbol}",
            # More often than this can be: somebody always waits for a place in flight.
            "interval_seconds": max(0.01, 0.00005 * self._keys),
            "ttl_seconds": 180,
            "contract": contract,
            "priority": "critical",
        }
        source = {
            "base_url": self._base,
            "timeout_seconds": 60,
            "endpoints": {"rows": endpoint},
        }
        return {"data_sources": {"bench": source}}
