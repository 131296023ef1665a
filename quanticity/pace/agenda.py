"""When the jobs of one group are due: a heap, and a look at what is coming."""

from __future__ import annotations

import heapq
from collections.abc import MutableSequence
from typing import Any

import numpy as np

from quanticity.pace.phases import grid_after
from quanticity.pace.rules import Rule
from quanticity.pace.turns import NEVER, Turn

# Longer than any look ahead.
NO_INTERVAL = 1e15
# What is due up to so many times is listed one by one, however much else there is.
OFTEN = 64
# In a heap of fewer it is quicker to look at all than at those that come first.
FEW = 64


class Agenda:
    """The due times of one group of one budget. Times are steady epoch seconds."""

    __slots__ = (
        "_columns",
        "_dues",
        "_free",
        "_gone",
        "_heap",
        "_rank",
        "_seconds",
        "_serial",
        "boundary",
        "next_rule",
        "several",
    )

    def __init__(self, dues: MutableSequence[float] | None = None, rank: int = 0) -> None:
        """`dues` is where to write, at `rank`, when the next turn is due: four in one place."""
        self._dues = [NEVER] if dues is None else dues
        self._rank = rank
        self._heap: list[tuple[float, int, Turn]] = []
        # How many of those were set anew or dropped, and count no more.
        self._gone = 0
        self._serial = 0
        # Whether there ever was a turn of several slots.
        self.several = False
        # Slots that are due first within each second.
        self._seconds: dict[int, int] = {}
        # Due, interval and slots of each turn, once they were asked for: few turns never are.
        self._columns: Any = None
        self._free: list[int] = []
        # From the next session boundary on, another rule sets the intervals.
        self.boundary = NEVER
        self.next_rule = Rule()

    @property
    def next_due(self) -> float:
        """When the next turn is due; inf where none is."""
        return self._dues[self._rank]

    def set(self, turn: Turn, due: float) -> None:
        """The turn is next due at `due`; what was set before no longer counts."""
        was_set = turn.serial
        if was_set:
            self._forget(turn)
            self._gone += 1
        turn.due = due
        if due < NEVER:
            self._serial = turn.serial = serial = self._serial + 1
            heap = self._heap
            heapq.heappush(heap, (due, serial, turn))
            self._foresee(turn)
            if heap[0][1] == serial:
                self._dues[self._rank] = due
                return
        if was_set:
            self._look()

    def drop(self, turn: Turn) -> None:
        """The turn is no longer expected."""
        if turn.serial:
            self._forget(turn)
            self._gone += 1
            self._look()

    def leave(self, turn: Turn) -> None:
        """The turn will never be set again."""
        self.drop(turn)
        if turn.place >= 0:
            self._free.append(turn.place)
            turn.place = -1

    def changed(self, turn: Turn) -> None:
        """The interval or the calls of the turn changed."""
        turn.listed = -1.0
        if turn.serial:
            serial = turn.serial
            self._forget(turn)
            turn.serial = serial
            self._foresee(turn)

    def _foresee(self, turn: Turn) -> None:
        due, calls, seconds = turn.due, turn.job.max_calls, self._seconds
        if calls > 1:
            self.several = True
        turn.second = second = int(due)
        turn.foreseen = calls
        seconds[second] = seconds.get(second, 0) + calls
        if self._columns is not None:
            self._write(turn)

    def _write(self, turn: Turn) -> None:
        """Give the turn its column."""
        place, every = turn.place, turn.every
        if every is not None and turn.overlap:
            every *= 1 + turn.overlap
        if place < 0:
            if not self._free:
                size = self._columns.shape[1]
                self._columns = np.hstack((self._columns, np.full((3, size), NEVER)))
                self._free = list(range(2 * size - 1, size - 1, -1))
            place = turn.place = self._free.pop()
        elif turn.listed == every:
            self._columns[0, place] = turn.due
            return
        columns = self._columns
        columns[:, place] = turn.due, every or NO_INTERVAL, turn.job.max_calls
        turn.listed = every

    def _forget(self, turn: Turn) -> None:
        turn.serial = 0
        second = turn.second
        left = self._seconds[second] - turn.foreseen
        if left:
            self._seconds[second] = left
        else:
            del self._seconds[second]
        if turn.place >= 0:
            self._columns[0, turn.place] = NEVER

    def _look(self) -> None:
        """Find the next that counts: those that were set anew or dropped do not."""
        heap = self._heap
        while self._gone and heap[0][2].serial != heap[0][1]:
            heapq.heappop(heap)
            self._gone -= 1
        self._dues[self._rank] = heap[0][0] if heap else NEVER

    def pop(self) -> Turn:
        """The earliest turn of all, taken off the agenda; there is one."""
        turn = heapq.heappop(self._heap)[2]
        self._forget(turn)
        self._look()
        return turn

    def __len__(self) -> int:
        return len(self._heap)

    def first_dues(self, now: float, until: float) -> int:
        """Slots of turns whose next due time lies in the seconds from `now` to `until`."""
        seconds = self._seconds
        total = 0
        for second in range(int(now), int(until) + 1):
            total += seconds.get(second, 0)
        return total

    def upcoming_arrays(self, until: float, most: int | None = None) -> tuple[Any, Any]:
        """What `upcoming` lists, as two arrays.

        Where they would be longer than `most`, what is due very often is gathered: several of its
        slots are listed at the moment of the first of them.
        """
        if until >= self.boundary:
            found = np.array(self.upcoming(until)).reshape(-1, 2)
            return found[:, 0], found[:, 1]
        if self._columns is None:
            self._columns, self._free = np.full((3, 16), NEVER), list(range(15, -1, -1))
            for _, serial, turn in self._heap:
                if turn.serial == serial:
                    self._write(turn)
        columns = self._columns
        dues, every, calls = columns[:, columns[0] <= until]
        times = ((until - dues) // every).astype(np.int64) + 1
        if most is not None and times.sum() > most:
            together = -(-times // max(OFTEN, most // len(times)))
            times = -(-times // together)
            every, calls = every * together, calls * together
        number = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        moments = np.repeat(dues, times) + number * np.repeat(every, times)
        return moments, np.repeat(calls, times)

    def upcoming(self, until: float) -> list[tuple[float, int]]:
        """Due times up to `until` and the slots each may need, in no order.

        The next one of each turn, and those after it that will not fall into a run, by the last.
        """
        found: list[tuple[float, int]] = []
        if self._dues[self._rank] > until:
            return found
        boundary = self.boundary
        for due, serial, turn in self._heap if len(self._heap) < FEW else self._first(until):
            if due > until or turn.serial != serial:
                continue
            calls, every = turn.job.max_calls, turn.every
            found.append((due, calls))
            if every is None:
                continue
            if until < boundary:
                # Kept for one that falls into a run a slot stands idle: it is passed over.
                every *= 1 + turn.overlap
                at = due + every
                while at <= until:
                    found.append((at, calls))
                    at += every
            else:
                self._past_boundary(turn, until, found)
        return found

    def _first(self, until: float) -> list[tuple[float, int, Turn]]:
        """What the heap has up to `until`, without a look at all the rest."""
        heap, pending = self._heap, [0]
        found: list[tuple[float, int, Turn]] = []
        while pending:
            index = pending.pop()
            if index < len(heap) and heap[index][0] <= until:
                found.append(heap[index])
                pending += 2 * index + 1, 2 * index + 2
        return found

    def runs(self, until: float) -> int:
        """How many are due up to `until`."""
        return len(self.upcoming(until))

    def _past_boundary(self, turn: Turn, until: float, found: list[tuple[float, int]]) -> None:
        every, interval, calls = turn.every, turn.job.interval, turn.job.max_calls
        if every is None or interval is None:
            return
        due = grid_after(turn.due, every, turn.phase)
        while due <= min(until, self.boundary):
            found.append((due, calls))
            due += every
        every = self.next_rule.interval(interval)
        due = grid_after(max(self.boundary, turn.due), every, turn.phase)
        while due <= until:
            found.append((due, calls))
            due += every
