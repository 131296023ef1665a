"""Exact counting of one window's slots.

A slot counts from the moment before its request is sent. Once its *base* is known (the moment
the response headers came, or the end of the grace of a lost request) it counts for the window's
length from there. The request arrived at the vendor no earlier than sent and no later than the
base, so whatever the delay, no window at the vendor can hold more than was ever held here.

Proof, for a rolling window of length W: of all requests that arrive within some W, let k be the
one granted last. It was granted no later than it arrived. Every other one arrived less than W
before that, so its base was less than W before, and it was still held when k was granted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import Protocol

from quanticity.pace.limits import WindowSpec

# The vendor's clock may run slightly faster than ours, and stamps are rounded.
MARGIN = 0.001
DRIFT = 5e-5
# How far the vendor's idea of a daily reset may lie from the nominal moment.
RESET_MARGIN = 2.0

_TRIM = 512
NEVER = float("inf")


class Wall(Protocol):
    """Translates steady time into the wall's: resets happen at a time of day."""

    def __call__(self, at: float) -> float:
        """The wall clock's epoch seconds at steady second `at`."""
        ...


class Window:
    """Slots of one window. All times are steady epoch seconds, given by the caller."""

    __slots__ = (
        "_first",
        "_moments",
        "_since",
        "_until",
        "changes_at",
        "count",
        "open",
        "slack",
        "span",
        "spec",
        "usable",
        "wall",
    )

    def __init__(self, spec: WindowSpec, wall: Wall, slack: float = 0.0) -> None:
        self.spec = spec
        self.usable = spec.usable
        self.wall = wall
        self.slack = slack
        self.span = spec.length + MARGIN + DRIFT * spec.length + slack
        self.open = 0
        # Bare numbers side by side: of hundreds of budgets no counts are at hand in the CPU.
        self._moments = array("d")
        self._first = 0
        # So many of them count until then: it is asked for far more often than it changes.
        self.count = 0
        self.changes_at = NEVER
        self._since = -1.0
        self._until = -1.0

    def add(self, base: float) -> None:
        """Count a slot whose base is known; where it was open, `open` is told by the caller."""
        moments = self._moments
        self.count += 1
        if not moments or base >= moments[-1]:
            moments.append(base)
            if self.count == 1:
                self.changes_at = 0.0 if self.spec.reset else base + self.span
        else:
            insort(moments, base, lo=self._first)
            self.changes_at = 0.0

    def held(self, now: float) -> int:
        """Slots held at `now`."""
        if now >= self.changes_at:
            self.count_anew(now)
        return self.count + self.open

    def count_anew(self, now: float) -> None:
        """Find how many count from `changes_at` on."""
        moments, first, reset = self._moments, self._first, self.spec.reset
        size = len(moments)
        floor = now - self.span if reset is None or first == size else self._floor(now)
        first = bisect_right(moments, floor, first)
        if first > _TRIM and first * 2 > size:
            # A wall clock that is set back may bring the last period back.
            gone = first if reset is None else bisect_right(moments, floor - self.spec.length)
            del moments[:gone]
            size -= gone
            first -= gone
        self._first = first
        self.count = size - first
        if first == size:
            self.changes_at = NEVER
        else:
            self.changes_at = moments[first] + self.span if reset is None else self._until

    def seen_since(self, moment: float) -> int:
        """Slots that were held at `moment` or taken since, in the recent past."""
        floor = moment - self.span if self.spec.reset is None else self._floor(moment)
        return len(self._moments) - bisect_right(self._moments, floor) + self.open

    def held_at(self, moment: float) -> int:
        """Of the slots held now, how many will still be at `moment` (open ones count)."""
        if self.spec.reset is not None:
            return self.held(moment) if moment < self._until else self.open
        at = bisect_right(self._moments, moment - self.span, lo=self._first)
        return len(self._moments) - at + self.open

    def frees_at(self, now: float, room: int = 1) -> float:
        """When `room` more slots than now will be free, if no more are taken; inf if unknown."""
        self.held(now)
        index = self._first + room - 1
        if index >= len(self._moments):
            return NEVER
        if self.spec.reset is not None:
            self._floor(now)
            return self._until
        return self._moments[index] + self.span

    def replace(self, bases: Sequence[float]) -> None:
        """Count these slots, ascending, and no others."""
        self._moments = array("d", bases)
        self._count_all()

    def bases(self, now: float) -> list[float]:
        """Bases of the slots held at `now` that are not open, ascending."""
        self.held(now)
        return self._moments[self._first :].tolist()

    def period(self, now: float) -> tuple[float, float]:
        """From when slots count at `now`, and (for a window with a reset) until when."""
        if self.spec.reset is None:
            return now - self.span, NEVER
        return self._floor(now), self._until

    def forget_period(self) -> None:
        """The wall clock was set: find the period anew, and what counts in it."""
        self._until = -1.0
        self._count_all()

    def adopt(self, other: Window | None, now: float) -> None:
        """Take over the slots of a window that this one replaces at a reload."""
        if other is None:
            return
        self.open = other.open
        self._moments = array("d", other.bases(now))
        self._count_all()

    def _count_all(self) -> None:
        """Nothing is known to have run off: that is found out when it is asked for."""
        self._first, self.count, self.changes_at = 0, len(self._moments), 0.0

    def _floor(self, now: float) -> float:
        if now >= self._until:
            self._turn(now)
        return self._since

    def _turn(self, now: float) -> None:
        """Find the period that `now` lies in; near a reset, slots count on both sides of it."""
        if self.spec.reset is None:
            return
        reset, wall = self.spec.reset, self.wall(now)
        shift = now - wall
        before, last, following = reset.around(wall)
        if wall < reset.between(last)[1] + RESET_MARGIN:
            last, following = before, last
        self._since = reset.between(last)[0] - RESET_MARGIN + shift
        self._until = reset.between(following)[1] + RESET_MARGIN + shift
