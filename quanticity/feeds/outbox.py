"""Between a websocket and the store: coalesces what may be, and makes the sender wait for the rest.

Of a `latest` key only the newest value is kept until the store takes it, so a slow store gets
fewer writes and never older ones. Events are never dropped: when too many wait, who puts the next
waits too, the socket is not read, and TCP passes the word on to the vendor.
"""

from __future__ import annotations

import asyncio

from quanticity.clock import Clock
from quanticity.model import Kind, Write
from quanticity.store.ports import Store

MOST_EVENTS = 1000
_LOOK_AGAIN = 0.25


class Outbox:
    """Writes of one connection on their way to the store; `run` carries them there."""

    def __init__(self, store: Store, clock: Clock, most_events: int = MOST_EVENTS) -> None:
        self._store = store
        self._clock = clock
        self._most = most_events
        self._latest: dict[str, Write] = {}
        self._events: list[Write] = []
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.coalesced = 0
        self.stalls = 0

    @property
    def full(self) -> bool:
        """Whether who puts an event now has to wait."""
        return not self._room.is_set()

    def put(self, write: Write) -> None:
        """Take one write; afterwards wait for `room`."""
        if write.kind is Kind.EVENTS:
            self._events.append(write)
            if len(self._events) >= self._most and self._room.is_set():
                self._room.clear()
                self.stalls += 1
        else:
            self.coalesced += write.key in self._latest
            self._latest[write.key] = write
        self._filled.set()

    async def room(self) -> None:
        """Wait until there is room for another event."""
        await self._room.wait()

    async def run(self) -> None:
        """Carry writes to the store until cancelled."""
        while True:
            await self._filled.wait()
            # A turn of the loop, so that frames that came together go out together.
            await asyncio.sleep(0)
            await self._carry()

    async def drain(self) -> None:
        """Hand over all that waits, at the end."""
        while self._latest or self._events:
            await self._carry()

    async def _carry(self) -> None:
        self._filled.clear()
        latest, self._latest = self._latest, {}
        for write in latest.values():
            self._store.put(write)
        if self._store.available:
            events, self._events = self._events, []
            for write in events:
                self._store.put(write)
        await self._store.flush()
        if len(self._events) < self._most:
            self._room.set()
        if self._events or self._latest:
            self._filled.set()
        if self._events and not self._store.available:
            # The store keeps what it is given while it is away, up to a bound, and lets the oldest
            # go: events wait here, where nothing is let go.
            await self._clock.sleep(_LOOK_AGAIN)
