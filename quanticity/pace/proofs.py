"""What shows that a ledger still has what was written to it."""

from __future__ import annotations

from collections.abc import Iterable

from quanticity.pace.slots import HeldSlot

# The newest is enough; but one whose request never left is taken out again.
MANY = 16


class Proofs:
    """The slots of one process that were written last. Times are steady epoch seconds.

    A server that was killed, or a replica that takes over, lacks what came last: where the newest
    slot is there, all of them are.
    """

    def __init__(self) -> None:
        self._written: dict[str, float] = {}

    def add(self, slots: Iterable[HeldSlot], now: float) -> None:
        """These were written, in this order."""
        for slot in slots:
            self._written[slot.id] = now
        while len(self._written) > MANY:
            del self._written[next(iter(self._written))]

    def unsent(self, slot: str) -> None:
        """It was taken out again."""
        self._written.pop(slot, None)

    def newest(self, since: float) -> str | None:
        """The one that was written last, later than `since`; None where none was."""
        name = next(reversed(self._written), None)
        return name if name is not None and self._written[name] > since else None

    def clear(self) -> None:
        """The ledger has lost them."""
        self._written.clear()
