"""Edges that can do nothing though they run, by their own word: told once, and once it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Troubles:
    """What is told of them. `tell` is given an edge, whether it is well, and what to say."""

    def __init__(self) -> None:
        self.tell: Callable[[str, bool, str], None] = lambda name, well, said: None
        self._told: set[str] = set()

    def heard(self, given: Mapping[str, str | None]) -> None:
        """The newest word of each edge: its trouble, empty where there is none, None before any.

        One that begins anew has said nothing yet: what was told of it stands.
        """
        for name, trouble in given.items():
            if trouble and name not in self._told:
                self._told.add(name)
                self.tell(name, False, trouble)
            elif trouble == "" and name in self._told:
                self._told.discard(name)
                self.tell(name, True, "its trouble is over, it is at work")
        for name in sorted(self._told - given.keys()):
            self._told.discard(name)
            self.tell(name, True, "it was taken out")
