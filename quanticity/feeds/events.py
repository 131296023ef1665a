"""Rows of a polled body as events: each row once, however often polls bring it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Self

import orjson
import xxhash

from quanticity.feeds.long_numbers import dumps
from quanticity.feeds.paths import MISSING, identity
from quanticity.feeds.transform_memory import part_of
from quanticity.store.ports import Store

REMEMBERED = 20_000
"""Rows remembered for each set of values, and never fewer than the last body had."""


class SeenRows:
    """Which rows have been written already, across polls and restarts.

    `name` is the feed's, and where it asks for several sets of values, that of the set too.
    """

    __slots__ = ("_changed", "_formers", "_id", "_marks", "_restored", "_state", "_store")

    def __init__(self, name: str, id_field: str | None, store: Store) -> None:
        self._id = id_field
        self._store = store
        self._state = f"seen:{name}"
        # Under which names it was saved before, the latest first.
        self._formers: tuple[str, ...] = ()
        self._marks: dict[str, None] = {}
        self._restored = False
        self._changed = False

    async def restore(self) -> None:
        """Take up, once, what an earlier run has written."""
        if self._restored:
            return
        names = (*reversed(self._formers), self._state)
        saved = [await self._store.state(name) for name in names]
        self._restored = True
        for text in filter(None, saved):
            # In place: a feed that an edit made anew shares the marks of the one before.
            self._marks.update(dict.fromkeys(orjson.loads(text)))
            # Saved once more: what no poll changes for a month would be forgotten.
            self._changed = True

    def follow(self, earlier: SeenRows) -> Self:
        """Share what `earlier` has in mind: rows that it still writes count as written here."""
        self._marks, self._restored = earlier._marks, earlier._restored
        former = (earlier._state, *earlier._formers)
        self._formers = tuple(name for name in former if name != self._state)
        # Under another name nothing of it is saved yet.
        self._changed |= earlier._state != self._state
        return self

    def known(self, row: Any) -> bool:
        """Whether this row has been written."""
        return self.mark(row) in self._marks

    def enter(self, row: Any) -> bool:
        """Whether `row` is new; it counts as written from now on, and is forgotten last."""
        mark = self.mark(row)
        known = mark in self._marks
        if known:
            del self._marks[mark]
        else:
            self._changed = True
        self._marks[mark] = None
        return not known

    def save(self, rows: int = 0) -> None:
        """Keep what was entered, so that a restart writes nothing twice.

        `rows` is how many the last body had: were one of them forgotten, the next poll would
        bring it again, and push out another.
        """
        if not self._changed:
            return
        self._changed = False
        surplus = len(self._marks) - max(REMEMBERED, rows)
        for mark in list(islice(self._marks, max(0, surplus))):
            del self._marks[mark]
        self._store.put_state(self._state, orjson.dumps(list(self._marks)))

    def mark(self, row: Any) -> str:
        """What tells a row from others: its id field, else all of it."""
        own = identity(row, self._id) if self._id else MISSING
        if own is MISSING:
            return xxhash.xxh3_64_hexdigest(dumps(row, orjson.OPT_SORT_KEYS))
        return str(own)


class SeenByValues:
    """What a feed has seen, by the values that it takes from another: each with its own rows.

    Vendors number the rows of each expiry anew: the ids of one say nothing of another's.
    """

    __slots__ = ("_feed", "_formers", "_id", "_names", "_parts", "_store")

    def __init__(self, feed: str, names: Iterable[str], id_field: str | None, store: Store) -> None:
        self._feed = feed
        self._names = tuple(names)
        self._id = id_field
        self._store = store
        self._parts: dict[str, SeenRows] = {}
        # Under which names the feed was known before, the latest first.
        self._formers: tuple[str, ...] = ()

    def was(self, feed: str) -> None:
        """A feed that is gone wrote to the same key: what it saved was seen."""
        self._formers = (feed,)

    def of(self, values: Mapping[str, str]) -> SeenRows:
        """What was seen for one set of values."""
        return self._of(self._part(values))

    def keep(self, sets: Iterable[Mapping[str, str]]) -> None:
        """Hold no more than these: the store has what was seen for others, should they return."""
        held = {self._part(values) for values in sets}
        self._parts = {part: rows for part, rows in self._parts.items() if part in held}

    def follow(self, earlier: SeenByValues) -> None:
        """Go on with what the same feed saw before an edit, saved or not."""
        # What is not in mind now, as before its first run, may be in the store under its names.
        formers = dict.fromkeys((earlier._feed, *earlier._formers))
        self._formers = tuple(name for name in formers if name != self._feed)
        for part, rows in earlier._parts.items():
            self._of(part).follow(rows)

    def _part(self, values: Mapping[str, str]) -> str:
        return part_of({name: values[name] for name in self._names})

    def _of(self, part: str) -> SeenRows:
        if part not in self._parts:
            rows = self._parts[part] = SeenRows(_name(self._feed, part), self._id, self._store)
            # The oldest first: each brings along only what came before it.
            earlier: SeenRows | None = None
            for former in reversed(self._formers):
                known = SeenRows(_name(former, part), self._id, self._store)
                earlier = known.follow(earlier) if earlier is not None else known
            if earlier is not None:
                rows.follow(earlier)
        return self._parts[part]


def _name(feed: str, part: str) -> str:
    return f"{feed}|{part}" if part else feed
