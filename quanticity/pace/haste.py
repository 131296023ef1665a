"""How fast loans may follow one another.

Lent slots come back together where they were lent together, and then whoever may borrow takes
them all at once again, over and over.
"""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.pace.table import GROUPS

# Lent slots start at most this much faster than they would if spread over the window evenly;
# this part of them may start at once.
HASTE = 2.0
AT_ONCE = 4


class Haste:
    """The pace of each group that borrows, out of a `pool` and beyond its own share."""

    __slots__ = ("_paced_at", "lumps", "pool")

    def __init__(self) -> None:
        self.pool = 1
        # How many slots come back to each group at a time: so many may start at once, too.
        self.lumps: Sequence[int] = (1,) * GROUPS
        self._paced_at = [0.0] * GROUPS

    def look(self, size: int, held: Sequence[Sequence[float]], owned: Sequence[int]) -> None:
        """Of so many slots each group holds some, up to so many of which are its own."""
        taken = sum(min(own, len(slots)) for own, slots in zip(owned, held, strict=False))
        self.pool = max(1, size - taken)

    def ready(self, rank: int, share: int, span: float) -> float:
        """When the group may borrow again, of a window of `span` seconds."""
        pool = self.pool + share
        at_once = max(self.lumps[rank], pool / AT_ONCE)
        return self._paced_at[rank] - self._gap(pool, span) * (at_once - 1)

    def lent(self, rank: int, share: int, span: float, now: float) -> None:
        """It borrowed one slot more."""
        gap = self._gap(self.pool + share, span)
        self._paced_at[rank] = max(self._paced_at[rank], now) + gap

    def _gap(self, pool: int, span: float) -> float:
        return span / (HASTE * pool)
