"""The same look ahead for very many events: they are counted in short steps of time.

A need counts from the beginning of its step and a release from the end of its own, so that the
room found is at most a step's worth of requests too small, and never too large.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

GROUPS = 4
STEPS = 2048
NEVER = float("inf")


class Guard(Enum):
    """How far a group's slots are protected from the one who asks."""

    FULL = "full"  # all its scheduled requests
    SHARE = "share"  # those within its share
    PLAN = "plan"  # those within what it plans to use, or within its share where that is more
    HELD = "held"  # only what it holds already


class Later(NamedTuple):
    """From `at` on (steady seconds) there are `fewer` slots, or more where below 0; and shares."""

    at: float
    fewer: int
    shares: Sequence[int]


class Table:
    """Slots held by each group (and by other processes) and needed by each, step by step."""

    __slots__ = ("_held", "_moments", "_now", "_step", "_wanted", "until")

    def __init__(self, now: float, until: float) -> None:
        self._now, self.until = now, until
        self._step = (until - now) / STEPS
        # After the last step lies the very end, and all that is later.
        self._moments = now + self._step * np.arange(1, STEPS + 2)
        self._moments[-1] = NEVER
        self._held = np.zeros((GROUPS + 1, STEPS + 1), dtype=np.int64)
        self._wanted = np.zeros((GROUPS, STEPS + 1), dtype=np.int64)

    def releases(self, group: int, moments: Sequence[float]) -> None:
        """Slots that a group (or, by the number after the last, others) holds until then."""
        ends = np.asarray(moments, dtype=float)
        self._held[group] += len(ends) - np.cumsum(self._ended(ends))

    def needs(self, rank: int, moments: Any, calls: Any, back: float) -> None:
        """Slots that a group needs at these moments, and will have given back `back` later."""
        steps = ((moments - self._now) / self._step).astype(np.int64)
        steps = np.clip(steps, 0, STEPS)
        change = np.bincount(steps, weights=calls, minlength=STEPS + 1)
        change -= self._ended(moments + back, calls)
        self._wanted[rank] += np.cumsum(change).astype(np.int64)

    def _ended(self, moments: Any, calls: Any = None) -> Any:
        # What ends after the look is still there at its very end, where something may be due.
        within = moments <= self.until
        steps = np.ceil((moments[within] - self._now) / self._step)
        steps = np.clip(steps, 0, STEPS).astype(np.int64)
        weights = None if calls is None else calls[within]
        return np.bincount(steps, weights=weights, minlength=STEPS + 1)

    def sweep(
        self,
        capacity: int,
        guards: Sequence[Guard],
        shares: Sequence[int],
        later: Later | None = None,
    ) -> tuple[list[float], list[int]]:
        """The least room from each moment on: until when, and how much."""
        room = self._room(capacity, guards, shares)
        if later is not None:
            after = self._room(capacity - later.fewer, guards, later.shares)
            # In the step of the change no more than on either side of it.
            at = int(np.searchsorted(self._moments, later.at, "right"))
            room[at] = min(room[at], after[at])
            room[at + 1 :] = after[at + 1 :]
        least = np.minimum.accumulate(room[::-1])[::-1]
        last = np.flatnonzero(np.append(np.diff(least) > 0, True))
        return self._moments[last].tolist(), least[last].tolist()

    def _room(self, capacity: int, guards: Sequence[Guard], shares: Sequence[int]) -> Any:
        room = capacity - self._held[GROUPS]
        for group, guard in enumerate(guards):
            held = self._held[group]
            if guard is Guard.HELD:
                room = room - held
                continue
            both = held + self._wanted[group]
            if guard is not Guard.FULL:
                both = np.maximum(held, np.minimum(shares[group], both))
            room = room - both
        return room
