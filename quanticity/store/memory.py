"""The store without a server: for tests, and for anything that needs no other process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile

from quanticity.clock import Clock
from quanticity.errors import StoreError, StoreUnavailable
from quanticity.model import Envelope, Kind, Write
from quanticity.store import envelope
from quanticity.store.envelope import Written
from quanticity.store.names import state_key
from quanticity.store.pending import Pending
from quanticity.store.ports import Observer
from quanticity.store.script import Group, Plain

MOST = 10**9
_STATE_TTL = 30 * 86_400.0


@dataclass(slots=True)
class _Slot:
    ends: float
    text: bytes = b""
    events: deque[tuple[str, bytes]] | None = None


class MemoryStore:
    """Keys in this process. Behaves as `RedisStore` does, outages included: see `lose`."""

    def __init__(
        self, clock: Clock, *, changes_cap: int = 100_000, outage_bytes: int = 64_000_000
    ) -> None:
        self._clock = clock
        self._slots: dict[str, _Slot] = {}
        self._changes: deque[tuple[str, str]] = deque(maxlen=changes_cap)
        self._pending = Pending(outage_bytes)
        self._last = (0, 0)
        self._available = True
        self._woken = asyncio.Event()
        self._observers: list[Observer] = []

    def lose(self) -> None:
        """From now on as if the server were away."""
        self._available = False

    def restore(self) -> None:
        """The server is back: what was kept is written, newest first."""
        self._available = True
        self._pending.drop_expired(self._clock.monotonic())
        while items := self._pending.take(1, 1, newest_first=True):
            self._write(items[0].write, self._clock.monotonic() - items[0].at)

    def put(self, write: Write) -> None:
        """Store one value, or keep it while away."""
        envelope.check(write)
        self._put(write)

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        """Store values and saved states, or keep them as one while away."""
        for write in writes:
            envelope.check(write)
        saved = (Plain(state_key(name), data, _STATE_TTL) for name, data in states.items())
        members: tuple[Write | Plain, ...] = (*writes, *saved)
        if members:
            self._put(Group(members))

    def put_plain(self, key: str, value: str, ttl: float) -> None:
        """Store a plain string; `ttl` in seconds."""
        self._put(Plain(key, value.encode(), ttl))

    def put_state(self, name: str, data: bytes) -> None:
        """Save state for 30 days."""
        self._put(Plain(state_key(name), data, _STATE_TTL))

    def observe(self, observer: Observer) -> None:
        """Tell this one from now on what this store has written, with its seqs."""
        self._observers.append(observer)

    def unobserve(self, observer: Observer) -> None:
        """Tell it no more."""
        self._observers.remove(observer)

    async def flush(self) -> None:
        """Everything is written, or kept, as soon as it is put."""

    async def get(self, key: str) -> Envelope | None:
        """The latest value, decoded; None where there is none, `StoreError` where events are."""
        slot = self._find(key)
        if slot is not None and slot.events is not None:
            raise StoreError(f"{key} is of the other kind: events are read as events")
        return None if slot is None else envelope.decode(key, slot.text)

    async def get_raw(self, key: str) -> bytes | None:
        """The stored text; None also where the key holds events."""
        slot = self._find(key)
        return None if slot is None or slot.events is not None else slot.text

    async def get_many(self, keys: Sequence[str]) -> dict[str, Envelope | None]:
        """Several latest values."""
        return {key: await self.get(key) for key in keys}

    async def events(
        self, key: str, after: str = "0", count: int = 100
    ) -> list[tuple[str, Envelope]]:
        """Events of a stream after an id, oldest first, each with its own id."""
        slot = self._find(key)
        if slot is None:
            return []
        if slot.events is None:
            raise StoreError(f"{key} is of the other kind: a latest value is read with get")
        later = [row for row in slot.events if _order(row[0]) > _order(after)]
        return [(seq, envelope.decode(key, text)) for seq, text in later[:count]]

    async def fetch(
        self, latest: Sequence[str], events: Mapping[str, str], most: int = 1000
    ) -> tuple[list[bytes | None], dict[str, list[bytes]]]:
        """Stored texts: of latest or plain keys, and of the events after a seq."""
        found = {}
        for key, after in events.items():
            slot = self._find(key)
            rows = slot.events if slot is not None and slot.events is not None else ()
            later = [text for seq, text in rows if _order(seq) > _order(after)]
            found[key] = later[:most]
        return [await self.get_raw(key) for key in latest], found

    async def newest_seq(self) -> str:
        """The seq of the newest write of all; "0-0" before the first."""
        self._reach()
        return f"{self._last[0]}-{self._last[1]}"

    async def newest_events(self, key: str, count: int = 10) -> list[tuple[str, Envelope]]:
        """The last events of a stream, oldest first, each with its own id."""
        return (await self.events(key, count=MOST))[-count:]

    async def keys(self, pattern: str = "*") -> list[tuple[str, float]]:
        """Names and remaining life (seconds) by glob pattern."""
        self._reach()
        now = self._clock.monotonic()
        return sorted(
            (key, slot.ends - now)
            for key, slot in self._slots.items()
            if slot.ends > now and fnmatchcase(key, pattern)
        )

    async def changes(self, after: str = "$") -> AsyncIterator[tuple[str, str]]:
        """Follow all writes in order: (seq, key)."""
        last = self._last if after == "$" else _order(after)
        while True:
            for seq, key in self._later(last):
                last = _order(seq)
                yield seq, key
            if self._last <= last:
                self._woken.clear()
                await self._woken.wait()

    async def state(self, name: str) -> bytes | None:
        """Saved state of a transform or component; the newest put here, written or not."""
        waiting = self._pending.plain(state_key(name))
        return await self.get_raw(state_key(name)) if waiting is None else waiting

    @property
    def available(self) -> bool:
        """False between `lose` and `restore`."""
        return self._available

    @property
    def kept(self) -> tuple[int, int, int]:
        """While away: values kept, their bytes, values given up for room so far."""
        return len(self._pending), self._pending.bytes, self._pending.given_up

    async def close(self) -> None:
        """Nothing to let go of."""

    def _put(self, write: Write | Plain | Group) -> None:
        if self._available:
            self._write(write, 0.0)
        else:
            self._pending.put(write, self._clock.monotonic())

    def _write(self, write: Write | Plain | Group, waited: float) -> None:
        if isinstance(write, Group):
            for one in write.members:
                self._write(one, waited)
            return
        ends = self._clock.monotonic() + write.ttl - waited
        if isinstance(write, Plain):
            self._slots[write.key] = _Slot(ends, write.value)
            return
        seq = self._next_seq()
        self._changes.append((seq, write.key))
        written = Written.of(write, seq)
        text = written.text
        if write.kind is Kind.LATEST:
            self._slots[write.key] = _Slot(ends, text)
        else:
            slot = self._slots.get(write.key)
            events = slot.events if slot and slot.ends > self._clock.monotonic() else None
            if events is None or events.maxlen != write.cap:
                events = deque(events or (), maxlen=write.cap)
            events.append((seq, text))
            self._slots[write.key] = _Slot(ends, events=events)
        self._woken.set()
        for observer in tuple(self._observers):
            observer([written])

    def _next_seq(self) -> str:
        moment = max(int(self._clock.now() * 1000), self._last[0])
        number = self._last[1] + 1 if moment == self._last[0] else 0
        self._last = (moment, number)
        return f"{moment}-{number}"

    def _later(self, last: tuple[int, int]) -> list[tuple[str, str]]:
        """The changes after one, oldest first. Who follows has seen most: the newest come first."""
        later = takewhile(lambda row: _order(row[0]) > last, reversed(self._changes))
        return list(later)[::-1]

    def _find(self, key: str) -> _Slot | None:
        self._reach()
        slot = self._slots.get(key)
        if slot is not None and slot.ends <= self._clock.monotonic():
            del self._slots[key]
            return None
        return slot

    def _reach(self) -> None:
        if not self._available:
            raise StoreUnavailable("the store is away")


def _order(seq: str) -> tuple[int, int]:
    moment, _, number = seq.partition("-")
    return int(moment), int(number or 0)
