"""Rows of a polled body as events: each row once, however often polls bring it."""

from __future__ import annotations

from typing import Any

import orjson
import xxhash

from quanticity.feeds.paths import MISSING, first
from quanticity.store.ports import Store

REMEMBERED = 20_000
"""Rows remembered by each feed; polls that overlap by more bring some twice."""


class SeenRows:
    """Which rows have been written already, across polls and restarts."""

    __slots__ = ("_changed", "_id", "_marks", "_restored", "_state", "_store")

    def __init__(self, feed: str, id_field: str | None, store: Store) -> None:
        self._id = id_field
        self._store = store
        self._state = f"seen:{feed}"
        self._marks: dict[str, None] = {}
        self._restored = False
        self._changed = False

    async def restore(self) -> None:
        """Take up, once, what an earlier run has written."""
        if self._restored:
            return
        saved = await self._store.state(self._state)
        self._restored = True
        if saved:
            self._marks = dict.fromkeys(orjson.loads(saved))

    def known(self, row: Any) -> bool:
        """Whether this row has been written."""
        return self.mark(row) in self._marks

    def enter(self, row: Any) -> bool:
        """Whether `row` is new; it counts as written from now on."""
        mark = self.mark(row)
        if mark in self._marks:
            return False
        self._marks[mark] = None
        self._changed = True
        return True

    def save(self) -> None:
        """Keep what was entered, so that a restart writes nothing twice."""
        if not self._changed:
            return
        self._changed = False
        while len(self._marks) > REMEMBERED:
            del self._marks[next(iter(self._marks))]
        self._store.put_state(self._state, orjson.dumps(list(self._marks)))

    def mark(self, row: Any) -> str:
        """What tells a row from others: its id field, else all of it."""
        own = first(row, self._id) if self._id else MISSING
        if own is MISSING or isinstance(own, (dict, list)):
            return xxhash.xxh3_64_hexdigest(orjson.dumps(row, option=orjson.OPT_SORT_KEYS))
        return str(own)
