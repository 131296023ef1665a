"""What waits for a slot: the first request of a run, a later one of it, or something extra."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from quanticity.pace.slots import HeldSlot
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
        take: Callable[[HeldSlot], None] | None = None,
    ) -> None:
        self.rank = rank
        self.order = order
        self.hold = hold
        self.scheduled = scheduled
        self.turn = turn
        self.begins = begins
        self.take = take
        self.deadline: float | None = None
        self.gone = False


class Queue:
    """Claims by deadline: the earliest unmet due time first."""

    __slots__ = ("_heap", "_serial")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Claim]] = []
        self._serial = 0

    def push(self, claim: Claim) -> None:
        """Add one; of two with the same order the earlier added comes first."""
        self._serial += 1
        heapq.heappush(self._heap, (claim.order, self._serial, claim))

    def head(self) -> Claim | None:
        """The first, still waiting."""
        heap = self._heap
        while heap and heap[0][2].gone:
            heapq.heappop(heap)
        return heap[0][2] if heap else None

    def pop(self) -> None:
        """Take the head off."""
        heapq.heappop(self._heap)

    def __bool__(self) -> bool:
        return self.head() is not None
