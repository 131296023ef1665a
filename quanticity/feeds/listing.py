"""In which order a vendor lists rows: as it is declared, else by which end of a body is new."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

Order = Literal["auto", "newest_first", "oldest_first"]

_MOST = 3
"""So many polls in a row have to say the contrary of what many others said."""


class Listing:
    """What is known of one list. Until something is, the newest row counts as the first."""

    __slots__ = ("_declared", "_votes")

    def __init__(self, order: Order = "auto") -> None:
        self._declared = order
        # Above zero: polls that brought their news first; below: last.
        self._votes = 0

    @property
    def newest_first(self) -> bool:
        """Whether the rows of a body are turned round before they are written."""
        return self._declared == "newest_first" or (self._declared == "auto" and self._votes >= 0)

    @property
    def ends_at_known(self) -> bool:
        """Whether all that comes behind a page of known rows is known for sure.

        Where the oldest rows come first, what is new stands on the last page.
        """
        return self.newest_first and (self._declared != "auto" or self._votes > 0)

    def look(self, known: Sequence[bool], times: Sequence[float] = ()) -> None:
        """A body came whose rows, as it lists them, were `known` or new, and true at `times`."""
        vote = _by_times(times) or _by_news(known)
        self._votes = max(-_MOST, min(_MOST, self._votes + vote))

    def follow(self, earlier: Listing) -> None:
        """The same list as `earlier`, after an edit."""
        self._votes = earlier._votes

    def restore(self, saved: bytes | None) -> None:
        """Take up what an earlier run found out."""
        if saved is not None and saved.removeprefix(b"-").isdigit():
            self._votes = max(-_MOST, min(_MOST, int(saved)))

    def saved(self) -> bytes | None:
        """What a later run takes up; None where nothing is known."""
        return b"%d" % self._votes if self._votes else None


def _by_times(times: Sequence[float]) -> int:
    """1 where the rows' own times mostly fall, -1 where they rise, 0 where they do not tell."""
    steps = [later - earlier for earlier, later in pairwise(times)]
    falls, rises = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
    return (falls > rises) - (rises > falls)


def _by_news(known: Sequence[bool]) -> int:
    """1 where all new rows stand before all known ones, -1 where behind, else 0."""
    changes = sum(one != other for one, other in pairwise(known))
    return 0 if changes != 1 else -1 if known[0] else 1
