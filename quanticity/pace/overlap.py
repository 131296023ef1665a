"""How long feeds that repeat hold slots at the same time, by where in their intervals they run.

What a group holds at its peak is kept from all the others the whole time, however little it holds
on an average. Two feeds whose intervals have a common measure g meet in the same way over and
over: each holds a slot for the same arc of a circle of length g, and how far these arcs overlap
depends on the phases. Without a common measure they meet in all ways alike, and nothing is to be
had by moving either.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

# The most whole parts of the shorter interval that a common measure is looked for in.
PARTS = 64
EXACT = 1e-9
# Beyond so many feeds in a group their peaks even out, and each more would only cost time.
MOST = 32


class Layout:
    """Where the feeds of one group lie. `hold` is how long each holds a slot, in seconds."""

    def __init__(self) -> None:
        # Interval, seconds into it, slots: of each feed, by whatever names it.
        self._feeds: dict[object, tuple[float, float, int]] = {}

    @property
    def full(self) -> bool:
        """Whether one more feed makes no difference."""
        return len(self._feeds) >= MOST

    def put(self, name: object, interval: float, phase: float, calls: int) -> None:
        """A feed runs there."""
        if not self.full:
            self._feeds[name] = (interval, phase * interval, calls)

    def remove(self, name: object) -> None:
        """A feed runs no more."""
        self._feeds.pop(name, None)

    def touching(self, interval: float, hold: float) -> list[float]:
        """Phases at which a feed takes its slot when another's comes back, or the other way."""
        moments = [
            at + shift
            for other, at, _ in self._feeds.values()
            if common_measure(interval, other)
            for shift in (hold, -hold)
        ]
        return [moment / interval % 1.0 for moment in moments]

    def calmest(self, interval: float, phases: Sequence[float], hold: float) -> float:
        """Of some phases the first at which a feed shares the least time with the others."""
        moments: Any = np.array(phases) * interval
        shared: Any = np.zeros(len(phases))
        for other, at, calls in self._feeds.values():
            measure = common_measure(interval, other)
            arc = hold % measure if measure else 0.0
            if arc:
                ahead = (moments - at) % measure
                overlap = np.maximum(0.0, arc - ahead)
                overlap += np.maximum(0.0, arc - (measure - ahead))
                shared += calls * overlap / measure
        # What only rounding tells apart is alike, and then the first is as good.
        return phases[int(np.argmin(np.round(shared, 6)))]


@lru_cache(maxsize=4096)
def common_measure(one: float, other: float) -> float:
    """The longest time that fits into both intervals a whole number of times; 0 for none."""
    longer, shorter = max(one, other), min(one, other)
    ratio = Fraction(longer / shorter).limit_denominator(PARTS)
    if abs(float(ratio) * shorter - longer) > EXACT * longer:
        return 0.0
    return shorter / ratio.denominator
