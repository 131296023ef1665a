"""Staggering: where in its interval each feed runs, so that the symbols of a feed do not burst.

Due times lie on a grid of steady time: `(k + phase) * interval`. Phases of one interval follow
the golden ratio, whose points stay evenly spread however many there are, so that a feed added
or removed moves no other. Each interval's own sequence begins elsewhere, so that intervals that
divide one another do not meet.
"""

from __future__ import annotations

import heapq
import math

GOLDEN = (math.sqrt(5) - 1) / 2
# The plastic number's: spreads the sequences of different intervals.
PLASTIC = 0.7548776662466927


def grid_after(moment: float, interval: float, phase: float) -> float:
    """The first moment of the grid that lies after `moment`."""
    index = math.floor(moment / interval - phase) + 1
    due = (index + phase) * interval
    # Rounding may put the grid's own moment after itself.
    return due + interval if due - moment < interval * 1e-6 else due


class Phases:
    """Hands out phases in [0, 1); one that is given back is the next to be handed out."""

    __slots__ = ("_classes",)

    def __init__(self) -> None:
        self._classes: dict[object, _Sequence] = {}

    def take(self, kind: object) -> tuple[int, float]:
        """A place in the sequence of `kind`, and its phase."""
        sequence = self._classes.get(kind)
        if sequence is None:
            offset = (len(self._classes) * PLASTIC) % 1.0
            sequence = self._classes[kind] = _Sequence(offset)
        return sequence.take()

    def give_back(self, kind: object, index: int) -> None:
        """A place is free again."""
        heapq.heappush(self._classes[kind].free, index)


class _Sequence:
    __slots__ = ("count", "free", "offset")

    def __init__(self, offset: float) -> None:
        self.offset = offset
        self.count = 0
        self.free: list[int] = []

    def take(self) -> tuple[int, float]:
        if self.free:
            index = heapq.heappop(self.free)
        else:
            index = self.count
            self.count += 1
        return index, (self.offset + index * GOLDEN) % 1.0
