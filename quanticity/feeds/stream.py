"""A websocket to a vendor, kept alive: joins, frames, heartbeat, reconnect.

One connection carries the channels of all endpoints of a source that share a URL. Each connect
takes a slot of the source's budget; joins are paced; after a loss it comes back with growing
pauses, joins everything again and says what span was missed, for vendors do not replay.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import xxhash
from aiohttp import ClientWebSocketResponse, WSMsgType

from quanticity.background import started
from quanticity.config.schema.endpoint import Heartbeat
from quanticity.errors import BadBody, FetchError, RateLimited, TransportError, VendorRefused
from quanticity.feeds.outbox import Outbox
from quanticity.feeds.ports import Surroundings
from quanticity.feeds.stream_connect import Address, Connection, broken, sent
from quanticity.feeds.stream_feed import StreamFeed
from quanticity.logs import logger, redact
from quanticity.pace.slot import Slot

JOINS_A_SECOND = 10.0
FIRST_PAUSE, LONGEST_PAUSE, REFUSED_PAUSE = 1.0, 60.0, 300.0
_HEALTHY_AFTER = 30.0
_GAPS_KEPT, _TOLD_AT_MOST = 20, 20
_DATA = (WSMsgType.TEXT, WSMsgType.BINARY)
_OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)


@dataclass(frozen=True, slots=True)
class Gap:
    """A span without a connection, in epoch seconds: nothing of it came, and nothing will."""

    since: float
    until: float


@dataclass(slots=True)
class StreamStats:
    """Figures of one connection. `state` is off, connecting, open or waiting."""

    state: str = "off"
    connects: int = 0
    frames: int = 0
    acknowledged: int = 0
    bad_frames: int = 0
    unrouted: int = 0
    joins: int = 0
    error: str = ""
    opened: float | None = None
    heard: float | None = None
    gaps: deque[Gap] = field(default_factory=lambda: deque(maxlen=_GAPS_KEPT))


class Stream:
    """One connection and the feeds on it. `run` goes on until cancelled.

    `slot` is where a connect takes its slot. Figures are in `stats`, and in those of each feed.
    """

    def __init__(
        self,
        name: str,
        address: Address,
        feeds: Sequence[StreamFeed],
        around: Surroundings,
        slot: Callable[[], Awaitable[Slot]],
        *,
        joins_a_second: float = JOINS_A_SECOND,
        first_pause: float = FIRST_PAUSE,
        outbox: Outbox | None = None,
    ) -> None:
        self.name = name
        self.address = address
        self.stats = StreamStats()
        self._around = around
        self._clock = around.clock
        self._slot = slot
        self._between_joins = 1 / joins_a_second
        self._first_pause = first_pause
        self._outbox = outbox or Outbox(around.store, around.clock)
        self._told: set[str] = set()
        self._heard = 0.0
        self._gap_from: float | None = None
        self._to_join: asyncio.Queue[StreamFeed] = asyncio.Queue()
        self._feeds: dict[str, StreamFeed] = {}
        self._routes: dict[str, StreamFeed] = {}
        self._asked: dict[str | None, StreamFeed] = {}
        self.carry(feeds)

    @property
    def feeds(self) -> Mapping[str, StreamFeed]:
        """What it carries, by feed id."""
        return self._feeds

    def carry(self, feeds: Sequence[StreamFeed]) -> None:
        """Carry exactly these from now on: new ones are joined, and what is asked for otherwise.

        A channel that is no longer carried is not left, for every vendor does that otherwise; its
        frames are ignored until the next connect.
        """
        before = self._feeds
        self._feeds = {feed.id: feed for feed in feeds}
        self._route_channels()
        # One feed of each way to write channels: asked where a frame's channel stands.
        self._asked = {feed.reader.path: feed for feed in feeds}
        if self.stats.state == "open":
            for feed in feeds:
                if feed.id not in before or before[feed.id].joins != feed.joins:
                    self._to_join.put_nowait(feed)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        carrier = started(self._outbox.run(), f"{self.name}: what it brings")
        attempt, pause = 0, 0.0
        try:
            while True:
                began = self._clock.monotonic()
                try:
                    await self._session()
                except FetchError as error:
                    if self._clock.monotonic() - began > _HEALTHY_AFTER:
                        attempt = 0
                    pause = self._pause(error, attempt)
                    attempt += 1
                    self._lost(error, pause)
                await self._clock.sleep(pause)
        finally:
            self.stats.state = "off"
            carrier.cancel()
            await asyncio.gather(carrier, return_exceptions=True)
            await self._outbox.drain()

    async def _session(self) -> None:
        """Connect, join, and take frames; ends only by raising, as every connection does."""
        self.stats.state = "connecting"
        async with Connection(self.address, await self._slot()) as socket:
            self._opened()
            parts = [
                asyncio.create_task(part)
                for part in (self._receive(socket), self._watch(socket), self._join(socket))
            ]
            try:
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in done:
                    part.result()
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)

    def _opened(self) -> None:
        stats, now = self.stats, self._clock.now()
        self._heard = self._clock.monotonic()
        stats.state, stats.error, stats.opened = "open", "", now
        stats.connects += 1
        note = ""
        if self._gap_from is not None:
            gap = Gap(self._gap_from, now)
            stats.gaps.append(gap)
            note = f"gap of {gap.until - gap.since:.1f} s; the vendor does not replay"
            logger.warning(
                "{}: connected again; nothing came from {:.3f} to {:.3f}, and the vendor does not "
                "replay it",
                *(self.name, gap.since, gap.until),
            )
            observer = self._around.observer
            observer.missed(self.name, list(self._feeds), gap.since, gap.until)
            observer.recovered(self.name)
        self._gap_from = None
        self._to_join = asyncio.Queue()
        for feed in self._feeds.values():
            feed.back(note)
            self._to_join.put_nowait(feed)
        self._route_channels()

    def _route_channels(self) -> None:
        self._routes = {channel: feed for feed in self._feeds.values() for channel in feed.channels}

    def _lost(self, error: FetchError, pause: float) -> None:
        stats, text = self.stats, redact(str(error))
        if self._gap_from is None and stats.opened is not None:
            self._gap_from = stats.heard or stats.opened
        stats.state = "waiting"
        if text != stats.error:
            stats.error = text
            told = f"{text}; the next try is in {pause:.0f} s"
            self._around.observer.failed(self.name, told)
        for feed in self._feeds.values():
            feed.lost(text)

    def _pause(self, error: FetchError, attempt: int) -> float:
        # Not random, and yet not the same for two connections that were lost together.
        spread = 0.5 + xxhash.xxh3_64_intdigest(self.name.encode()) / 2**65
        pause: float = min(LONGEST_PAUSE, self._first_pause * 2 ** min(attempt, 16)) * spread
        if isinstance(error, RateLimited):
            return max(pause, error.retry_after or 0.0)
        if isinstance(error, VendorRefused) and not error.retryable:
            return REFUSED_PAUSE
        return pause

    async def _join(self, socket: ClientWebSocketResponse) -> None:
        while True:
            feed = await self._to_join.get()
            await feed.restore()
            for message in feed.joins:
                await sent(socket.send_str(message))
                self.stats.joins += 1
                # Joins all at once are what vendors close connections for.
                await self._clock.sleep(self._between_joins)

    async def _watch(self, socket: ClientWebSocketResponse) -> None:
        """Ping after a silence, and end the session where even that brings nothing."""
        beat = min(
            (feed.given.endpoint.heartbeat for feed in self._feeds.values()),
            key=lambda beat: beat.interval_seconds,
            default=Heartbeat(),
        )
        message = beat.message
        if message is not None and not isinstance(message, str):
            message = orjson.dumps(message).decode()
        while True:
            silent = self._clock.monotonic() - self._heard
            if silent < beat.interval_seconds:
                await self._clock.sleep(beat.interval_seconds - silent)
                continue
            asked = self._heard
            await sent(socket.ping() if message is None else socket.send_str(message))
            await self._clock.sleep(beat.timeout_seconds)
            if self._outbox.full:
                # It is we who do not listen, for the store is slow.
                self._heard = self._clock.monotonic()
            elif self._heard == asked:
                raise TransportError(
                    f"silent for {beat.interval_seconds:g} s, and then no answer to a ping "
                    f"within {beat.timeout_seconds:g} s"
                )

    async def _receive(self, socket: ClientWebSocketResponse) -> None:
        while True:
            message = await socket.receive()
            self._heard = self._clock.monotonic()
            self.stats.heard = self._clock.now()
            if message.type in _DATA:
                self._take(message.data)
                if self._outbox.full:
                    await self._outbox.room()
            elif message.type is WSMsgType.PING:
                await sent(socket.pong(message.data))
            elif message.type is WSMsgType.ERROR:
                raise TransportError(broken(message.data, self.address.most))
            elif message.type in _OVER:
                raise TransportError(f"the vendor closed the connection (code {socket.close_code})")

    def _take(self, data: str | bytes) -> None:
        self.stats.frames += 1
        text = data.encode() if isinstance(data, str) else data
        received = self._clock.now()
        try:
            self._route(text, received)
        except BadBody as error:
            self.stats.bad_frames += 1
            self._tell_once(str(error))

    def _route(self, text: bytes, received: float) -> None:
        if not self._asked:
            return
        frame = next(iter(self._asked.values())).reader.decode(text)
        for asked in self._asked.values():
            channel = asked.reader.channel(frame)
            target = self._find(channel, asked)
            if target is None:
                continue
            if target.reader.acknowledges(frame):
                self.stats.acknowledged += 1
            elif no := target.reader.refusal(frame):
                target.refused(no)
            else:
                cut = target.reader.cut(text, frame, channel, received)
                target.deliver(cut, self._outbox, received)
            return
        self.stats.unrouted += 1

    def _find(self, channel: str | None, asked: StreamFeed) -> StreamFeed | None:
        if channel is None:
            return asked if asked.reader.path is None else None
        return self._routes.get(channel) or self._routes.get(channel.partition(":")[0])

    def _tell_once(self, text: str) -> None:
        if text not in self._told and len(self._told) < _TOLD_AT_MOST:
            self._told.add(text)
            logger.warning("{}: {}; further frames like it are only counted", self.name, text)
