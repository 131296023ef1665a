"""Runs of several requests: when each of them will need its slot.

They follow one another. A slot that were kept for the fifth from the beginning of its run on would
stand idle for four round trips, and a whole window longer for everyone whom it does not fit
before. One that comes earlier than foreseen may have to wait, but never for more than `SLACK`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from quanticity.pace.round_trip import RoundTrip
from quanticity.pace.table import GROUPS
from quanticity.pace.turns import Turn

# Seconds; half of what a critical request may be late.
SLACK = 0.5
# What is needed in so many steps at most: those of a run of very many requests are gathered.
STEPS = 8

Needs = list[tuple[float, int]]


def apart(trip: RoundTrip, calls: int) -> float:
    """Seconds from each request of a run of `calls` to the next, at least."""
    return min(trip.mean, trip.low + SLACK / (calls - 1)) if calls > 1 else 0.0


def one_by_one(wanted: Iterable[tuple[float, int]], trip: RoundTrip) -> Needs:
    """When the requests of runs that begin then, of so many each, need their slots."""
    found: Needs = []
    for at, calls in wanted:
        if calls == 1:
            found.append((at, 1))
        else:
            found += _steps(at, calls, apart(trip, calls))
    return found


def one_by_one_arrays(moments: Any, calls: Any, trip: RoundTrip) -> tuple[Any, Any]:
    """What `one_by_one` has, of arrays."""
    if not len(calls) or calls.max() <= 1:
        return moments, calls
    calls = calls.astype(np.int64)
    together = -(-calls // STEPS)
    times = -(-calls // together)
    step = np.minimum(trip.mean, trip.low + SLACK / np.maximum(1, calls - 1)) * together
    number = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    each = np.repeat(together, times)
    left = np.repeat(calls, times) - number * each
    return np.repeat(moments, times) + number * np.repeat(step, times), np.minimum(each, left)


def _steps(at: float, calls: int, step: float) -> Needs:
    together = -(-calls // STEPS)
    return [
        (at + first * step, min(together, calls - first)) for first in range(0, calls, together)
    ]


class Following:
    """The runs under way that may ask for more slots, and since when each has its latest one."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since: list[dict[Turn, float]] = [{} for _ in range(GROUPS)]

    def granted(self, turn: Turn, now: float) -> None:
        """It has one slot more, or one fewer."""
        if turn.owing:
            self._since[turn.rank][turn] = now
        else:
            self.over(turn)

    def over(self, turn: Turn) -> None:
        """It will ask for nothing more."""
        self._since[turn.rank].pop(turn, None)

    def slots(self, rank: int) -> int:
        """How many those of a group may still ask for."""
        return sum(turn.owing for turn in self._since[rank])

    def needs(self, rank: int, now: float, trip: RoundTrip) -> Needs:
        """When, at `now` at the soonest."""
        found: Needs = []
        for turn, since in self._since[rank].items():
            step = apart(trip, turn.calls)
            found += [(max(now, at), n) for at, n in _steps(since + step, turn.owing, step)]
        return found
