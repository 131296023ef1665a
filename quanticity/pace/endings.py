"""What became of slots, gathered for a ledger."""

from __future__ import annotations

from collections.abc import Iterable


class Endings:
    """What became of slots, by their ids, on its way to the ledger.

    `headers`: they came, which sets the slot's base to now where that is earlier than it was.
    `done`: the place in flight is free; a slot that was lost is told only this, and keeps its
    base. `unsent`: the request never left. Ids that the ledger does not know are ignored.
    """

    __slots__ = ("done", "headers", "unsent")

    def __init__(
        self, headers: Iterable[str] = (), done: Iterable[str] = (), unsent: Iterable[str] = ()
    ) -> None:
        self.headers = list(headers)
        self.done = list(done)
        self.unsent = list(unsent)

    def __bool__(self) -> bool:
        return bool(self.headers or self.done or self.unsent)

    def add(self, slot: str, ending: str) -> None:
        """One more; that a slot was lost tells a ledger nothing, its base stays."""
        if ending == "headers":
            self.headers.append(slot)
        elif ending == "done":
            self.done.append(slot)
        elif ending == "unsent":
            self.unsent.append(slot)

    def and_then(self, later: Endings) -> Endings:
        """These, and after them the later ones."""
        self.headers += later.headers
        self.done += later.done
        self.unsent += later.unsent
        return self
