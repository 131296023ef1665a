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
from functools import cache

from quanticity.pace.limits import WindowSpec
from quanticity.pace.period import Period, Wall

# The vendor's clock may run slightly faster than ours, and stamps are rounded.
MARGIN = 0.001
DRIFT = 5e-5

_TRIM = 512
NEVER = float("inf")


@cache
def _span(length: float, slack: float) -> float:
    """For how long a slot counts: one number for all budgets, which is at hand in the CPU."""
    return length + MARGIN + DRIFT * length + slack


class Window:
    """Slots of one window. All times are steady epoch seconds, given by the caller."""

    # Few, and what only windows with a reset need stands elsewhere: of hundreds of budgets none
    # of this is at hand.
    __slots__ = (
        "_first",
        "_moments",
        "_period",
        "changes_at",
        "count",
        "open",
        "span",
        "spec",
        "usable",
    )

    def __init__(self, spec: WindowSpec, wall: Wall, slack: float = 0.0) -> None:
        self.spec = spec
        self.usable = spec.usable
        self.span = _span(spec.length, slack)
        self.open = 0
        # Bare numbers side by side: of hundreds of budgets no counts are at hand in the CPU.
        self._moments = array("d")
        self._first = 0
        # So many of them count until then: it is asked for far more often than it changes.
        self.count = 0
        self.changes_at = NEVER
        self._period = None if spec.reset is None else Period(spec.reset, wall)

    def add(self, base: float) -> None:
        """Count a slot whose base is known; where it was open, `open` is told by the caller."""
        moments = self._moments
        self.count += 1
        if not moments or base >= moments[-1]:
            moments.append(base)
            if self.count == 1:
                self.changes_at = base + self.span if self._period is None else 0.0
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
        moments, first, period = self._moments, self._first, self._period
        size = len(moments)
        floor = now - self.span if period is None or first == size else period.since(now)
        first = bisect_right(moments, floor, first)
        if first > _TRIM and first * 2 > size:
            # A wall clock that is set back may bring the last period back.
            kept = floor - self.spec.length
            gone = first if period is None else bisect_right(moments, kept)
            del moments[:gone]
            size -= gone
            first -= gone
        self._first = first
        self.count = size - first
        if first == size:
            self.changes_at = NEVER
        else:
            self.changes_at = moments[first] + self.span if period is None else period.until

    def seen_since(self, moment: float) -> int:
        """Slots that were held at `moment` or taken since, in the recent past."""
        return len(self._moments) - bisect_right(self._moments, self._floor(moment)) + self.open

    def held_at(self, moment: float) -> int:
        """Of the slots held now, how many will still be at `moment` (open ones count)."""
        if self._period is not None:
            return self.held(moment) if moment < self._period.until else self.open
        at = bisect_right(self._moments, moment - self.span, lo=self._first)
        return len(self._moments) - at + self.open

    def frees_at(self, now: float, room: int = 1) -> float:
        """When `room` more slots than now will be free, if no more are taken; inf if unknown."""
        self.held(now)
        index = self._first + room - 1
        if index >= len(self._moments):
            return NEVER
        if self._period is not None:
            return self.period(now)[1]
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
        return self._floor(now), NEVER if self._period is None else self._period.until

    def forget_period(self) -> None:
        """The wall clock was set: find the period anew, and what counts in it."""
        if self._period is not None:
            self._period.forget()
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

    def _floor(self, moment: float) -> float:
        return moment - self.span if self._period is None else self._period.since(moment)
