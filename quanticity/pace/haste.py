"""How fast loans may follow one another.

Lent slots come back together where they were lent together, and then whoever may borrow takes
them all at once again, over and over.
"""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.pace.table import GROUPS

# Lent slots start at most this much faster than they would if spread over the window evenly;
# this part of them may start at once, and as many as come back at a time.
HASTE = 2.0
AT_ONCE = 4


class Haste:
    """The pace of each group that borrows, out of a `pool` and beyond its own share."""

    __slots__ = ("_ahead", "_since", "lumps", "pool")

    def __init__(self) -> None:
        self.pool = 1
        # How many slots come back to each group at a time.
        self.lumps: Sequence[int] = (1,) * GROUPS
        # How many slots each group was ahead of its pace by, and when: what it borrowed out of a
        # small pool is no reason to wait for long once that is large.
        self._ahead = [0.0] * GROUPS
        self._since = [0.0] * GROUPS

    def look(self, size: int, held: Sequence[Sequence[float]], owned: Sequence[int]) -> None:
        """Of so many slots each group holds some, up to so many of which are its own."""
        taken = sum(min(own, len(slots)) for own, slots in zip(owned, held, strict=False))
        self.pool = max(1, size - taken)

    def ready(self, rank: int, share: int, span: float) -> float:
        """When the group may borrow again, of a window of `span` seconds."""
        pool = self.pool + share
        at_once = max(self.lumps[rank], pool / AT_ONCE)
        gap = span / (HASTE * pool)
        return self._since[rank] + (self._ahead[rank] + 1 - at_once) * gap

    def lent(self, rank: int, share: int, span: float, now: float) -> None:
        """It borrowed one slot more."""
        gap = span / (HASTE * (self.pool + share))
        passed = (now - self._since[rank]) / gap
        self._ahead[rank] = max(0.0, self._ahead[rank] - passed) + 1
        self._since[rank] = now
