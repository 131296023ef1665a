"""What became of slots, gathered for a ledger."""

from __future__ import annotations


class Endings:
    """What became of slots, on its way to the ledger."""

    __slots__ = ("done", "headers", "unsent")

    def __init__(self) -> None:
        self.headers: list[str] = []
        self.done: list[str] = []
        self.unsent: list[str] = []

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
