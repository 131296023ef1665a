"""What the store holds of the keys that are read here; a view is decoded once for each seq."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

from quanticity.views import Stored
from quanticity.views.base import stored

Order = tuple[int, int]


def order(seq: str) -> Order:
    """A seq as what sorts: `1767625200123-7` is (1767625200123, 7)."""
    moment, _, number = seq.partition("-")
    return int(moment), int(number or 0)


class Slot:
    """The newest value of one latest key."""

    __slots__ = ("_views", "stored")

    def __init__(self, text: bytes) -> None:
        """Raises `msgspec.DecodeError` where the text is no envelope."""
        self.stored: Stored = stored(text)
        self._views: dict[Any, Any] = {}

    def view(self, kind: Any) -> Any:
        """The value as a `kind`; whatever its decoder raises, it raises again without decoding."""
        found = self._views.get(kind)
        if found is None:
            try:
                found = kind.of(self.stored)
            except Exception as error:  # noqa: BLE001  # a view may be a plugin's own
                found = error
            self._views[kind] = found
        if isinstance(found, Exception):
            raise found
        return found


class Tail:
    """Events of one key, oldest first, until every reader has seen them."""

    __slots__ = ("_events", "_last")

    def __init__(self) -> None:
        self._events: deque[tuple[Order, Stored]] = deque()
        self._last: Order = (0, 0)

    def __len__(self) -> int:
        return len(self._events)

    def add(self, text: bytes) -> bool:
        """Append one; False where it is known already.

        Raises `msgspec.DecodeError` where the text is no envelope, or its seq none.
        """
        one = stored(text)
        try:
            at = order(one.seq)
        except ValueError:
            raise msgspec.DecodeError(f"'{one.seq}' is no seq") from None
        if at <= self._last:
            return False
        self._last = at
        self._events.append((at, one))
        return True

    @property
    def last(self) -> str:
        """The seq of the newest one that came; "0-0" before the first."""
        return f"{self._last[0]}-{self._last[1]}"

    def after(self, cursor: str) -> Sequence[Stored]:
        """The events later than a seq."""
        at = order(cursor)
        if self._last <= at:
            return ()
        return [one for place, one in self._events if place > at]

    def has_after(self, cursor: str) -> bool:
        """Whether anything is later than a seq."""
        return bool(self._events) and self._last > order(cursor)

    def forget(self, cursor: str) -> None:
        """Let go of what everybody has seen: up to a seq."""
        at = order(cursor)
        while self._events and self._events[0][0] <= at:
            self._events.popleft()
