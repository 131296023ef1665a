"""Where the endings of the slots of one budget are told, and who waits for them is woken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quanticity.pace.limits import BudgetSpec
from quanticity.pace.period import Wall
from quanticity.pace.ports import Word
from quanticity.pace.roster import Roster, TimeOfDay
from quanticity.pace.slots import HeldSlot
from quanticity.pace.spread import Sessions


class Desk(Roster):
    """The endings of slots, and what the vendor says with them. Times are steady epoch seconds."""

    __slots__ = (
        "_poke",
        "_time",
        "_waits_for_headers",
        "_waits_for_place",
        "released",
        "stopped",
    )

    def __init__(
        self,
        spec: BudgetSpec,
        after: BudgetSpec | None = None,
        *,
        time: Callable[[], float],
        wall: Wall,
        sessions: Sessions,
        next_at: TimeOfDay,
        poke: Callable[[Any], None],
        slack: float,
    ) -> None:
        """`poke` is called with the desk itself where somebody may have a slot now."""
        super().__init__(spec, after, wall=wall, sessions=sessions, next_at=next_at, slack=slack)
        self.released: Callable[[HeldSlot, str], None] | None = None
        # Called where the vendor asked us to wait longer than was known.
        self.stopped: Callable[[], None] | None = None
        self._time, self._poke = time, poke
        self._waits_for_place = False
        self._waits_for_headers = False

    def slot_headers(self, slot: HeldSlot) -> None:
        """The request reached the vendor before now."""
        now, tally = self._time(), self.gate.tally
        tally.trip.add(now - slot.started, now)
        tally.settle(slot, now)
        if self.released is not None:
            self.released(slot, "headers")
        if self._waits_for_headers:
            self._look_for_headers()

    def slot_lost(self, slot: HeldSlot) -> None:
        """The request may still be on its way for the grace."""
        self.gate.tally.settle(slot, self._time() + self.gate.spec.grace)
        if self.released is not None:
            self.released(slot, "lost")
        if self._waits_for_headers:
            self._look_for_headers()
        self.gate.forget()

    def slot_done(self, slot: HeldSlot) -> None:
        """The place in flight is free; that of one given up once the grace is over."""
        now, tally = self._time(), self.gate.tally
        if slot.served and slot.base > now:
            tally.linger(slot)
            # Who waits for the place can be told now until when it is believed taken.
            if self._waits_for_place:
                self._look_for_place()
            return
        tally.leave(slot)
        if slot.base <= now:
            took, run = now - slot.started, slot.run
            tally.whole.add(took, now)
            if run is not None:
                run.spent += took
                tally.strides[slot.rank].add(run.taken, run.spent)
        if self.released is not None:
            self.released(slot, "done")
        if self._waits_for_place:
            self._look_for_place()

    def _look_for_place(self) -> None:
        self._waits_for_place = False
        self.gate.reopen()
        self._poke(self)

    def _look_for_headers(self) -> None:
        """Who waits for a slot whose end was not known can be told a time now."""
        self._waits_for_headers = False
        self.gate.reopen()
        self._poke(self)

    def slot_unsent(self, slot: HeldSlot) -> None:
        """The request never left."""
        self.gate.tally.give_back(slot)
        self.gate.forget_pauses()
        if self.released is not None:
            self.released(slot, "unsent")
        self._poke(self)

    def hear(self, word: Word, now: float) -> None:
        """The vendor said something about its limits."""
        tight = self.gate.tight
        before = tight.heard_until
        tight.hear(word, self.gate.spec, self.gate.tally, now)
        self.gate.forget()
        self._poke(self)
        if self.stopped is not None and tight.heard_until > before:
            self.stopped()
