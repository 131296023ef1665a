"""Rows of one body as events, and what the transform makes of each: none is lost in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from quanticity.config.schema.endpoint import Timestamp
from quanticity.errors import TransformError
from quanticity.feeds.call import Call
from quanticity.feeds.events import SeenRows
from quanticity.feeds.long_numbers import dumps
from quanticity.feeds.paging import Page
from quanticity.feeds.paths import MISSING
from quanticity.feeds.recipe import Recipe
from quanticity.feeds.row_place import as_rows, place_of_rows, rows_at
from quanticity.feeds.timestamp import VendorTime
from quanticity.feeds.unmade import Row
from quanticity.logs import logger
from quanticity.model import Kind, Write

# Rows, and their bytes, that one script call writes: others wait for it.
_MOST_ROWS = 1000
_MOST_BYTES = 2_000_000
# Seconds of transforms after which others have their turn.
_AT_A_TIME = 0.05


class EventRows:
    """Writes the rows of one feed. `transformed` runs its transform."""

    __slots__ = ("_feed", "_recipe", "_transformed")

    def __init__(
        self, recipe: Recipe, feed: str, transformed: Callable[..., Awaitable[bytes]]
    ) -> None:
        self._recipe = recipe
        self._feed = feed
        self._transformed = transformed

    async def recall(self, call: Call) -> None:
        """Take up, once, the rows that a run which broke off has left in the raw stream.

        They are made with the next ones, or by `make`: what comes must not wait for them.
        StoreError where it cannot be known which these are.
        """
        if call.unmade is None:
            return
        now = self._recipe.around.clock.now()
        if count := await call.unmade.restore(now, self._recipe.life(now)):
            logger.info("{}: {} rows that a run left behind are transformed now", self._feed, count)

    def put(
        self, call: Call, timed: Sequence[tuple[float, Any]], received: float, seen: SeenRows
    ) -> Iterator[bool]:
        """Store the rows that are new, and that they were seen: both, or in a crash neither.

        In steps, after each of which the transform is to be run; whether that was the last one.
        """
        store, unmade = self._recipe.around.store, call.unmade
        events, rows, size = list[Write](), list[Row](), 0
        for timestamp, row in timed:
            if not seen.enter(row):
                continue
            text = dumps(row)
            if unmade is not None:
                rows.append(Row(timestamp, received, text, row))
            events.append(self._event(call.key, text, timestamp, received))
            size += len(text)
            if len(events) == _MOST_ROWS or size > _MOST_BYTES:
                to_make = {} if unmade is None else unmade.add(rows)
                store.put_together(events, {**seen.to_save(None), **to_make})
                yield False
                events, rows, size = [], [], 0
        to_make = {} if unmade is None else unmade.add(rows)
        store.put_together(events, {**seen.to_save(len(timed)), **to_make})
        yield True

    async def make(self, call: Call) -> TransformError | None:
        """One event at `output_key` for each row that is left. One that fails stops no other.

        With what was made go out what the transform remembers, and that it was made.
        """
        unmade, store = call.unmade, self._recipe.around.store
        if unmade is None or not unmade.left:
            return None
        failed: TransformError | None = None
        made, states, size = list[Write](), dict[str, bytes](), 0
        clock = self._recipe.around.clock
        began = clock.monotonic()
        try:
            while unmade.left:
                row = unmade.left[0]
                try:
                    page = Page(row.text, row.take())
                    output = await self._transformed(call, page, row.received, states=states)
                    made.append(self._event(call.output_key, output, row.timestamp, row.received))
                    size += len(output)
                except TransformError as error:
                    failed = error
                except Exception:
                    # A mistake of ours must not come back with each run.
                    unmade.drop()
                    raise
                unmade.drop()
                if size > _MOST_BYTES or unmade.careful:
                    store.put_together(made, {**states, **unmade.done()})
                    made, states, size = [], {}, 0
                    await store.flush()
                if clock.monotonic() - began > _AT_A_TIME:
                    await asyncio.sleep(0)
                    began = clock.monotonic()
        finally:
            # Also of a run that is called off: the next one goes on behind it.
            store.put_together(made, {**states, **unmade.done()})
        return failed

    def _event(self, key: str, data: bytes, timestamp: float, received: float) -> Write:
        recipe = self._recipe
        life, cap = recipe.life(received), recipe.spec.cap
        return Write(key, data, recipe.id, timestamp, received, life, Kind.EVENTS, None, cap)


def rows_in(recipe: Recipe, payload: Any) -> Iterable[Any]:
    """The rows of a body, as its feed says or as bodies mostly are; else the body is one."""
    where = place_of_rows(recipe.spec)
    if where is not None:
        return as_rows(rows_at(recipe.spec, where, payload))
    if isinstance(payload, list):
        return payload
    if isinstance(payload, Mapping) and isinstance(payload.get("data"), list):
        return list(payload["data"])
    return [payload]


def without_rows(recipe: Recipe, payload: Any) -> str:
    """That nothing stands where the rows should, which a slip in `rows` looks like; else empty."""
    where = place_of_rows(recipe.spec)
    if where is None or rows_at(recipe.spec, where, payload) is not MISSING:
        return ""
    return f"the body has no '{where}', where its rows should stand: no events came of it"


def row_time(recipe: Recipe) -> VendorTime | None:
    """The clock of single rows: what stands behind `*` in the body's path."""
    given = recipe.spec.timestamp
    if given is None or "*" not in given.path:
        return None
    inside = given.path.partition("*")[2].lstrip(".")
    return VendorTime(Timestamp(path=inside, format=given.format, zone=given.zone))
