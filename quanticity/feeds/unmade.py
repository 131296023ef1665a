"""Rows that stand in the raw stream, while their transform has not yet made its own of them.

The raw rows go first: a transform may take its time, fail, or end the process. What is still to be
made is saved in one step with them, and taken back in one step with what was made. So a run that
broke off between the two, by a crash or by its time-out, is made good by the next one: from what
is saved here, and not from the stream, which may have been capped since, or hold rows from before
the feed had a transform at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from quanticity.feeds.paths import MISSING
from quanticity.logs import logger
from quanticity.store.ports import Store

MOST_TRIES = 3
"""Starts that one row may end before it is given up."""
MOST_LEFT = 3000
"""Rows that may be left to make, for one key: each poll with a new row saves them once more."""
MOST_BYTES = 16_000_000
"""Bytes of JSON that those may have which still wait when new ones come; one alone may have any."""
_NOTHING = b"{}"


@dataclass(slots=True)
class Row:
    """A row as the stream holds it. `timestamp` and `received` are epoch seconds.

    `value` is what `text` says, for who takes it first: a transform may change it.
    """

    timestamp: float
    received: float
    text: bytes
    value: Any = MISSING

    def take(self) -> Any:
        """The value, or MISSING where somebody has had it: then the text is to be read."""
        value, self.value = self.value, MISSING
        return value


class Unmade:
    """Of one key of a feed. `left` are the rows whose transform has still to run, oldest first.

    `careful`: they have ended the process before, so what is made of each is written at once.
    """

    __slots__ = ("_bytes", "_name", "_restored", "_store", "_tries", "careful", "left")

    def __init__(self, key: str, store: Store) -> None:
        self._name = f"unmade:{key}"
        self._store = store
        self._restored = False
        self._tries = 0
        self._bytes = 0
        self.careful = False
        self.left: deque[Row] = deque()

    async def restore(self, now: float, life: float) -> int:
        """Take up, once, what an earlier run left; but not what has outlived `life` (seconds).

        How many rows that were. A row that ended the process each time, as far as can be known, is
        given up, and told.
        """
        if self._restored:
            return 0
        saved = await self._store.state(self._name)
        self._restored = True
        if saved is None or saved == _NOTHING:
            return 0
        told = orjson.loads(saved)
        rows, tries = told["rows"], told["tries"] + 1
        if tries > MOST_TRIES:
            # From the second try on rows were made one by one: it is the first of them.
            logger.error(
                "{}: a row stays without what its transform makes of it: {} starts ended meanwhile",
                *(self._name.removeprefix("unmade:"), MOST_TRIES),
            )
            rows, tries = rows[1:], 1
        for timestamp, received, text in rows:
            if now - received < life:
                self._append(Row(timestamp, received, text.encode()))
        self.careful, self._tries = tries > 1, tries
        # Written before any of them is tried: it may end the process.
        self._store.put_state(self._name, self._saved())
        await self._store.flush()
        return len(self.left)

    def add(self, rows: Sequence[Row]) -> dict[str, bytes]:
        """The saved state that goes out with these rows, behind those that are left.

        Where its transform is slower than its rows come, the oldest are given up, and told.
        """
        self._restored = True
        self.careful = self.careful and bool(self.left)
        surplus = 0
        # Only of those that waited before: none that comes now has had its turn.
        while self._bytes > MOST_BYTES and len(self.left) > 1:
            self.drop()
            surplus += 1
        for row in rows:
            self._append(row)
        while len(self.left) > MOST_LEFT:
            self.drop()
            surplus += 1
        if surplus:
            logger.error(
                "{}: {} rows stay without what its transform makes of them: it does not get "
                "through them in the time of a run",
                *(self._name.removeprefix("unmade:"), surplus),
            )
        return {self._name: self._saved()} if rows else {}

    def drop(self) -> None:
        """The first of them is made, or given up."""
        self._bytes -= len(self.left.popleft().text)

    def done(self) -> dict[str, bytes]:
        """The saved state that goes out with what was made of all but those that are left."""
        self._tries = 0
        return {self._name: self._saved()}

    def _append(self, row: Row) -> None:
        self.left.append(row)
        self._bytes += len(row.text)

    def _saved(self) -> bytes:
        if not self.left:
            return _NOTHING
        rows = [(row.timestamp, row.received, row.text.decode()) for row in self.left]
        return orjson.dumps({"tries": self._tries, "rows": rows})
