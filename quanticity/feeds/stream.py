"""A websocket to a vendor, kept alive: joins, frames, heartbeat, reconnect.

One connection carries the channels of all endpoints of a source that share a URL. Each connect
takes a slot of the source's budget; joins are paced; after a loss it comes back with growing
pauses, joins everything again and says what span was missed, for vendors do not replay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import xxhash
from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType

from quanticity.background import started
from quanticity.clock import EASTERN
from quanticity.errors import FetchError, RateLimited, TransportError, VendorRefused
from quanticity.feeds.dates import good_until
from quanticity.feeds.message import one_line
from quanticity.feeds.outbox import Outbox
from quanticity.feeds.ports import Surroundings
from quanticity.feeds.pulse import Pulse, ping, strictest
from quanticity.feeds.reception import Reception
from quanticity.feeds.stream_connect import Address, Connection, broken, sent
from quanticity.feeds.stream_feed import StreamFeed
from quanticity.feeds.stream_stats import Gap, StreamStats
from quanticity.logs import logger, redact
from quanticity.pace.slot import Slot

JOINS_A_SECOND = 10.0
FIRST_PAUSE, LONGEST_PAUSE, REFUSED_PAUSE = 1.0, 60.0, 300.0
_HEALTHY_AFTER = 30.0
# A connection that is gone is often found out by who sends; why, only who receives is told.
_LAST_WORDS = 0.2
_WORDS = 120
_DATA = (WSMsgType.TEXT, WSMsgType.BINARY)
_OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)


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
        gap_from: float | None = None,
    ) -> None:
        """`gap_from` is from when on what comes is missed: this one takes over from another."""
        self.name = name
        self.address = address
        self.stats = StreamStats()
        self._around = around
        self._clock = around.clock
        self._slot = slot
        self._between_joins = 1 / joins_a_second
        self._first_pause = first_pause
        self._outbox = outbox or Outbox(around.store, around.clock)
        self._heard = 0.0
        self._gap_from = gap_from
        self._told = ""
        # From when and until when the dates in channels are those of now.
        self._dated = 0.0, 0.0
        self._to_join: asyncio.Queue[StreamFeed] = asyncio.Queue()
        # The feed that sent a message on this connection: nobody leaves what it joined.
        self._joined: dict[str, str] = {}
        # A pause that other channels may make needless.
        self._resting: asyncio.Task[None] | None = None
        self._feeds: dict[str, StreamFeed] = {}
        self._reception = Reception(name, self.stats, self._outbox, around)
        self.carry(feeds)

    @property
    def feeds(self) -> Mapping[str, StreamFeed]:
        """What it carries, by feed id."""
        return self._feeds

    @property
    def missed_from(self) -> float | None:
        """From when on all is missed, were it ended now; None where it never stood."""
        if self._gap_from is None and self.stats.state == "open":
            return self._clock.now()
        return self._gap_from

    def carry(self, feeds: Sequence[StreamFeed]) -> None:
        """Carry exactly these from now on: new ones are joined, and what is asked for otherwise.

        What is no longer carried is not left, and ignored: every vendor does that otherwise.
        """
        before = self._feeds
        self._feeds = {feed.id: feed for feed in feeds}
        self._reception.carry(feeds)
        for feed in feeds:
            old = before.get(feed.id)
            if old is not feed and self.stats.state == "open":
                self._to_join.put_nowait(feed)
            if self._resting is not None and (old is None or old.joins != feed.joins):
                self._resting.cancel()

    def goes_by(self, address: Address, slot: Callable[[], Awaitable[Slot]]) -> None:
        """The same address of an edited source: whom it tells, where it takes its slots."""
        self.address, self._slot = address, slot

    async def run(self) -> None:
        """Stay connected until cancelled."""
        carrier = started(self._outbox.run(), f"{self.name}: what it brings")
        attempt = 0
        try:
            while True:
                began = self._clock.monotonic()
                try:
                    await self._session()
                except Exception as raised:  # noqa: BLE001
                    # A mistake of ours ends no feed for good: it is told, and tried again.
                    error = raised if isinstance(raised, FetchError) else self._stumbled(raised)
                    if self._clock.monotonic() - began > _HEALTHY_AFTER:
                        attempt = 0
                    pause = self._pause(error, attempt)
                    attempt += 1
                    self._lost(error, pause)
                    await self._rest(pause, error)
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
                await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.wait(parts[:1], timeout=_LAST_WORDS)
                for part in parts:
                    if part.done():
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
                "{}: connected again; nothing came for {:.1f} s, from {} to {}, and the vendor "
                "does not replay it",
                *(self.name, gap.until - gap.since),
                *(_clock_time(gap.since), _clock_time(gap.until)),
            )
            self._around.observer.missed(self.name, list(self._feeds), gap.since, gap.until)
        self._gap_from = None
        self._to_join, self._joined = asyncio.Queue(), {}
        for feed in self._feeds.values():
            feed.back(note)
            self._to_join.put_nowait(feed)
        # With a date in them channels are others tomorrow.
        self._reception.carry(self._feeds.values())

    def _lost(self, error: FetchError, pause: float) -> None:
        stats, text = self.stats, redact(str(error))
        if self._gap_from is None and stats.opened is not None:
            self._gap_from = stats.heard or stats.opened
        stats.state, stats.error = "waiting", text
        # Who lets us in and closes at once, again and again, is told of once.
        if self._reception.lost() or text != self._told:
            self._told = text
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

    async def _rest(self, pause: float, error: FetchError) -> None:
        """Wait; where it may be for what was joined, no longer than until an edit joins other."""
        resting = asyncio.create_task(self._clock.sleep(pause))
        if isinstance(error, TransportError):
            self._resting = resting
        try:
            await asyncio.wait([resting])
        finally:
            resting.cancel()

    async def _join(self, socket: ClientWebSocketResponse) -> None:
        while True:
            feed = await self._to_join.get()
            if self._feeds.get(feed.id) is not feed:
                continue  # edited again, or taken out, before its turn came
            await feed.restore()
            for message in [one for one, by in self._joined.items() if by == feed.id]:
                if message not in feed.joins:
                    del self._joined[message]
            for message in feed.joins:
                if self._joined.get(message) in self._feeds:
                    continue  # to log in, what another feed joined, or was put back: once
                self._joined[message] = feed.id
                await sent(socket.send_str(message))
                self.stats.joins += 1
                # Joins all at once are what vendors close connections for.
                await self._clock.sleep(self._between_joins)

    async def _watch(self, socket: ClientWebSocketResponse) -> None:
        """Ping after a silence, or `always`; end the session where even that brings nothing."""
        pulse = Pulse(self._heard)
        while True:
            self._look_at_dates()
            beat = strictest(feed.given.endpoint.heartbeat for feed in self._feeds.values())
            now = self._clock.monotonic()
            if self._outbox.full and pulse.counts_silence(beat):
                # It is we who do not listen, for the store is slow.
                self._heard = now
            if pulse.wants_ping(beat, self._heard, now):
                await sent(ping(socket, beat.message))
            await self._clock.sleep(pulse.pause(beat, self._heard, self._clock.monotonic()))

    def _look_at_dates(self) -> None:
        """Join what a new day names otherwise: a vendor that is there has no reason to hang up."""
        now, (since, until) = self._clock.now(), self._dated
        if since <= now < until:
            return
        self._dated = now, good_until(now, self._around.calendar)
        others = [feed for feed in self._feeds.values() if feed.dated and feed.renew()]
        for feed in others:
            self._to_join.put_nowait(feed)
        if others:
            self._reception.carry(self._feeds.values())

    async def _receive(self, socket: ClientWebSocketResponse) -> None:
        while True:
            message = await socket.receive()
            self._heard = self._clock.monotonic()
            self.stats.heard = self._clock.now()
            if message.type in _DATA:
                if reply := self._reception.take(message.data):
                    await sent(socket.send_str(reply))
                if self._outbox.full:
                    await self._outbox.room()
            elif message.type is WSMsgType.PING:
                await sent(socket.pong(message.data))
            elif message.type is WSMsgType.ERROR:
                raise TransportError(broken(message.data, self.address.most))
            elif message.type in _OVER:
                raise TransportError(f"the vendor closed the connection ({_why(message, socket)})")

    def _stumbled(self, error: Exception) -> FetchError:
        said = f"unexpected {type(error).__name__}: {error}"
        self._reception.tell_once(said, error)
        return TransportError(said)


def _clock_time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, EASTERN):%H:%M:%S} ET"


def _why(message: WSMessage, socket: ClientWebSocketResponse) -> str:
    """The code of a close, and the vendor's own words where it has some."""
    words = one_line(redact(str(message.extra or "")))[:_WORDS]
    return f"code {socket.close_code}" + (f": {words}" if words else "")
