"""A vendor on the loopback, and everything a feed needs to ask it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import orjson
from aiohttp import web

from quanticity.clock import Clock, LiveClock, MarketCalendar
from quanticity.config.effective import Effective, resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets
from quanticity.errors import TransformError
from quanticity.feeds.binding import feeds_of
from quanticity.feeds.book import Book
from quanticity.feeds.credentials import read
from quanticity.feeds.feed import Feed
from quanticity.feeds.ports import Drift, Surroundings, Transforms
from quanticity.feeds.vendor import Vendor
from quanticity.pace.ports import Word
from tests.feeds.fakes import MemoryStore, Witness

MONDAY_10_EASTERN = 1_767_625_200.0
CALENDAR = MarketCalendar()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FakeSlot:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def headers(self) -> None:
        self.told.append("headers")

    def lost(self) -> None:
        self.told.append("lost")

    def given_up(self) -> None:
        self.told.append("given up")

    def done(self) -> None:
        self.told.append("done")

    def unsent(self) -> None:
        self.told.append("unsent")


class FakeLane:
    """Gives a slot to whoever asks, and keeps them all."""

    def __init__(self, due: float) -> None:
        self.due = due
        self.slots: list[FakeSlot] = []

    async def slot(self) -> FakeSlot:
        self.slots.append(FakeSlot())
        return self.slots[-1]

    @property
    def endings(self) -> list[str]:
        return ["+".join(slot.told) for slot in self.slots]


class FakeContracts:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Any]] = []
        self.answer: Sequence[Drift] = ()

    def observe(
        self, feed: str, contract: str, payload: Any, *, body: bytes, digest: str, now: float
    ) -> Sequence[Drift]:
        assert orjson.loads(body) == payload
        self.seen.append((feed, contract, payload))
        return self.answer

    def knows(self, feed: str, contract: str, digest: str, now: float) -> bool:
        return False


class FakeTransforms:
    """`rows` keeps the data; `broken` raises until it is edited: given another `edition`."""

    def __init__(self) -> None:
        self.edition = "1"
        self.kept: dict[str, list[dict[str, str]]] = {}

    async def restore(self, feed: str) -> None:
        """Nothing is remembered."""

    def keep(self, feed: str, sets: Iterable[Mapping[str, str]]) -> None:
        self.kept[feed] = [dict(values) for values in sets]

    def apply(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        *,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
        states: dict[str, bytes] | None = None,
    ) -> bytes:
        if name == "broken" and self.edition == "1":
            raise TransformError(f"{feed}: broken.py:3: ZeroDivisionError")
        made = {"by": name, "of": payload, "values": dict(values), "edition": self.edition}
        return orjson.dumps(made)

    async def apply_aside(
        self,
        feed: str,
        name: str | None,
        payload: Any,
        *,
        size: int,
        options: Mapping[str, Any],
        values: Mapping[str, str],
        received: float,
        digest: str = "",
        states: dict[str, bytes] | None = None,
    ) -> bytes:
        return self.apply(feed, name, payload, options=options, values=values, received=received)

    def made_before(
        self,
        feed: str,
        name: str | None,
        digest: str,
        *,
        options: Mapping[str, Any],
        values: Mapping[str, str],
    ) -> bytes | None:
        return None


class Bench:
    """A config of one source `v`, pointed at a server, and its feeds."""

    def __init__(
        self,
        base_url: str,
        endpoints: Mapping[str, Mapping[str, Any]],
        *,
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
        environ: Mapping[str, str] | None = None,
        store: MemoryStore | None = None,
        transforms: Callable[[MemoryStore], Transforms] | None = None,
        **source: Any,
    ) -> None:
        self.clock = clock or LiveClock(start=MONDAY_10_EASTERN)
        self.store = store or MemoryStore()
        self.witness = Witness()
        self.contracts = FakeContracts()
        self.words: list[Word] = []
        self.book = Book()
        written = {
            name: {
                "interval_seconds": 60,
                "ttl_seconds": 180,
                "redis_key": f"raw:v:{name}",
                "retry_policy": {"attempts": 1},
                **endpoint,
            }
            for name, endpoint in endpoints.items()
        }
        root = Root.model_validate(
            {"data_sources": {"v": {"base_url": base_url, "endpoints": written, **source}}}
        )
        secrets = Secrets(environ or {}, tokens=root.data_sources["v"].auth.variables)
        self.effective: Effective = resolve(root, secrets)
        given = self.effective.sources["v"]
        self.transforms = FakeTransforms()
        self.around = Surroundings(
            *(self.clock, CALENDAR, self.store, self.contracts),
            *(transforms(self.store) if transforms else self.transforms, self.witness),
        )
        credentials = read(given.source.auth, secrets)
        self.vendor = Vendor(given, credentials, self.around, self.words.append, tls=tls)
        self.feeds: dict[str, Feed] = {}
        for endpoint in given.endpoints.values():
            for feed in feeds_of(endpoint, self.vendor, self.effective, self.book):
                self.feeds[feed.id.removeprefix("v.")] = feed
                self.book.enter(feed)

    async def run(self, feed: str, *, times: int = 1) -> FakeLane:
        """Run one feed and return the lane of its last run."""
        for _ in range(times):
            lane = FakeLane(self.clock.now())
            await self.feeds[feed].run(lane)
        return lane

    def raw(self, key: str) -> bytes:
        """The bytes last written at a key."""
        return next(write.data for write in reversed(self.store.writes) if write.key == key)

    def error(self, feed: str) -> str:
        return self.feeds[feed].stats.error


@asynccontextmanager
async def serving(
    handler: Handler, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[web.Request]]]:
    """A real HTTP server: its address, and the requests that arrived."""
    arrived: list[web.Request] = []

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        seen = cast(web.Request, request)
        arrived.append(seen)
        return await handler(seen)

    runner = web.ServerRunner(web.Server(note), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}", arrived
    finally:
        await runner.cleanup()


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[tuple[str, list[float]]]:
    """A server that speaks raw bytes, one script for each connection."""
    loop = asyncio.get_running_loop()
    connected: list[float] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(loop.time())
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", connected
    finally:
        server.close()


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.005)


async def request_head(reader: asyncio.StreamReader) -> bytes:
    """One request without a body."""
    return await reader.readuntil(b"\r\n\r\n")


def answering(body: bytes | str | Any, status: int = 200, **headers: str) -> Handler:
    """Always the same answer; what is not text is sent as JSON."""
    if not isinstance(body, (bytes, str)):
        body = orjson.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    named.setdefault("Content-Type", "application/json")

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=named)

    return answer


def in_turn(*answers: Handler) -> Handler:
    """One answer after the other; the last one stays."""
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        handler = left.pop(0) if len(left) > 1 else left[0]
        return await handler(request)

    return answer


def whole_bench(
    handler: Handler,
    endpoint: Mapping[str, Any],
    check: Callable[[Bench, list[web.Request]], Awaitable[None]],
    **source: Any,
) -> None:
    """Serve, build a bench with one endpoint `quote`, and run `check` on it."""

    async def main() -> None:
        async with serving(handler) as (url, arrived):
            bench = Bench(url, {"quote": {"path": "/quote", **endpoint}}, **source)
            try:
                await check(bench, arrived)
            finally:
                await bench.vendor.close()

    asyncio.run(main())
