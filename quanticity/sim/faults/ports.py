"""What whoever can be struck by faults is handed."""

from __future__ import annotations

import math
from typing import Protocol

from quanticity.sim.faults.fault import Fault, Where


class Faults(Protocol):
    """Which fault strikes, if any. Time is handed in (the clock's `now`, epoch seconds).

    Whoever asks carries out what it is told: a fault handed out counts as having struck.
    """

    def fire(self, kind: str, where: Where, now: float) -> Fault | None:
        """The fault that strikes an event of `kind` in a place; one at most.

        `kind` is, at a vendor, its name and the path (`unusual_whales/api/...`) or, on a
        websocket, its name and the channel (`unusual_whales price:SPY`); at the gateway one of
        the words in `fault.py`, and what is known of it (`send tick price`, `place BAG`).
        """
        ...

    def next_at(self, where: Where, now: float) -> float:
        """When a fault is next due in a place that strikes with time alone; inf for never.

        The gateway sleeps until then and asks `fire(TIME, Where.WIRE, now)`.
        """
        ...

    def active(self, where: Where) -> bool:
        """False where nothing can ever strike in a place: whoever is in a hurry need not ask."""
        ...


class NoFaults:
    """Nothing goes wrong."""

    def fire(self, kind: str, where: Where, now: float) -> Fault | None:
        """None."""
        return None

    def next_at(self, where: Where, now: float) -> float:
        """Never."""
        return math.inf

    def active(self, where: Where) -> bool:
        """Nowhere."""
        return False
