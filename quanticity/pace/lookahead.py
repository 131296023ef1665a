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

from quanticity.pace.table import GROUPS, Guard, Table

NEVER = float("inf")
NOTHING_BINDS = 1 << 30
UNSCHEDULED = 2 * GROUPS
_OTHERS = GROUPS
_NEED = GROUPS + 1


class Headroom:
    """How many slots may be lent, as a step function of time; `rooms[i]` until `untils[i]`."""

    __slots__ = ("_at", "_charges", "_rooms", "_untils", "horizon")

    def __init__(
        self, untils: list[float], rooms: list[int], horizon: Horizon, charges: tuple[int, ...]
    ) -> None:
        self._untils = untils
        self._rooms = rooms
        self._at = 0
        self._charges = charges
        self.horizon = horizon

    @property
    def spent(self) -> int:
        """Slots taken since the look that it did not foresee."""
        taken = self.horizon.taken
        spent = 0
        for charge in self._charges:
            spent += taken[charge]
        return spent

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
    (fewer than none where it will have given them back). Neither needs an order. `backlog` is
    what each group needs already; it counts within a share only. `taken` counts the slots
    taken since: of each group, of each group beyond its share, and unscheduled.
    """

    __slots__ = ("_events", "_held", "_needs", "_table", "made_at", "taken", "valid_until")

    def __init__(
        self,
        now: float,
        valid_until: float,
        backlog: Sequence[int],
        releases: Sequence[Sequence[float]],
        dues: Sequence[Sequence[tuple[float, int]]] = (),
    ) -> None:
        self.made_at = now
        self.valid_until = valid_until
        self.taken = [0] * (UNSCHEDULED + 1)
        self._needs = list(backlog)
        self._held = [len(moments) for moments in releases]
        self._events: list[tuple[float, int, int]] = []
        self._table: Table | None = None
        for group, moments in enumerate(releases):
            self._events += [(at, -1, group) for at in moments]
        for group, wanted in enumerate(dues):
            self._events += [(at, calls, group + _NEED) for at, calls in wanted]
        self._events.sort()

    @classmethod
    def of_many(
        cls, now: float, valid_until: float, backlog: Sequence[int], table: Table
    ) -> Horizon:
        """One of so many events that they are counted in steps of time."""
        horizon = cls(now, valid_until, backlog, ())
        horizon._table = table
        return horizon

    def take(self, rank: int, scheduled: bool, beyond: bool) -> None:
        """A slot was taken that counts in this window."""
        if not scheduled:
            self.taken[UNSCHEDULED] += 1
            return
        self.taken[rank] += 1
        if beyond:
            self.taken[GROUPS + rank] += 1

    def sweep(self, capacity: int, guards: Sequence[Guard], shares: Sequence[int]) -> Headroom:
        """The headroom of `capacity` slots, with each group guarded so far."""
        needs, charges = [0] * GROUPS, [UNSCHEDULED]
        for rank, guard in enumerate(guards):
            if guard is Guard.SHARE:
                needs[rank] = self._needs[rank]
                charges.append(GROUPS + rank)
            elif guard is Guard.HELD:
                charges.append(rank)
        if self._table is not None:
            untils, rooms = self._table.sweep(capacity, guards, shares, needs)
        else:
            untils, rooms = self._by_steps(capacity, guards, shares, needs)
        return Headroom(untils, rooms, self, tuple(charges))

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
