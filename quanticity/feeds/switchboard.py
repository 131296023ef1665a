"""All websockets of a process: which connections a config needs, and reloads that drop none."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from quanticity.background import started
from quanticity.config.effective import EffectiveEndpoint
from quanticity.feeds.expand import bindings
from quanticity.feeds.request import address_text, address_url, in_address
from quanticity.feeds.stream import FIRST_PAUSE, JOINS_A_SECOND, Stream
from quanticity.feeds.stream_connect import Address
from quanticity.feeds.stream_feed import StreamFeed
from quanticity.feeds.vendor import Vendor
from quanticity.model import Priority, bind
from quanticity.pace.slot import Slot

SlotOf = Callable[[str, Priority], Awaitable[Slot]]
"""(budget, group) to a slot for what is not scheduled: `Scheduler.extra`."""

_Place = tuple[str, str]


class Switchboard:
    """Keeps one connection for each source and URL, with all channels that go over it."""

    def __init__(
        self,
        slot_of: SlotOf,
        *,
        tls: ssl.SSLContext | None = None,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._slot_of = slot_of
        self._tls = tls
        self._first_pause = first_pause
        self._streams: dict[_Place, Stream] = {}
        self._tasks: dict[_Place, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The connections, whatever state they are in; after `close` those that it ended."""
        return tuple(self._streams.values())

    @property
    def feeds(self) -> Mapping[str, StreamFeed]:
        """The feeds of all connections, by id."""
        found: dict[str, StreamFeed] = {}
        for stream in self._streams.values():
            found.update(stream.feeds)
        return found

    def update(
        self, streams: Mapping[str, EffectiveEndpoint], vendors: Mapping[str, Vendor]
    ) -> None:
        """Carry exactly these endpoints from now on (`Roster.streams`, `Roster.vendors`).

        A connection whose address stays is kept, and so is each feed that did not change; what is
        new is joined on it.
        """
        wanted: dict[_Place, list[StreamFeed]] = {}
        addresses: dict[_Place, Address] = {}
        known = self.feeds
        for given in streams.values():
            vendor = vendors[given.source]
            for values in bindings(given.endpoint) or [{}]:
                address = self._address(given, values, vendor)
                place = (given.source, str(address.url))
                addresses[place] = address
                wanted.setdefault(place, []).append(_feed(given, values, vendor, known))
        for place, feeds in wanted.items():
            stream = self._streams.get(place)
            if stream is not None and stream.address == addresses[place]:
                stream.goes_by(addresses[place], self._slot_for(feeds))
                stream.carry(feeds)
            else:
                self._open(place, addresses[place], feeds)
        for place in set(self._streams) - set(wanted):
            self._close(place)

    async def close(self) -> None:
        """End all connections and hand over what still waits to be written."""
        # The streams stay, for what they brought is asked for when all is over.
        for place in list(self._tasks):
            self._end(place)
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _open(self, place: _Place, address: Address, feeds: list[StreamFeed]) -> None:
        carried = {feed.id for feed in feeds}
        before = [stream for stream in self._streams.values() if carried & stream.feeds.keys()]
        moments = [one.missed_from for one in before if one.missed_from is not None]
        if place in self._streams:
            self._close(place)
        vendor = feeds[0].vendor
        burst = vendor.source.limits.burst_size or JOINS_A_SECOND
        stream = Stream(
            f"{place[0]} websocket {address.shown}",
            address,
            feeds,
            vendor.around,
            self._slot_for(feeds),
            joins_a_second=min(JOINS_A_SECOND, burst),
            first_pause=self._first_pause,
            # With another key, say: what comes until this one stands is missed.
            gap_from=min(moments, default=None),
        )
        self._streams[place] = stream
        self._tasks[place] = started(stream.run(), stream.name)

    def _slot_for(self, feeds: list[StreamFeed]) -> Callable[[], Awaitable[Slot]]:
        group = min((feed.given.group for feed in feeds), key=_rank)
        return partial(self._slot_of, feeds[0].vendor.source.budget, group)

    def _close(self, place: _Place) -> None:
        del self._streams[place]
        self._end(place)

    def _end(self, place: _Place) -> None:
        task = self._tasks.pop(place)
        task.cancel()
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _address(
        self, given: EffectiveEndpoint, values: Mapping[str, str], vendor: Vendor
    ) -> Address:
        source, spec = vendor.source.source, given.endpoint
        quoted = {name: in_address(value) for name, value in values.items()}
        text = bind(address_text(source.base_url, spec), quoted)
        url = address_url(text, list(vendor.credentials.query))
        if url.scheme in ("http", "https"):
            url = url.with_scheme("wss" if url.scheme == "https" else "ws")
        return Address(
            url,
            {**source.headers, **spec.headers, **vendor.credentials.headers},
            spec.timeout_seconds or source.timeout_seconds,
            spec.max_body_bytes or source.max_body_bytes,
            self._tls,
            vendor.around.clock.now,
            vendor.tell,
            vendor.refuse_key,
        )


def _feed(
    given: EffectiveEndpoint,
    values: Mapping[str, str],
    vendor: Vendor,
    known: Mapping[str, StreamFeed],
) -> StreamFeed:
    """The feed of these values: the one that runs already, where nothing about it changed."""
    old = known.get(":".join((given.id, *values.values())))
    if old is not None and old.fingerprint == given.fingerprint and old.vendor is vendor:
        return old
    return StreamFeed(given, values, vendor)


def _rank(group: Priority) -> int:
    return group.rank
