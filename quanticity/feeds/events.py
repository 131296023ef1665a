"""Rows of a polled body as events: each row once, however often polls bring it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
import xxhash

from quanticity.feeds.listing import Listing, Order
from quanticity.feeds.long_numbers import dumps
from quanticity.feeds.paths import MISSING, identity
from quanticity.feeds.transform_memory import part_of
from quanticity.store.ports import Store

REMEMBERED = 20_000
"""Rows remembered for each set of values, and never fewer than the last body had."""


class SeenRows:
    """Which rows have been written to a key already, across polls, edits and restarts.

    `former` are the names under which an earlier version saved that, the latest first.
    """

    __slots__ = (
        "_changed",
        "_former",
        "_id",
        "_marks",
        "_restored",
        "_state",
        "_store",
        "listing",
    )

    def __init__(
        self,
        key: str,
        id_field: str | None,
        store: Store,
        former: Sequence[str] = (),
        listing: Listing | None = None,
    ) -> None:
        self._id = id_field
        self._store = store
        self._state = f"seen:{key}"
        self._former = tuple(former)
        self._marks: dict[str, None] = {}
        self._restored = False
        self._changed = False
        self.listing = Listing() if listing is None else listing

    async def restore(self) -> None:
        """Take up, once, what an earlier run has written."""
        if self._restored:
            return
        saved = [await self._store.state(self._state)]
        if saved == [None]:
            saved = [await self._store.state(f"seen:{name}") for name in reversed(self._former)]
        votes = await self._store.state(f"order:{self._state}")
        self._restored = True
        self.listing.restore(votes)
        for text in filter(None, saved):
            # In place: a feed that an edit made anew shares the marks of the one before.
            self._marks.update(dict.fromkeys(orjson.loads(text)))
            # Saved once more: what no poll changes for a month would be forgotten.
            self._changed = True

    def follow(self, earlier: SeenRows) -> None:
        """Share what `earlier` has in mind: rows that it still writes count as written here."""
        self._marks, self._restored = earlier._marks, earlier._restored
        self._changed |= earlier._changed
        self._former = tuple(dict.fromkeys((*self._former, *earlier._former)))
        self.listing.follow(earlier.listing)

    def known(self, row: Any) -> bool:
        """Whether this row has been written."""
        return self.mark(row) in self._marks

    def ends(self, rows: Sequence[Any], walks_back: bool) -> bool:
        """Whether a page of `rows` is the last one with anything new.

        `walks_back` says that pages go back in time, however the rows of each are listed.
        """
        sure = walks_back or self.listing.ends_at_known
        return sure and all(self.known(row) for row in rows)

    def look(self, rows: Sequence[Any], times: Sequence[float]) -> None:
        """Find out by a body, before its rows are entered, in which order the vendor lists them."""
        self.listing.look([self.known(row) for row in rows], times)

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
        """Keep what was entered, so that a restart writes nothing twice; `rows` as in `to_save`."""
        for name, data in self.to_save(rows).items():
            self._store.put_state(name, data)

    def to_save(self, rows: int | None) -> dict[str, bytes]:
        """The saved states that hold what was entered; none where nothing was.

        `rows` is how many the last body had: were one of them forgotten, the next poll would
        bring it again, and push out another. None in the midst of a body: nothing is forgotten.
        """
        if not self._changed:
            return {}
        self._changed = False
        surplus = 0 if rows is None else len(self._marks) - max(REMEMBERED, rows)
        for mark in list(islice(self._marks, max(0, surplus))):
            del self._marks[mark]
        states = {self._state: orjson.dumps(list(self._marks))}
        if (votes := self.listing.saved()) is not None:
            states[f"order:{self._state}"] = votes
        return states

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

    __slots__ = ("_feeds", "_id", "_key", "_names", "_order", "_parts", "_store")

    def __init__(
        self,
        key: str,
        feed: str,
        names: Iterable[str],
        id_field: str | None,
        store: Store,
        order: Order = "auto",
    ) -> None:
        """`key` is where it writes, a pattern where values are taken; `feed` its own name."""
        self._key = key
        self._names = tuple(names)
        self._id = id_field
        self._store = store
        self._order: Order = order
        self._parts: dict[str, SeenRows] = {}
        # What was saved by feed, as it was at first, may be under any name that it had.
        self._feeds: tuple[str, ...] = (feed,)

    def was(self, feeds: Sequence[str]) -> None:
        """Feeds that are gone wrote to the same key, the latest first."""
        self._feeds = tuple(dict.fromkeys((*self._feeds, *feeds)))

    def of(self, values: Mapping[str, str]) -> SeenRows:
        """What was seen for one set of values."""
        return self._of(self._part(values))

    def keep(self, sets: Iterable[Mapping[str, str]]) -> None:
        """Hold no more than these: the store has what was seen for others, should they return."""
        held = {self._part(values) for values in sets}
        self._parts = {part: rows for part, rows in self._parts.items() if part in held}

    def follow(self, earlier: SeenByValues) -> None:
        """Go on with what was seen before an edit by the feed of this key, saved or not.

        Where the same feed wrote to another key, its rows say nothing of those that come now.
        """
        if earlier._key != self._key:
            self._feeds = ()
            return
        self.was(earlier._feeds)
        for part, rows in earlier._parts.items():
            self._of(part).follow(rows)

    def _part(self, values: Mapping[str, str]) -> str:
        return part_of({name: values[name] for name in self._names})

    def _of(self, part: str) -> SeenRows:
        if part not in self._parts:
            former = [_name(feed, part) for feed in self._feeds]
            listing = Listing(self._order)
            name = _name(self._key, part)
            self._parts[part] = SeenRows(name, self._id, self._store, former, listing)
        return self._parts[part]


def _name(feed: str, part: str) -> str:
    return f"{feed}|{part}" if part else feed
