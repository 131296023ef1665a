"""Between a websocket and the store: coalesces what may be, and makes the sender wait for the rest.

Of a `latest` key only the newest value is kept until the store takes it, so a slow store gets
fewer writes and never older ones. Events are never dropped: when too many wait, or too large ones,
who puts the next waits too, the socket is not read, and TCP passes the word on to the vendor.
"""

from __future__ import annotations

import asyncio

from quanticity.clock import Clock
from quanticity.model import Kind, Write
from quanticity.store.ports import Store

MOST_EVENTS = 1000
MOST_BYTES = 8_000_000
_LOOK_AGAIN = 0.25


class Outbox:
    """Writes of one connection on their way to the store; `run` carries them there."""

    def __init__(self, store: Store, clock: Clock, most_events: int = MOST_EVENTS) -> None:
        self._store = store
        self._clock = clock
        self._most = most_events
        self._bytes = 0
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
            self._bytes += len(write.data)
            if self._is_much and self._room.is_set():
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
        """Hand over all that waits, at the end: also to a store that is away, which keeps it."""
        while self._latest or self._events:
            await self._carry(last=True)

    @property
    def _is_much(self) -> bool:
        return len(self._events) >= self._most or self._bytes >= MOST_BYTES

    async def _carry(self, *, last: bool = False) -> None:
        self._filled.clear()
        latest, self._latest = self._latest, {}
        for write in latest.values():
            self._store.put(write)
        if last or self._store.available:
            events, self._events, self._bytes = self._events, [], 0
            for write in events:
                self._store.put(write)
        await self._store.flush()
        if not self._is_much:
            self._room.set()
        if self._events or self._latest:
            self._filled.set()
        if self._events and not self._store.available:
            # What the store is given of them it never gives up: no more than this may wait in all.
            await self._clock.sleep(_LOOK_AGAIN)
