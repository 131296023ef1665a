"""Rough bounds on what may be wanted, that spare a look ahead where there is room anyway."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from quanticity.pace.agenda import Agenda
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.others import Others
from quanticity.pace.table import GROUPS
from quanticity.pace.tally import Tally

BURST = -1
NEVER = float("inf")
# Requests slower than this (seconds) make a bound on what may be due too low.
SLOW = 1.0
# Over windows longer than this (seconds) what is due is not summed second by second.
SECONDS_SUMMED = 12.0


class Bounds:
    """The most that the jobs of one budget may want of its windows."""

    __slots__ = (
        "_again",
        "_has_shares",
        "_lengths",
        "_main",
        "_most",
        "_spec",
        "_tally",
        "_wanted",
        "agendas",
        "backlog",
        "left",
        "others",
        "pool",
    )

    def __init__(
        self,
        spec: BudgetSpec,
        tally: Tally,
        agendas: list[Agenda],
        backlog: list[int],
    ) -> None:
        self.agendas, self.backlog = agendas, backlog
        self.others = Others()
        # What may be lent beyond the shares; and of the last bound that was ample, what it left.
        self.pool = 1
        self.left = 0
        self._spec, self._tally = spec, tally
        self._has_shares = spec.has_shares
        self._main = tally.main
        # Seconds that requests of each window may be apart and yet count together.
        self._lengths = [window.span + SLOW for window in (*tally.windows, tally.burst)]
        self._most: dict[int, list[int]] = {}
        self._again: dict[int, list[int]] = {}
        self._wanted: list[int] | None = None

    def expect(self, jobs: Iterable[tuple[int, int, float]], close: Iterable[int]) -> None:
        """These are the jobs, (rank, calls, interval), and these the windows that are near."""
        known = list(jobs)
        self._most, self._again, self._wanted = {}, {}, None
        if self._main is not None:
            self._wanted = [0] * GROUPS
            length = self._lengths[self._main]
            for rank, calls, every in known:
                self._wanted[rank] += calls * (math.floor(length / every) + 1)
        for index in close:
            length = self._lengths[index]
            most, again = [0] * GROUPS, [0] * GROUPS
            for rank, calls, every in known:
                times = math.floor(length / every)
                for lower in range(rank + 1, GROUPS):
                    most[lower] += calls * (times + 1)
                    again[lower] += calls * times
            self._most[index], self._again[index] = most, again

    def ample(self, index: int, rank: int, now: float, rooms: Sequence[int]) -> bool:
        """Even if all higher groups wanted their most of a near window, there is room."""
        most = self._most.get(index)
        trip = self._tally.trip
        if most is None or (trip.high > SLOW and trip.longest(now) > SLOW):
            return False
        if index == BURST:
            left = (self._spec.burst or 0) - self._tally.burst.held(now)
        else:
            left = rooms[index]
            if self.others.there:
                left -= sum(self.others.needs(higher, NEVER) for higher in range(rank))
        self.left = left - most[rank]
        if self.left > 0:
            return True
        length = self._lengths[index]
        left -= self._again[index][rank]
        if length > SECONDS_SUMMED or left <= 0:
            return False
        until = now + length
        for agenda in self.agendas[:rank]:
            if until >= agenda.boundary:
                return False
            if agenda.next_due <= until:
                left -= agenda.first_dues(now, until)
        self.left = left
        return left > 0

    def plenty(self, rank: int, now: float, room: int, shares: Sequence[int]) -> bool:
        """Even with the shares of all higher groups fully taken there is room of the main one."""
        room -= self._spec.reserve
        for higher in range(rank):
            room -= max(0, shares[higher] - self._tally.held_by(higher, now))
        self.left = room
        return room >= 1

    def roomy(self, rank: int, now: float, room: int, planned: Sequence[int], *, own: bool) -> bool:
        """Even if others wanted their most of the main window at once, there is room.

        `room` is how many of its slots are free, and `planned` are the shares; a group of its
        `own` share has to leave less to others.
        """
        tally, spec = self._tally, self._spec
        if self._main is None or self._wanted is None or tally.trip.slower(SLOW, now):
            return False
        left = room - spec.reserve - sum(self.backlog[:rank])
        if self.others.there:
            left -= sum(self.others.needs(higher, NEVER) for higher in range(rank))
        if left < 1:
            return False
        pool = spec.windows[self._main].usable - spec.reserve
        for group, share in enumerate(planned):
            held = tally.held_by(group, now)
            pool -= min(share, held) if group or self._has_shares else held
            if group < rank and (group == 0 or not own):
                left -= self._wanted[group]
            elif group < rank or not own:
                left -= max(0, share - held)
        if left < 1:
            return False
        until = now + self._lengths[self._main]
        if any(until >= agenda.boundary for agenda in self.agendas[:rank]):
            return False
        self.pool = max(1, pool)
        self.left = left
        return True
