"""What the rest of the system is handed as `the store`: a real server, or a fake in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from quanticity.model import Envelope, Write
from quanticity.store.envelope import Written

# Told of what this process has written, in order. It must be quick, never raise.
Observer = Callable[[Sequence[Written]], None]


class Observed(Protocol):
    """A store that tells what was written through it, once it is written."""

    def observe(self, observer: Observer) -> None:
        """Tell this one from now on."""
        ...

    def unobserve(self, observer: Observer) -> None:
        """Tell it no more."""
        ...


class Store(Protocol):
    """Typed access to keys.

    Writes never raise for a lost server: they are kept and written when it returns, newest
    first, bounded.
    """

    def put(self, write: Write) -> None:
        """Queue one value; all that meet in one turn of the loop go out as one script call."""
        ...

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        """Queue values and saved states that are all seen at once, or none of them.

        Whatever breaks on the way: what a run gave and what it remembers never disagree.
        """
        ...

    def put_plain(self, key: str, value: str, ttl: float) -> None:
        """Queue a plain string (`heartbeat:uw`, `{feed}:timestamp`); `ttl` in seconds."""
        ...

    async def flush(self) -> None:
        """Wait until everything queued before this call is written (or kept for later)."""
        ...

    async def get(self, key: str) -> Envelope | None:
        """The latest value, decoded; None where there is none, `StoreError` where events are."""
        ...

    async def get_raw(self, key: str) -> bytes | None:
        """The stored text as `redis-cli GET key` shows it; None also where the key holds events."""
        ...

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, Envelope | None]:
        """Several latest values in one round trip."""
        ...

    async def events(
        self, key: str, after: str = "0", count: int = 100
    ) -> Sequence[tuple[str, Envelope]]:
        """Events of a stream after an id, oldest first, each with its own id."""
        ...

    async def fetch(
        self, latest: Sequence[str], events: Mapping[str, str], most: int = 1000
    ) -> tuple[Sequence[bytes | None], Mapping[str, Sequence[bytes]]]:
        """Stored texts in one round trip: of latest or plain keys, and of the events after a seq.

        At most `most` events of each key, oldest first. A key of the other kind has nothing.
        """
        ...

    async def newest_seq(self) -> str:
        """The seq of the newest write of all; "0-0" before the first."""
        ...

    async def keys(self, pattern: str = "*") -> Sequence[tuple[str, float]]:
        """Names and remaining life (seconds) by glob pattern. For people, never a hot path."""
        ...

    def changes(self, after: str = "$") -> AsyncIterator[tuple[str, str]]:
        """Follow all writes in global order: (seq, key)."""
        ...

    async def state(self, name: str) -> bytes | None:
        """Saved state of a transform or component; the newest put here, written or not."""
        ...

    def put_state(self, name: str, data: bytes) -> None:
        """Queue saved state; written with the next batch."""
        ...

    @property
    def available(self) -> bool:
        """False while the server cannot be reached."""
        ...

    @property
    def kept(self) -> tuple[int, int, int]:
        """While away: values kept, their bytes, values given up for room so far."""
        ...

    async def close(self) -> None:
        """Flush and let go of the connections."""
        ...
