"""Rows of polled events, and what was seen of them: a crash leaves both or neither."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import orjson

from quanticity.model import Write
from tests.feeds.fakes import MemoryStore
from tests.feeds.loopback import Bench, answering, serving


class Crashing(MemoryStore):
    """What would be left of each moment at which the process may be killed."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[tuple[int, int]] = []

    def put(self, write: Write) -> None:
        super().put(write)
        self._look()

    def put_state(self, name: str, data: bytes) -> None:
        super().put_state(name, data)
        self._look()

    def put_together(self, writes: Sequence[Write], states: Mapping[str, bytes]) -> None:
        for write in writes:
            super().put(write)
        self.states.update(states)
        self._look()

    def _look(self) -> None:
        seen = self.states.get("seen:raw:v:x", b"[]")
        self.left.append((len(self.streams.get("raw:v:x", [])), len(orjson.loads(seen))))


def test_a_crash_between_rows_and_what_was_seen_of_them_wrote_them_twice_or_lost_them() -> None:
    """They went out in two batches; after an outage what was seen before the rows."""
    body = [{"id": number} for number in range(2_500)]

    async def main() -> None:
        async with serving(answering(body)) as (url, _):
            store = Crashing()
            feed = {"path": "/x", "redis_key": "raw:v:x", "kind": "events"}
            bench = Bench(url, {"x": feed}, store=store)
            await bench.run("x", times=2)
            assert store.left[-1] == (2_500, 2_500)
            assert all(written == seen for written, seen in store.left)
            await bench.vendor.close()

    asyncio.run(main())
