"""The store over a real server."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import suppress
from typing import cast
from uuid import uuid4

from redis.asyncio import Redis

from quanticity.clock import Clock
from quanticity.errors import StoreUnavailable
from quanticity.logs import logger
from quanticity.model import Envelope, Write
from quanticity.store import envelope, fetch
from quanticity.store.address import Address
from quanticity.store.follow import follow
from quanticity.store.link import Link, Locate
from quanticity.store.names import state_key, writer_mark
from quanticity.store.pending import Pending
from quanticity.store.ports import Observer
from quanticity.store.refusals import OtherKind, told
from quanticity.store.script import Group, Plain, Target
from quanticity.store.wire import Wire
from quanticity.store.writer import Writer
from quanticity.words import count

Rows = list[tuple[bytes, dict[bytes, bytes]]]
Events = list[tuple[str, Envelope]]

_STATE_TTL = 30 * 86_400.0
_LAST_FLUSH = 5.0
_SCAN_PAGE = 1000


class RedisStore:
    """Keys on a server. Made by `open_store`; lives on one event loop."""

    def __init__(
        self,
        locate: Locate,
        clock: Clock,
        *,
        pool_size: int,
        outage_bytes: int,
        changes_cap: int,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._locate = locate
        self._clock = clock
        self._on_close = on_close
        self._pool_size = pool_size
        self._pending = Pending(outage_bytes)
        target = Target(mark=writer_mark(uuid4().hex[:12]), changes_cap=changes_cap)
        self._writer = Writer(self._pending, target, clock, self._demoted)
        self._link = Link(locate, self._greet, self._lost, clock, on_barred=_barred)
        self._address: Address | None = None
        self._reads: Redis | None = None
        self._lost_at: float | None = None
        # How many servers were found so far: one that became a replica is left for the next.
        self._servers = 0
        self._closed = False

    async def start(self) -> None:
        """Connect. Raises `StoreUnavailable` with the cause."""
        await self._link.start()

    @property
    def address(self) -> Address | None:
        """Where the server is that we last reached."""
        return self._address

    @property
    def locate(self) -> Locate:
        """Finds the server (and starts it, where it is ours to start)."""
        return self._locate

    @property
    def available(self) -> bool:
        """False while the server cannot be reached, or takes no writes."""
        return self._writer.writing

    @property
    def kept(self) -> tuple[int, int, int]:
        """While away: values kept, their bytes, values given up for room so far."""
        if self.available:
            return 0, 0, self._pending.given_up
        return len(self._pending), self._pending.bytes, self._pending.given_up

    @property
    def expired(self) -> int:
        """Kept values that had outlived their TTL before the server was back, so far."""
        return self._pending.expired

    @property
    def written(self) -> int:
        """Values written so far."""
        return self._writer.written

    def put(self, write: Write) -> None:
        """Queue one value; all that meet in one turn of the loop go out as one script call.

        `ValueError` where it could not be stored: a time that is no number, a life of nothing.
        """
        envelope.check(write)
        self._writer.put(write)

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        """Queue values and saved states that are all seen at once, or none of them."""
        for write in writes:
            envelope.check(write)
        saved = (Plain(state_key(name), data, _STATE_TTL) for name, data in states.items())
        members: tuple[Write | Plain, ...] = (*writes, *saved)
        if members:
            self._writer.put(Group(members))

    def put_plain(self, key: str, value: str, ttl: float) -> None:
        """Queue a plain string; `ttl` in seconds."""
        self._writer.put(Plain(key, value.encode(), ttl))

    def put_state(self, name: str, data: bytes) -> None:
        """Queue saved state; kept for 30 days."""
        self._writer.put(Plain(state_key(name), data, _STATE_TTL))

    def observe(self, observer: Observer) -> None:
        """Tell this one from now on what this store has written, with its seqs."""
        self._writer.observers.append(observer)

    def unobserve(self, observer: Observer) -> None:
        """Tell it no more."""
        self._writer.observers.remove(observer)

    async def flush(self) -> None:
        """Wait until everything queued before this call is written (or kept for later)."""
        await self._writer.settled()

    async def get(self, key: str) -> Envelope | None:
        """The latest value, decoded; None where there is none, `StoreError` where events are."""
        with told(key):
            text = cast("bytes | None", await self._redis().get(key))
        return None if text is None else envelope.decode(key, text)

    async def get_raw(self, key: str) -> bytes | None:
        """The stored text as `redis-cli GET key` shows it; None also where the key holds events."""
        try:
            with told(key):
                return cast("bytes | None", await self._redis().get(key))
        except OtherKind:
            return None

    async def get_many(self, keys: Sequence[str]) -> dict[str, Envelope | None]:
        """Several latest values in one round trip."""
        if not keys:
            return {}
        with told(keys[0]):
            texts = cast("list[bytes | None]", await self._redis().mget(list(keys)))
        return {
            key: None if text is None else envelope.decode(key, text)
            for key, text in zip(keys, texts, strict=True)
        }

    async def events(
        self, key: str, after: str = "0", count: int = 100
    ) -> list[tuple[str, Envelope]]:
        """Events of a stream after an id, oldest first, each with its own id."""
        with told(key):
            rows = cast(Rows, await self._redis().xrange(key, min=f"({after}", count=count))
        return _decoded(key, rows)

    async def fetch(
        self, latest: Sequence[str], events: Mapping[str, str], most: int = 1000
    ) -> tuple[list[bytes | None], dict[str, list[bytes]]]:
        """Stored texts in one round trip: of latest keys, and of the events after a seq."""
        return await fetch.fetch(self._link.wire, latest, events, most)

    async def why_no_writes(self) -> str:
        """What the server says where it takes no writes, as on a full disk; else empty."""
        return await fetch.why_no_writes(self._link.wire)

    async def info(self, section: str) -> Mapping[str, str]:
        """What the server says of itself in a section of `INFO`, by name."""
        return await fetch.info(self._link.wire, section)

    async def newest_seq(self) -> str:
        """The seq of the newest write of all; "0-0" before the first."""
        return await fetch.newest_seq(self._link.wire)

    async def newest_events(self, key: str, count: int = 10) -> list[tuple[str, Envelope]]:
        """The last events of a stream, oldest first, each with its own id."""
        with told(key):
            rows = cast(Rows, await self._redis().xrevrange(key, count=count))
        return _decoded(key, reversed(rows))

    async def keys(self, pattern: str = "*") -> list[tuple[str, float]]:
        """Names and remaining life (seconds) by glob pattern. For people, never a hot path."""
        with told(pattern):
            redis = self._redis()
            scan = redis.scan_iter(match=pattern, count=_SCAN_PAGE)
            found: list[bytes] = [name async for name in scan]
            pipeline = redis.pipeline(transaction=False)
            for name in found:
                pipeline.pttl(name)
            lives = await pipeline.execute()
        # -2 is a key that expired between the two questions, -1 one without an end.
        return sorted(
            (name.decode(errors="replace"), life / 1000 if life >= 0 else float("inf"))
            for name, life in zip(found, lives, strict=True)
            if life != -2
        )

    def changes(self, after: str = "$") -> AsyncIterator[tuple[str, str]]:
        """Follow all writes in global order: (seq, key). Waits through outages."""
        return follow(self._locate, self._clock, after, lambda: self._servers)

    async def state(self, name: str) -> bytes | None:
        """Saved state of a transform or component; the newest put here, written or not."""
        waiting = self._writer.waiting(state_key(name))
        return await self.get_raw(state_key(name)) if waiting is None else waiting

    async def close(self) -> None:
        """Flush and let go of the connections."""
        if self._closed:
            return
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_FLUSH):
                await self._writer.settled()
        if left := self._writer.unwritten:
            logger.warning("store: {} not written before the stop", count(left, "value"))
        self._writer.close()
        await self._link.close()
        await self._drop_reads()
        if self._on_close is not None:
            await self._on_close()

    def _redis(self) -> Redis:
        if self._reads is None:
            raise StoreUnavailable("the store is away")
        return self._reads

    async def _greet(self, wire: Wire, address: Address) -> None:
        if address != self._address or self._reads is None:
            await self._drop_reads()
            self._address, self._servers = address, self._servers + 1
            self._reads = Redis(connection_pool=address.pool(self._pool_size))
        kept = await self._writer.attach(wire)
        if self._lost_at is not None:
            away = self._clock.monotonic() - self._lost_at
            self._lost_at = None
            # As loud as the loss: who was told of that waits for this.
            logger.warning(
                "store is back after {:.1f} s: {} kept values go out newest first, "
                "{} given up for room, {} expired",
                away,
                kept,
                self._pending.given_up,
                self._pending.expired,
            )

    def _lost(self, why: str) -> None:
        self._writer.detach()
        self._lost_at = self._clock.monotonic()
        logger.warning(
            "store is lost ({}); up to {:.3g} MB of values are kept until it is back",
            why,
            self._pending.bound / 1e6,
        )

    def _demoted(self, why: str) -> None:
        # Reads would go on with it, too.
        self._address = None
        self._link.renew(why)

    async def _drop_reads(self) -> None:
        if self._reads is not None:
            await self._reads.aclose()
            await self._reads.connection_pool.aclose()
            self._reads = None


def _decoded(key: str, rows: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> Events:
    return [(seq.decode(), envelope.of_event(key, row)) for seq, row in rows]


def _barred(why: str) -> None:
    said = why.rstrip(".")
    logger.warning("store does not come back by itself: {}; it is tried again all the same", said)
