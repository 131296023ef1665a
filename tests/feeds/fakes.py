"""Stand-ins behind the ports, for tests of feeds: a store, and an observer that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import orjson

from quanticity.feeds.ports import Drift
from quanticity.model import Envelope, Kind, Write


class MemoryStore:
    """A store of dicts. While `gate` is closed, `flush` waits, as with a slow server."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self.latest: dict[str, Envelope] = {}
        self.streams: dict[str, list[tuple[str, Envelope]]] = {}
        self.states: dict[str, bytes] = {}
        self.plain: dict[str, str] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.available = True
        self.waiting_at_most = 0
        self._unflushed = 0

    def put(self, write: Write) -> None:
        self.writes.append(write)
        self._unflushed += 1
        self.waiting_at_most = max(self.waiting_at_most, self._unflushed)
        seq = f"{len(self.writes)}-0"
        envelope = Envelope(
            write.timestamp, write.received, write.source, seq, "", orjson.loads(write.data)
        )
        if write.kind is Kind.EVENTS:
            self.streams.setdefault(write.key, []).append((seq, envelope))
        else:
            self.latest[write.key] = envelope

    def put_plain(self, key: str, value: str, ttl: float) -> None:
        self.plain[key] = value

    async def flush(self) -> None:
        await self.gate.wait()
        self._unflushed = 0

    async def get(self, key: str) -> Envelope | None:
        return self.latest.get(key)

    async def get_raw(self, key: str) -> bytes | None:
        return None

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Envelope | None]:
        return {key: self.latest.get(key) for key in keys}

    async def events(
        self, key: str, after: str = "0", count: int = 100
    ) -> Sequence[tuple[str, Envelope]]:
        number = int(after.partition("-")[0])
        later = [each for each in self.streams.get(key, []) if int(each[0].split("-")[0]) > number]
        return later[:count]

    async def keys(self, pattern: str = "*") -> Sequence[tuple[str, float]]:
        return [(key, 1.0) for key in self.latest]

    async def changes(self, after: str = "$") -> AsyncIterator[tuple[str, str]]:
        for number, write in enumerate(self.writes, 1):
            yield f"{number}-0", write.key

    async def state(self, name: str) -> bytes | None:
        return self.states.get(name)

    def put_state(self, name: str, data: bytes) -> None:
        self.states[name] = data

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        for write in writes:
            self.put(write)
        self.states.update(states)

    async def fetch(
        self, latest: Sequence[str], events: Mapping[str, str], most: int = 1000
    ) -> tuple[Sequence[bytes | None], Mapping[str, Sequence[bytes]]]:
        raise NotImplementedError

    async def newest_seq(self) -> str:
        raise NotImplementedError

    @property
    def kept(self) -> tuple[int, int, int]:
        return 0, 0, 0

    async def close(self) -> None:
        await self.flush()


class Witness:
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.drifts: list[Drift] = []

    def fetched(self, feed: str, key: str, received: float) -> None:
        self.told.append(("fetched", feed, key))

    def failed(self, feed: str, message: str) -> None:
        self.told.append(("failed", feed, message))

    def recovered(self, feed: str) -> None:
        self.told.append(("recovered", feed))

    def drifted(self, drift: Drift) -> None:
        self.drifts.append(drift)

    def missed(self, name: str, feeds: Sequence[str], since: float, until: float) -> None:
        self.told.append(("missed", name, *feeds))

    def switched(self, name: str, message: str, *, back: bool) -> None:
        self.told.append(("back" if back else "switched", name, message))
