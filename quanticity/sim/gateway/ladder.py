"""A book as its changes make it."""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

from quanticity.sim.market.books import Book
from quanticity.sim.market.changes import Change

ASK, BID = 0, 1
INSERT, UPDATE, DELETE = 0, 1, 2


class Row(NamedTuple):
    """One row: a price, a size, a venue."""

    price: float
    size: int
    venue: str


class Step(NamedTuple):
    """One row that is told."""

    position: int
    operation: int
    side: int
    row: Row


class Ladder:
    """Both sides, best first: `sides[0]` asks, `sides[1]` bids."""

    def __init__(self) -> None:
        self.sides: tuple[list[Row], list[Row]] = ([], [])

    @classmethod
    def of(cls, book: Book | None, venue: str = "", rows: int = 10) -> Ladder:
        """A book's best rows, of one venue alone where it is named; empty for no book."""
        ladder = cls()
        if book is not None:
            for side, levels in ((ASK, book.asks), (BID, book.bids)):
                found = [
                    Row(float(level.price), int(level.size), level.venue)
                    for level in levels
                    if not venue or level.venue == venue
                ]
                ladder.sides[side].extend(found[:rows])
        return ladder

    def apply(self, change: Change) -> None:
        """Take one step."""
        rows = self.sides[change.side]
        row = Row(float(change.price), int(change.size), change.venue)
        if change.operation == INSERT:
            rows.insert(change.position, row)
        elif change.operation == UPDATE:
            rows[change.position] = row
        else:
            del rows[change.position]

    def towards(self, other: Ladder) -> list[Step]:
        """The steps that lead from here to another, by position; rows that go are last first."""
        steps = []
        for side in (ASK, BID):
            mine, theirs = self.sides[side], other.sides[side]
            for position, row in enumerate(theirs):
                if position >= len(mine):
                    steps.append(Step(position, INSERT, side, row))
                elif mine[position] != row:
                    steps.append(Step(position, UPDATE, side, row))
            gone = range(len(mine) - 1, len(theirs) - 1, -1)
            steps += [Step(position, DELETE, side, mine[position]) for position in gone]
        return steps

    @property
    def top(self) -> tuple[float, float, int, int]:
        """Best bid and ask, and what all venues show there; zeros where a side is empty."""
        (ask, ask_size), (bid, bid_size) = (_best(rows) for rows in self.sides)
        return bid, ask, bid_size, ask_size


def _best(rows: list[Row]) -> tuple[float, int]:
    if not rows:
        return 0.0, 0
    price = rows[0].price
    return price, sum(row.size for row in takewhile(lambda row: row.price == price, rows))
