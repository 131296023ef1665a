"""When the jobs of one group are due: a heap, and a look at what is coming."""

from __future__ import annotations

import heapq

from quanticity.pace.phases import grid_after
from quanticity.pace.rules import Rule
from quanticity.pace.turns import NEVER, Turn


class Agenda:
    """The due times of one group of one budget. Times are steady epoch seconds."""

    __slots__ = ("_heap", "_serial", "boundary", "next_rule")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Turn]] = []
        self._serial = 0
        # From the next session boundary on, another rule sets the intervals.
        self.boundary = NEVER
        self.next_rule = Rule()

    def set(self, turn: Turn, due: float) -> None:
        """The turn is next due at `due`; what was set before no longer counts."""
        self._serial += 1
        turn.serial = self._serial
        turn.due = due
        if due < NEVER:
            heapq.heappush(self._heap, (due, self._serial, turn))

    def drop(self, turn: Turn) -> None:
        """The turn is no longer expected."""
        turn.serial = 0

    def next_due(self) -> float:
        """When the next turn is due; inf where none is."""
        heap = self._heap
        while heap and heap[0][2].serial != heap[0][1]:
            heapq.heappop(heap)
        return heap[0][0] if heap else NEVER

    def pop(self, now: float) -> Turn | None:
        """The earliest turn due at `now`, taken off the agenda; None where none is."""
        if self.next_due() > now:
            return None
        turn = heapq.heappop(self._heap)[2]
        turn.serial = 0
        return turn

    def upcoming(self, until: float) -> list[tuple[float, int]]:
        """Due times up to `until` and the slots each may need, in no order."""
        found: list[tuple[float, int]] = []
        if self.next_due() > until:
            return found
        heap, boundary = self._heap, self.boundary
        size = len(heap)
        pending = [0]
        while pending:
            index = pending.pop()
            due, serial, turn = heap[index]
            if due > until:
                continue
            left = 2 * index + 1
            if left < size:
                pending.append(left)
                if left + 1 < size:
                    pending.append(left + 1)
            if turn.serial != serial:
                continue
            calls, every = turn.job.max_calls, turn.every
            found.append((due, calls))
            if every is None:
                continue
            if until < boundary:
                due += every
                while due <= until:
                    found.append((due, calls))
                    due += every
            else:
                self._past_boundary(turn, until, found)
        return found

    def count(self, until: float) -> int:
        """Slots that turns due up to `until` may need."""
        return sum(calls for _, calls in self.upcoming(until))

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
