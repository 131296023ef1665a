"""What one run is handed: its due time, and the way to its slots."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from quanticity.pace.budget import Budget
from quanticity.pace.claims import Claim
from quanticity.pace.slots import HeldSlot
from quanticity.pace.turns import Turn


class RunLane:
    """The lane of one run. Slots that the run forgot to end are ended when it is closed."""

    __slots__ = ("_budget", "_first", "_order", "_slots", "_turn", "due", "waits")

    def __init__(
        self, budget: Budget, turn: Turn, first: HeldSlot, due: float, order: float
    ) -> None:
        self._budget = budget
        self._turn = turn
        self._first: HeldSlot | None = first
        self._slots: list[HeldSlot] = [first]
        self._order = order
        self.due = due
        # How many times it stands in line for a slot beyond the first.
        self.waits = 0

    async def slot(self) -> HeldSlot:
        """The first at once; later ones in the group's order, by the run's due time."""
        first = self._first
        if first is not None:
            self._first = None
            return first
        turn, gate = self._turn, self._budget.gate
        # What goes beyond the declared calls was not scheduled: a retry.
        scheduled = turn.owing > self.waits
        hold = turn.job.timeout + gate.spec.grace
        claim = Claim(turn.rank, self._order, hold, scheduled=scheduled, turn=turn)
        self.waits += 1
        try:
            slot = await wait_for_slot(self._budget, claim)
        finally:
            self.waits -= 1
        self._slots.append(slot)
        return slot

    def close(self) -> None:
        """The run is over: an unused slot goes back, a forgotten one counts as lost."""
        if self._first is not None:
            self._first.unsent()
            self._first = None
        for slot in self._slots:
            if slot.in_flight:
                slot.done()


# How often those who are to end are looked at.
LOOK = 0.02


async def let_end(tasks: Mapping[RunLane, asyncio.Task[None]], grace: float) -> None:
    """Give runs `grace` seconds to end, then cancel them; no slot is handed out any more.

    So one that waits for a slot waits for nothing, and is cancelled at once.
    """
    ends = asyncio.get_running_loop().time() + grace
    while left := tuple(tasks.items()):
        seconds = ends - asyncio.get_running_loop().time()
        for lane, task in left:
            if lane.waits or seconds <= 0:
                task.cancel()
        if seconds <= 0:
            await asyncio.wait([task for _, task in left])
            return
        await asyncio.wait([task for _, task in left], timeout=min(LOOK, seconds))


async def wait_for_slot(budget: Budget, claim: Claim) -> HeldSlot:
    """Wait in line; whoever gives up waiting leaves the line, and gives back what came late."""
    granted: asyncio.Future[HeldSlot] = asyncio.get_running_loop().create_future()

    def take(slot: HeldSlot) -> None:
        if granted.cancelled():
            # In this very turn of the loop: he does not know it yet.
            slot.unsent()
        else:
            granted.set_result(slot)

    claim.take = take
    budget.claim(claim)
    try:
        return await granted
    except asyncio.CancelledError:
        claim.gone = True
        if granted.done() and not granted.cancelled():
            granted.result().unsent()
        raise
