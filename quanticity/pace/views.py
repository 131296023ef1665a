"""How a request looks at the near future of a window, and what it is told where it may not go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from quanticity.pace.table import Guard

PAUSE = 0.05
OWN_PAUSE = 0.002
SMALL = 2000


class Refusal(NamedTuple):
    """Why not now, and when to ask again (steady seconds; inf: when something happens)."""

    until: float
    reason: str
    everyone: bool = False
    place: bool = False  # waits for a place in flight


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One way to look at one window: how far each group is guarded, out of how many slots.

    `near` windows are the burst and those beside the main one; shares mean nothing in them.
    """

    index: int
    guards: tuple[Guard, ...]
    shares: tuple[int, ...]
    capacity: int
    near: bool = False

    def pause(self, usable: int) -> float:
        """For which part of a window of `usable` slots a look that refuses stands.

        Later, one that might show more is made anew: soon where there are few slots, and where
        a group asks for what is its own. A look counts as lost what overlaps for a moment, and
        an owner that waits for the next look misses a slot that is there.
        """
        own = not self.near and self.guards[-1] is Guard.HELD
        return min(OWN_PAUSE if own else PAUSE, usable / SMALL)
