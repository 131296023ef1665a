"""Staggering: where in its interval each feed runs, so that the symbols of a feed do not burst.

Due times lie on a grid of steady time: `(k + phase) * interval`. Phases of one interval follow
the golden ratio, whose points stay evenly spread however many there are, so that a feed added
or removed moves no other. Each interval's own sequence begins elsewhere, so that intervals that
divide one another do not meet.

Among the first feeds of a group each is put where it holds slots together with the others for
the least time: what few feeds hold at their peak is much more than what they hold on an average,
and nobody else can have the difference.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable

from quanticity.pace.limits import BudgetSpec
from quanticity.pace.overlap import Layout
from quanticity.pace.round_trip import FIRST_GUESS

GOLDEN = (math.sqrt(5) - 1) / 2
# The plastic number's: spreads the sequences of different intervals.
PLASTIC = 0.7548776662466927
# Of so many of the next points the calmest is taken.
CHOICE = 32
# Feeds of one interval keep this part of the distance that they would have if spread evenly.
APART = 0.25
# In windows of up to so many slots the peaks of a group are a large part of them.
FEW_SLOTS = 200


def grid_after(moment: float, interval: float, phase: float) -> float:
    """The first moment of the grid that lies after `moment`."""
    index = math.floor(moment / interval - phase) + 1
    due = (index + phase) * interval
    # Rounding may put the grid's own moment after itself.
    return due + interval if due - moment < interval * 1e-6 else due


def window_of(spec: BudgetSpec) -> float:
    """The window by which feeds are placed; 0 where its slots are so many that peaks even out."""
    main = spec.main
    return main.length if main is not None and main.usable <= FEW_SLOTS else 0.0


class Phases:
    """Hands out phases in [0, 1); one that is given back is the next to be handed out.

    `window` is for how long a request counts, in seconds; 0 where that is not to matter.
    """

    def __init__(self, window: float) -> None:
        self.window = window
        self._sequences: dict[tuple[Hashable, float | None], _Sequence] = {}
        self._layouts: dict[Hashable, Layout] = {}

    def take(self, group: Hashable, interval: float | None, calls: int) -> tuple[int, float]:
        """A place among the feeds of a group and an interval, and its phase."""
        kind = (group, interval)
        sequence = self._sequences.get(kind)
        if sequence is None:
            offset = (len(self._sequences) * PLASTIC) % 1.0
            sequence = self._sequences[kind] = _Sequence(offset)
        layout = self._layouts.setdefault(group, Layout())
        index = sequence.given_back()
        if index is None:
            if interval is None or not self.window or layout.full:
                index = sequence.add(sequence.next_points(1)[0])
            else:
                hold = self.window + FIRST_GUESS
                phases = sequence.next_points(CHOICE)
                phases += filter(sequence.apart, layout.touching(interval, hold))
                index = sequence.add(layout.calmest(interval, phases, hold))
        phase = sequence.phases[index]
        if interval is not None:
            layout.put((interval, index), interval, phase, calls)
        return index, phase

    def give_back(self, group: Hashable, interval: float | None, index: int) -> None:
        """A place is free again."""
        heapq.heappush(self._sequences[group, interval].free, index)
        self._layouts[group].remove((interval, index))


class _Sequence:
    """The phases of one interval's feeds, by place; those on golden points are not used twice."""

    __slots__ = ("_first", "_offset", "_used", "free", "phases")

    def __init__(self, offset: float) -> None:
        self._offset = offset
        # No point before the first is to be had, and of those after it not the used ones.
        self._first = 0
        self._used: set[float] = set()
        self.phases: list[float] = []
        self.free: list[int] = []

    def given_back(self) -> int | None:
        """The first place that is free again."""
        return heapq.heappop(self.free) if self.free else None

    def next_points(self, count: int) -> list[float]:
        """The next points of the sequence that nobody has."""
        while self._point(self._first) in self._used:
            self._used.remove(self._point(self._first))
            self._first += 1
        found: list[float] = []
        index = self._first
        while len(found) < count:
            point = self._point(index)
            if point not in self._used:
                found.append(point)
            index += 1
        return found

    def apart(self, phase: float) -> bool:
        """Whether a phase is not too near to any that was handed out."""
        least = APART / (len(self.phases) + 1)
        return all(least <= (phase - other) % 1.0 <= 1.0 - least for other in self.phases)

    def add(self, phase: float) -> int:
        """One more place."""
        self._used.add(phase)
        self.phases.append(phase)
        return len(self.phases) - 1

    def _point(self, index: int) -> float:
        return (self._offset + index * GOLDEN) % 1.0
