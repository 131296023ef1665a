"""Lending: how many slots may be given away now without anyone missing one later.

A slot taken now is gone for a whole window. So at every moment u at which a protected request
will be due, within the time a slot taken now is held, there must be

    slots still held at u  +  slots that protected requests due up to u need  <=  capacity

and the headroom is the least that is left at any such u. It only grows as time passes the
moments that bind, so one sweep gives a step function that holds until something unforeseen
happens; loans made since then are subtracted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np

GROUPS = 4
NEVER = float("inf")
NOTHING_BINDS = 1 << 30
# From so many events on, arrays are faster than lists.
MANY = 300
_OTHERS = GROUPS
_NEED = GROUPS + 1


class Guard(Enum):
    """How far a group's slots are protected from the one who asks."""

    FULL = "full"  # all its scheduled requests
    SHARE = "share"  # those within its share
    HELD = "held"  # only what it holds already


class Headroom:
    """How many slots may be lent, as a step function of time; `rooms[i]` until `untils[i]`."""

    __slots__ = ("_at", "_rooms", "_untils", "made_at", "spent", "valid_until")

    def __init__(
        self, untils: list[float], rooms: list[int], made_at: float, valid_until: float
    ) -> None:
        self._untils = untils
        self._rooms = rooms
        self._at = 0
        self.spent = 0
        self.made_at = made_at
        self.valid_until = valid_until

    def left(self, now: float) -> int:
        """Slots that may be lent at `now` (`now` never goes back)."""
        untils = self._untils
        while untils[self._at] <= now:
            self._at += 1
        return self._rooms[self._at] - self.spent

    def rises_at(self, now: float, need: int = 1) -> float:
        """When at least `need` may be lent, if nothing else happens; inf where never."""
        self.left(now)
        # Rooms only grow.
        index = bisect_left(self._rooms, need + self.spent, lo=self._at)
        if index == len(self._rooms):
            return NEVER
        return self._untils[index - 1] if index > self._at else now


class Horizon:
    """All that is known to happen to one window: what each view of it is swept over.

    `releases` are, for each group and then for other processes, the moments at which slots
    come free; `dues` are, for each group, the moments at which it will need some and how many
    (fewer than none where it will have given them back). Neither needs an order.
    """

    __slots__ = ("_arrays", "_events", "_held", "made_at")

    def __init__(
        self,
        now: float,
        releases: Sequence[Sequence[float]],
        dues: Sequence[Sequence[tuple[float, int]]],
    ) -> None:
        self.made_at = now
        events: list[tuple[float, int, int]] = []
        self._held = []
        for group, moments in enumerate(releases):
            ahead = [(at, -1, group) for at in moments if at > now]
            self._held.append(len(ahead))
            events += ahead
        for group, wanted in enumerate(dues):
            events += [(at, calls, group + _NEED) for at, calls in wanted]
        events.sort()
        self._events = events
        self._arrays: tuple[Any, Any, Any] | None = None

    def sweep(
        self,
        capacity: int,
        guards: Sequence[Guard],
        shares: Sequence[int],
        backlog: Sequence[int],
        valid_until: float,
    ) -> Headroom:
        """The headroom of `capacity` slots, with each group guarded so far.

        `backlog` is what each group needs already; it counts within a share only.
        """
        needs = [
            wanted if guard is Guard.SHARE else 0
            for guard, wanted in zip(guards, backlog, strict=True)
        ]
        way = self._by_arrays if len(self._events) >= MANY else self._by_steps
        untils, rooms = way(capacity, guards, shares, needs)
        return Headroom(untils, rooms, self.made_at, valid_until)

    def _by_steps(
        self, capacity: int, guards: Sequence[Guard], shares: Sequence[int], need: list[int]
    ) -> tuple[list[float], list[int]]:
        held = self._held.copy()
        counts = [_takes(*one) for one in zip(guards, shares, held, need, strict=False)]
        room = capacity - sum(counts) - held[_OTHERS]
        # Stretches of least room end where something comes free.
        ends: list[float] = []
        rooms: list[int] = []
        for at, change, group in self._events:
            if group == _OTHERS:
                ends.append(at)
                rooms.append(room)
                room += 1
                continue
            if group < _OTHERS:
                held[group] -= 1
            else:
                group -= _NEED  # noqa: PLW2901
                need[group] += change
            guard = guards[group]
            takes = _takes(guard, shares[group], held[group], need[group])
            more = counts[group] - takes
            if more > 0:
                ends.append(at)
                rooms.append(room)
            room += more
            counts[group] = takes
        ends.append(NEVER)
        rooms.append(room)
        return _steps(ends, rooms)

    def _by_arrays(
        self, capacity: int, guards: Sequence[Guard], shares: Sequence[int], need: list[int]
    ) -> tuple[list[float], list[int]]:
        if self._arrays is None:
            self._arrays = self._tabulate()
        moments, held, wanted = self._arrays
        room = capacity - held[_OTHERS]
        for group, guard in enumerate(guards):
            if guard is Guard.HELD:
                room = room - held[group]
                continue
            both = held[group] + wanted[group] + need[group]
            if guard is Guard.SHARE:
                both = np.maximum(held[group], np.minimum(shares[group], both))
            room = room - both
        # room[i] holds until moments[i]; the least from there on is what may be lent.
        least = np.minimum.accumulate(room[::-1])[::-1]
        last = np.flatnonzero(np.append(np.diff(least) > 0, True))
        return moments[last].tolist(), least[last].tolist()

    def _tabulate(self) -> tuple[Any, Any, Any]:
        size = len(self._events) + 1
        table = np.array(self._events, dtype=float)
        moments = np.append(table[:, 0], NEVER)
        change, group = table[:, 1].astype(np.int64), table[:, 2].astype(np.int64)
        held = np.zeros((GROUPS + 1, size), dtype=np.int64)
        wanted = np.zeros((GROUPS, size), dtype=np.int64)
        for rank in range(GROUPS + 1):
            held[rank] = self._held[rank]
            held[rank, 1:] -= np.cumsum(group == rank)
            if rank < GROUPS:
                wanted[rank, 1:] = np.cumsum(np.where(group == rank + _NEED, change, 0))
        return moments, held, wanted


def _takes(guard: Guard, share: int, held: int, need: int) -> int:
    if guard is Guard.FULL:
        return held + need
    if guard is Guard.HELD:
        return held
    wants = held + need
    wants = min(wants, share)
    return max(wants, held)


def _steps(ends: list[float], rooms: list[int]) -> tuple[list[float], list[int]]:
    untils: list[float] = []
    steps: list[int] = []
    least = NOTHING_BINDS
    for at, room in zip(reversed(ends), reversed(rooms), strict=True):
        if room < least:
            least = room
            untils.append(at)
            steps.append(room)
    untils.reverse()
    steps.reverse()
    return untils, steps
