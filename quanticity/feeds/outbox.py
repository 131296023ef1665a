"""Between a websocket and the store: coalesces what may be, and makes the sender wait for the rest.

Of a `latest` key only the newest value is kept until the store takes it, so a slow store gets
fewer writes and never older ones. Events are never dropped: when too many wait, or too large ones,
who puts the next waits too, the socket is not read, and TCP passes the word on to the vendor.

An event, what a transform made of it and what that remembers go out together: after a crash the
store has all of it or nothing, and never an event that its transform did not see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quanticity.clock import Clock
from quanticity.model import Kind, Write
from quanticity.store.ports import Store

MOST_EVENTS = 1000
MOST_BYTES = 8_000_000
_LOOK_AGAIN = 0.25
# Writes, and their bytes, that go out as one: others wait for it.
_MOST_TOGETHER = 200
_MOST_BYTES_TOGETHER = 1_000_000


@dataclass(slots=True)
class _Together:
    """Events that are seen at once with the states that they left, or not at all."""

    writes: list[Write] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)
    size: int = 0

    @property
    def is_much(self) -> bool:
        return len(self.writes) >= _MOST_TOGETHER or self.size >= _MOST_BYTES_TOGETHER


class Outbox:
    """Writes of one connection on their way to the store; `run` carries them there."""

    def __init__(self, store: Store, clock: Clock, most_events: int = MOST_EVENTS) -> None:
        self._store = store
        self._clock = clock
        self._most = most_events
        self._bytes = 0
        self._latest: dict[str, Write] = {}
        self._events: list[Write | _Together] = []
        self._waiting = 0
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
            self._count(write)
        else:
            self.coalesced += write.key in self._latest
            self._latest[write.key] = write
        self._filled.set()

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        """Take events that go out at once with `states`; afterwards wait for `room`.

        Those that come together share one: of a state only the newest is written.
        """
        last = self._events[-1] if self._events else None
        if not isinstance(last, _Together) or last.is_much:
            last = _Together()
            self._events.append(last)
        last.writes += writes
        last.states |= states
        for write in writes:
            last.size += len(write.data)
            self._count(write)
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
        return self._waiting >= self._most or self._bytes >= MOST_BYTES

    def _count(self, write: Write) -> None:
        self._waiting += 1
        self._bytes += len(write.data)
        if self._is_much and self._room.is_set():
            self._room.clear()
            self.stalls += 1

    async def _carry(self, *, last: bool = False) -> None:
        self._filled.clear()
        latest, self._latest = self._latest, {}
        for write in latest.values():
            self._store.put(write)
        if last or self._store.available:
            events, self._events, self._bytes, self._waiting = self._events, [], 0, 0
            for one in events:
                if isinstance(one, _Together):
                    self._store.put_together(one.writes, one.states)
                else:
                    self._store.put(one)
        await self._store.flush()
        if not self._is_much:
            self._room.set()
        if self._events or self._latest:
            self._filled.set()
        if self._events and not self._store.available:
            # What the store is given of them it never gives up: no more than this may wait in all.
            await self._clock.sleep(_LOOK_AGAIN)
