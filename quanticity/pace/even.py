"""Even starts: a group that wants more than it can have takes its slots at an even pace.

Its slots come back a window after they were taken. Taken in a bunch they come back in a bunch,
window after window, and who just misses one waits for the next. Taken evenly, each waits alike.
But what runs of several requests give back at a time is taken at a time: nobody else would use it.
"""

from __future__ import annotations

from collections.abc import Sequence

from quanticity.pace.limits import BudgetSpec
from quanticity.pace.table import GROUPS
from quanticity.pace.tally import Tally
from quanticity.pace.views import Refusal

# Starts are this much closer than even, so that what was missed is made up for. Where processes
# share a budget they are as close as with so many slots more: each learns late of what is free.
HASTE, MORE = 1.1, 4.0


class Even:
    """The pace of each group of one budget.

    Until `settled_at` much of what is wanted is new: as many may start as there are slots.
    """

    __slots__ = (
        "_known",
        "_least",
        "_lumps",
        "_main",
        "_more",
        "_next",
        "_pool",
        "_tally",
        "settled_at",
    )

    def __init__(self, spec: BudgetSpec, tally: Tally) -> None:
        self.settled_at = 0.0
        self._tally, self._main = tally, tally.main
        self._pool = 0 if spec.main is None else spec.main.usable - spec.reserve
        self._least: Sequence[float] = (0.0,) * GROUPS
        self._next = [0.0] * GROUPS
        self._more = 0.0
        self._lumps: Sequence[int] = (1,) * GROUPS
        # The gap that the group that asked last had to keep.
        self._known = 0.0

    def plan(self, scarce: Sequence[float], lumps: Sequence[int], *, shared: bool = False) -> None:
        """Slots a window that each group can have here where it plans more, else 0.

        `lumps` are how many slots come back to each group at a time, and `shared` says that other
        processes draw on the budget, too.
        """
        self._least, self._lumps, self._more = scarce, lumps, MORE if shared else 0.0

    def refusal(self, rank: int, now: float) -> Refusal | None:
        """None where the group may start one more."""
        if not self._least[rank] or now < self.settled_at:
            return None
        # One that was missed may follow at once; where slots come back in a lump, as many.
        self._known = gap = self._gap(rank, now)
        ready = self._next[rank] - gap * self._lumps[rank]
        return Refusal(ready, "starts are spread") if now < ready else None

    def granted(self, rank: int, now: float) -> None:
        """A group is about to get a slot: the one that was just not refused."""
        if self._least[rank] and now >= self.settled_at:
            self._next[rank] = max(self._next[rank], now) + self._known

    def adopt(self, old: Even) -> None:
        """Take over from before a reload of the limits."""
        self.settled_at, self._next = old.settled_at, old._next

    def _gap(self, rank: int, now: float) -> float:
        """Seconds between two starts: whatever the others do not hold is the group's."""
        if self._main is None:
            return 0.0
        tally = self._tally
        left = self._pool - tally.held(self._main, now) + tally.groups[rank].held(now)
        return tally.windows[self._main].span / (HASTE * max(self._least[rank], left) + self._more)
