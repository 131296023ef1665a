"""The day or the month that a window with a reset counts now."""

from __future__ import annotations

from typing import Protocol

from quanticity.pace.limits import Reset

# How far the vendor's idea of a daily reset may lie from the nominal moment.
RESET_MARGIN = 2.0


class Wall(Protocol):
    """Translates steady time into the wall's: resets happen at a time of day."""

    def __call__(self, at: float) -> float:
        """The wall clock's epoch seconds at steady second `at`."""
        ...


class Period:
    """From one reset to the next. All times are steady epoch seconds, given by the caller."""

    __slots__ = ("_reset", "_since", "_wall", "until")

    def __init__(self, reset: Reset, wall: Wall) -> None:
        self._reset, self._wall = reset, wall
        self._since = -1.0
        # When it ends, as far as it was looked for.
        self.until = -1.0

    def since(self, now: float) -> float:
        """From when slots count at `now`."""
        if now >= self.until:
            self._turn(now)
        return self._since

    def forget(self) -> None:
        """The wall clock was set: the resets lie elsewhere."""
        self.until = -1.0

    def _turn(self, now: float) -> None:
        """Find the one that `now` lies in; near a reset, slots count on both sides of it."""
        reset, wall = self._reset, self._wall(now)
        shift = now - wall
        before, last, following = reset.around(wall)
        if wall < reset.between(last)[1] + RESET_MARGIN:
            last, following = before, last
        self._since = reset.between(last)[0] - RESET_MARGIN + shift
        self.until = reset.between(following)[1] + RESET_MARGIN + shift
