"""Runs of several requests: when each of them will need its slot.

They follow one another. A slot that were kept for the fifth from the beginning of its run on would
stand idle for four round trips, and a whole window longer for everyone whom it does not fit
before. One that comes earlier than foreseen may have to wait, but hardly ever for more than the
slack of `Strides`: no mean of many feeds says how quick one of them is, nor how quick all are a
minute later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from quanticity.pace.agenda import Agenda
from quanticity.pace.strides import Strides
from quanticity.pace.table import GROUPS
from quanticity.pace.turns import Turn

# What is needed in so many steps at most: those of a run of very many requests are gathered.
STEPS = 8

Needs = list[tuple[float, int]]


def coming(agenda: Agenda, until: float, strides: Strides) -> Needs:
    """When the requests of the runs that are due up to `until` need their slots."""
    wanted = agenda.upcoming(until)
    return one_by_one(wanted, strides) if agenda.several else wanted


def coming_arrays(agenda: Agenda, until: float, strides: Strides) -> tuple[Any, Any]:
    """What `coming` has, as arrays."""
    found = agenda.upcoming_arrays(until)
    return one_by_one_arrays(*found, strides) if agenda.several else found


def one_by_one(wanted: Iterable[tuple[float, int]], strides: Strides) -> Needs:
    """When the requests of runs that begin then, of so many each, need their slots."""
    found: Needs = []
    known: dict[int, Needs] = {}
    for at, calls in wanted:
        if calls == 1:
            found.append((at, 1))
            continue
        steps = known.get(calls)
        if steps is None:
            steps = known[calls] = _steps(calls, strides)
        found += [(at + later, some) for later, some in steps]
    return found


def one_by_one_arrays(moments: Any, calls: Any, strides: Strides) -> tuple[Any, Any]:
    """What `one_by_one` has, of arrays."""
    if not len(calls) or calls.max() <= 1:
        return moments, calls
    calls = calls.astype(np.int64)
    together = -(-calls // STEPS)
    times = -(-calls // together)
    number = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    each = np.repeat(together, times)
    earlier = number * each
    waits = np.array(strides.after(range(int(earlier.max()) + 1)))
    left = np.repeat(calls, times) - earlier
    return np.repeat(moments, times) + waits[earlier], np.minimum(each, left)


def _steps(calls: int, strides: Strides, first: int = 0) -> Needs:
    """So many requests, in seconds after the one that the first of them comes `first` after."""
    together = -(-calls // STEPS)
    earlier = range(0, calls, together)
    waits = strides.after(range(first, first + calls, together))
    return [
        (later, min(together, calls - done)) for later, done in zip(waits, earlier, strict=True)
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

    def runs(self, rank: int) -> int:
        """How many there are of a group."""
        return len(self._since[rank])

    def slots(self, rank: int) -> int:
        """How many those of a group may still ask for."""
        since = self._since[rank]
        return sum(turn.owing for turn in since) if since else 0

    def needs(self, rank: int, now: float, strides: Strides) -> Needs:
        """When, at `now` at the soonest."""
        found: Needs = []
        for turn, since in self._since[rank].items():
            steps = _steps(turn.owing, strides, first=1)
            found += [(max(now, since + later), calls) for later, calls in steps]
        return found
