"""What waits for a slot: the first request of a run, a later one of it, or something extra."""

from __future__ import annotations

import heapq
import math
from bisect import insort
from collections.abc import Callable, Iterator

from quanticity.pace.slots import HeldSlot
from quanticity.pace.table import GROUPS
from quanticity.pace.turns import Turn


class Claim:
    """One wish for one slot. `deadline` is when it is given up, steady seconds."""

    __slots__ = (
        "begins",
        "deadline",
        "gone",
        "hold",
        "order",
        "rank",
        "scheduled",
        "take",
        "turn",
        "waits",
    )

    def __init__(
        self,
        rank: int,
        order: float,
        hold: float,
        *,
        scheduled: bool,
        turn: Turn | None = None,
        begins: bool = False,
    ) -> None:
        self.rank = rank
        self.order = order
        self.hold = hold
        self.scheduled = scheduled
        self.turn = turn
        self.begins = begins
        # Who waits for it: None where a run is to begin.
        self.take: Callable[[HeldSlot], None] | None = None
        self.deadline: float | None = None
        self.gone = False
        self.waits = False


class Queue:
    """Claims by due time: the earliest unmet one first. `heap` is empty where nobody waits."""

    __slots__ = ("_serial", "heap")

    def __init__(self) -> None:
        self.heap: list[tuple[float, int, Claim]] = []
        self._serial = 0

    def push(self, claim: Claim) -> None:
        """Add one; of two with the same order the earlier added comes first."""
        self._serial += 1
        claim.waits = True
        heapq.heappush(self.heap, (claim.order, self._serial, claim))

    def pop(self) -> None:
        """Take the head off."""
        heapq.heappop(self.heap)[2].waits = False


class Deadlines:
    """Until when those claims wait that do not wait for ever, wherever they are in line.

    `heap` is empty where there are none.
    """

    __slots__ = ("_serial", "heap")

    def __init__(self) -> None:
        self.heap: list[tuple[float, int, Claim]] = []
        self._serial = 0

    def add(self, claim: Claim, deadline: float) -> None:
        """The claim is given up after `deadline`."""
        self._serial += 1
        heapq.heappush(self.heap, (deadline, self._serial, claim))

    def next(self) -> float:
        """When the first claim that still waits is given up; inf where none is."""
        heap = self.heap
        while heap and (heap[0][2].gone or not heap[0][2].waits):
            heapq.heappop(heap)
        return heap[0][0] if heap else math.inf

    def passed(self, now: float) -> Claim | None:
        """One that waited for too long, taken off; None where there is none."""
        if self.next() >= now:
            return None
        return heapq.heappop(self.heap)[2]


class Waiting:
    """All who wait for a slot of one budget."""

    __slots__ = ("deadlines", "lines", "taken")

    def __init__(self) -> None:
        # In the order in which they are served: of each group what was not scheduled first.
        self.lines = [(place // 2, Queue()) for place in range(2 * GROUPS)]
        # Those in which somebody may wait, in that order: mostly few, and they are served often.
        self.taken: list[int] = []
        self.deadlines = Deadlines()

    def turns(self) -> Iterator[Turn]:
        """Those that wait for the first slot of a run."""
        for _, queue in self.lines:
            for _, _, claim in queue.heap:
                if claim.begins and claim.turn is not None and claim.turn.waiting:
                    yield claim.turn

    def add(self, claim: Claim) -> None:
        """Line up."""
        place = 2 * claim.rank + claim.scheduled
        if place not in self.taken:
            insort(self.taken, place)
        self.lines[place][1].push(claim)
        if claim.deadline is not None:
            self.deadlines.add(claim, claim.deadline)
