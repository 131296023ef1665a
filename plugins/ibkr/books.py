"""Depth of market: rows that are inserted, updated and deleted by position."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1
_OPERATIONS = {INSERT: "insert", UPDATE: "update", DELETE: "delete"}
_SIDES = {ASK: "ask", BID: "bid"}
# More rows than anybody may ask for: what lies beyond is a broken line's.
_MOST_ROWS = 60
_MOST_DELTAS = 20_000


class Row(NamedTuple):
    """One level: a price, how much stands there, and who shows it."""

    price: float
    size: float
    venue: str


class Delta(NamedTuple):
    """One message as it came, at epoch second `time`."""

    time: float
    operation: int
    side: int
    position: int
    price: float
    size: float
    venue: str

    def as_row(self) -> list[Any]:
        """As it is written to `orderflow:ibkr:L2`."""
        told = _OPERATIONS.get(self.operation, str(self.operation))
        side = _SIDES.get(self.side, str(self.side))
        return [self.time, told, side, self.position, self.price, self.size, self.venue]


class DepthBook:
    """One instrument's rows since it was last subscribed to or reset. Nothing in it is older."""

    def __init__(self, venue: Callable[[str], str]) -> None:
        self._venue = venue
        self._sides: tuple[list[Row], list[Row]] = ([], [])
        self.time = 0.0
        self.messages = 0
        self.bad = self.dropped = 0
        self.deltas: list[Delta] = []

    def reset(self) -> None:
        """Empty it: what comes next is a whole book again."""
        for rows in self._sides:
            rows.clear()
        self.deltas.clear()
        self.time = 0.0

    def apply(
        self,
        now: float,
        position: int,
        maker: str,
        operation: int,
        side: int,
        price: float,
        size: float,
    ) -> bool:
        """Take one message in. False, and counted, where it fits no row that there is.

        A row that is inserted pushes the lower ones down; one that is deleted lets them up.
        """
        self.messages += 1
        if side not in (ASK, BID) or not 0 <= position < _MOST_ROWS:
            self.bad += 1
            return False
        rows = self._sides[side]
        venue = self._venue(maker)
        # A row beyond the end of the list: those between were never told.
        if operation == DELETE:
            fits = position < len(rows)
            if fits:
                del rows[position]
        elif operation == INSERT:
            fits = position <= len(rows)
            if fits:
                rows.insert(position, Row(price, size, venue))
        elif operation == UPDATE:
            fits = position <= len(rows)
            if position < len(rows):
                rows[position] = Row(price, size, venue)
            elif fits:
                rows.append(Row(price, size, venue))
        else:
            fits = False
        if not fits:
            self.bad += 1
            return False
        self.time = now
        self._keep(Delta(now, operation, side, position, price, size, venue))
        return True

    def _keep(self, delta: Delta) -> None:
        """Keep a change until it is drained; where nobody does, the newest are worth more."""
        if len(self.deltas) >= _MOST_DELTAS:
            self.dropped += _MOST_DELTAS // 2
            del self.deltas[: _MOST_DELTAS // 2]
        self.deltas.append(delta)

    def drain(self) -> list[Delta]:
        """The messages since the last call."""
        found, self.deltas = self.deltas, []
        return found

    def side(self, side: int, levels: int) -> list[Row]:
        """The best rows of a side; those without a price or a size are left out."""
        sign = 1 if side == ASK else -1
        rows = [row for row in self._sides[side] if row.price > 0 and row.size > 0]
        rows.sort(key=lambda row: sign * row.price)
        return rows[:levels]

    @property
    def is_whole(self) -> bool:
        """Whether both sides have come since it was reset."""
        return bool(self._sides[ASK]) and bool(self._sides[BID])

    def as_book(self, symbol: str, levels: int = 10) -> dict[str, Any]:
        """The book as everybody reads it."""
        return {
            "symbol": symbol,
            "time": self.time,
            "bids": [list(row) for row in self.side(BID, levels)],
            "asks": [list(row) for row in self.side(ASK, levels)],
            "kind": "depth",
        }
