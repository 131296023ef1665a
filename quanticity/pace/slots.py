"""One slot from grant to its last ending."""

from __future__ import annotations

from typing import Protocol

from quanticity.pace.ports import Terms
from quanticity.pace.turns import Turn

UNSET = -1.0
ANY, UNSCHEDULED = Terms(), Terms(scheduled=False)


class Desk(Protocol):
    """Where the endings of a slot are told."""

    def slot_headers(self, slot: HeldSlot) -> None:
        """The request reached the vendor before now."""
        ...

    def slot_lost(self, slot: HeldSlot) -> None:
        """The request may still be on its way, for the grace."""
        ...

    def slot_done(self, slot: HeldSlot) -> None:
        """The place in flight is free; that of one given up once the grace is over."""
        ...

    def slot_unsent(self, slot: HeldSlot) -> None:
        """The request never left."""
        ...


class HeldSlot:
    """The right to send one request. Endings told twice, or in an odd order, do no harm."""

    __slots__ = (
        "_desk",
        "base",
        "ended",
        "hold",
        "id",
        "in_flight",
        "rank",
        "run",
        "served",
        "started",
        "terms",
    )

    def __init__(self, desk: Desk, id: str, rank: int, started: float, hold: float) -> None:
        self._desk = desk
        self.id = id
        self.rank = rank
        self.started = started
        self.hold = hold
        self.base = UNSET
        self.in_flight = True
        self.ended = False
        # We went away in the midst of it, and the vendor may be at it still.
        self.served = False
        # On which terms a ledger may grant it, where other processes ask it as well.
        self.terms = ANY
        # The run that it is of, where that makes several requests.
        self.run: Turn | None = None

    @property
    def open(self) -> bool:
        """True until it is known when the windows begin to run off."""
        return self.base == UNSET and not self.ended

    def headers(self) -> None:
        """The response headers are here."""
        if self.base == UNSET and not self.ended:
            self._desk.slot_headers(self)

    def lost(self) -> None:
        """Sent, and nothing came back."""
        if self.open:
            self._desk.slot_lost(self)

    def given_up(self) -> None:
        """Sent, and waited for no longer."""
        if self.open:
            self.served = True
            self._desk.slot_lost(self)

    def done(self) -> None:
        """The body is read or given up."""
        if self.base == UNSET and not self.ended:
            # Nobody said that the headers came: then they may not have.
            self._desk.slot_lost(self)
        if self.in_flight:
            self.in_flight = False
            self.ended = True
            self._desk.slot_done(self)

    def unsent(self) -> None:
        """Never left this machine."""
        if self.open:
            self.ended = True
            self.in_flight = False
            self._desk.slot_unsent(self)
