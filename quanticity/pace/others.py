"""What other processes that draw on the same budget will need, by what they told last.

They are looked ahead for as one's own jobs are. One that is not heard of any more is forgotten
when its word has run out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quanticity.clock import Session
from quanticity.pace.outlook import Outlook
from quanticity.pace.ports import Heard
from quanticity.pace.spread import Demand
from quanticity.pace.table import GROUPS

NEVER = float("inf")
# The clocks of two processes, as each reads the ledger's, differ by the way of an answer.
EARLY = 0.005


@dataclass(slots=True)
class _Process:
    heard: Heard
    outlook: Outlook


class Others:
    """The needs of all other processes of one budget. Times are steady epoch seconds."""

    __slots__ = (
        "_dues",
        "_known",
        "_lists",
        "_offset",
        "_until",
        "demand",
        "loans",
        "there",
        "waiting",
    )

    def __init__(self) -> None:
        self.demand = Demand({})
        # Slots that each group of theirs needs now.
        self.waiting = [0] * GROUPS
        # How many slots they had been lent when they were heard of last.
        self.loans = 0
        self._known: dict[str, _Process] = {}
        # Whether there are any.
        self.there = False
        self._until = NEVER
        self._offset = 0.0
        self._dues: list[tuple[Any, Any]] | None = None
        self._lists: list[list[float]] | None = None

    def learn(self, told: Sequence[Heard], offset: float, now: float) -> bool:
        """What each of them told last; `offset` is what the ledger's clock is ahead by.

        True where what they plan changed.
        """
        known: dict[str, _Process] = {}
        for heard in told:
            before = self._known.get(heard.process)
            outlook = before.outlook if before is not None else None
            if heard.outlook is not None:
                outlook = Outlook.unpack(heard.outlook)
            if outlook is not None and outlook.number == heard.number:
                known[heard.process] = _Process(heard, outlook)
        self._known, self._offset = known, offset
        return self._count(now)

    def _count(self, now: float) -> bool:
        alive = [one for one in self._known.values() if one.heard.until - self._offset > now]
        self._known = {one.heard.process: one for one in alive}
        self.there = bool(alive)
        self._until = min((one.heard.until - self._offset for one in alive), default=NEVER)
        self.waiting = [sum(one.heard.waiting[rank] for one in alive) for rank in range(GROUPS)]
        self._dues = self._lists = None
        demand = Demand({})
        for one in alive:
            demand = demand.plus(one.outlook.demand)
        changed = any(
            abs(demand.rate(session, rank) - self.demand.rate(session, rank)) > 1e-9
            for session in Session
            for rank in range(GROUPS)
        )
        self.demand = demand
        return changed

    @property
    def stopped_until(self) -> float:
        """Until when the vendor asked any of them to wait, as far as they told; 0 where it did not.

        That counts for all who share a token, and also when the one who heard it is gone.
        """
        moments = (
            one.outlook.made_at - self._offset + one.outlook.stopped
            for one in self._known.values()
            if one.outlook.stopped
        )
        return max(moments, default=0.0)

    def forget_silent(self, now: float) -> bool:
        """Forget those whose word has run out; True where that changes what is planned."""
        return now >= self._until and self._count(now)

    def dues(self, rank: int) -> tuple[Any, Any]:
        """When a group of theirs needs slots, ascending, and how many; past ones are overdue."""
        if self._dues is None:
            self._dues = [self._merge(rank) for rank in range(GROUPS)]
        return self._dues[rank]

    def upcoming_arrays(self, rank: int, now: float, until: float) -> tuple[Any, Any]:
        """Moments from `now` to `until` and the slots needed then; overdue ones are due now."""
        moments, calls = self.dues(rank)
        end = int(np.searchsorted(moments, until, "right"))
        return np.maximum(moments[:end], now), calls[:end]

    def upcoming(self, rank: int, now: float, until: float) -> list[tuple[float, int]]:
        """What `upcoming_arrays` has, as pairs."""
        moments, calls = self.upcoming_arrays(rank, now, until)
        return list(zip(moments.tolist(), calls.tolist(), strict=True))

    def needs(self, rank: int, until: float) -> int:
        """Slots that a group of theirs needs by then, with those that wait."""
        if not self._known:
            return 0
        moments, calls = self.dues(rank)
        end = int(np.searchsorted(moments, until, "right"))
        return self.waiting[rank] + int(calls[:end].sum())

    def next_due(self, rank: int, now: float) -> float:
        """When a group of theirs is due next after `now`; inf where none is known to be."""
        if not self._known:
            return NEVER
        if self._lists is None:
            self._lists = [self.dues(one)[0].tolist() for one in range(GROUPS)]
        moments = self._lists[rank]
        at = bisect_right(moments, now)
        return moments[at] if at < len(moments) else NEVER

    def overdue(self, now: float) -> bool:
        """Whether something was due since they were heard of: it may be held by now."""
        return any(
            len(moments) and moments[0] + EARLY <= now
            for moments, _ in (self.dues(rank) for rank in range(GROUPS))
        )

    def _merge(self, rank: int) -> tuple[Any, Any]:
        moments, calls = [np.zeros(0)], [np.zeros(0, np.int64)]
        for one in self._known.values():
            steps, needed = one.outlook.dues[rank]
            since = steps * one.outlook.step
            first = int(np.searchsorted(since, one.heard.at, "right"))
            moments.append(since[first:] + (one.outlook.made_at - self._offset - EARLY))
            calls.append(needed[first:])
        together, needs = np.concatenate(moments), np.concatenate(calls)
        if len(self._known) > 1:
            order = np.argsort(together, kind="stable")
            together, needs = together[order], needs[order]
        return together, needs
