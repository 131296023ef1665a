"""Lending: how many slots may be given away now without anyone missing one later.

A slot taken now is gone for a whole window. So at every moment u at which a protected request
will be due, within the time a slot taken now is held, there must be

    slots still held at u  +  slots that protected requests due up to u need  <=  capacity

and the headroom is the least that is left at any such u. It only grows as time passes the
moments that bind, so one sweep gives a step function that holds until something unforeseen
happens; loans made since then are subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

GROUPS = 4
NEVER = float("inf")
NOTHING_BINDS = 1 << 30


class Guard(Enum):
    """How far a group's slots are protected from the one who asks."""

    FULL = "full"  # all its scheduled requests
    SHARE = "share"  # those within its share
    HELD = "held"  # only what it holds already


@dataclass(frozen=True, slots=True)
class Outlook:
    """One group as the sweep sees it.

    `releases` are the moments at which its slots come free, `dues` the moments at which it
    will need some and how many; neither needs an order. `backlog` is what it needs now.
    """

    guard: Guard
    share: int = 0
    releases: Sequence[float] = ()
    dues: Sequence[tuple[float, int]] = ()
    backlog: int = 0


class Headroom:
    """How many slots may be lent, as a step function of time; `rooms[i]` until `untils[i]`."""

    __slots__ = ("_at", "_rooms", "_untils", "spent", "valid_until")

    def __init__(self, untils: list[float], rooms: list[int], valid_until: float) -> None:
        self._untils = untils
        self._rooms = rooms
        self._at = 0
        self.spent = 0
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
        for index in range(self._at, len(self._untils)):
            if self._rooms[index] - self.spent >= need:
                return self._untils[index - 1] if index > self._at else now
        return NEVER


def sweep(
    now: float,
    capacity: int,
    groups: Sequence[Outlook],
    others: Sequence[float],
    valid_until: float,
) -> Headroom:
    """The headroom of a window of `capacity`, given its groups and the releases of others."""
    held = [0] * GROUPS
    need = [0] * GROUPS
    events: list[tuple[float, int, int]] = [(at, -1, GROUPS) for at in others if at > now]
    room = capacity - len(events)
    counts: list[int] = []
    for index, group in enumerate(groups):
        ahead = [(at, -1, index) for at in group.releases if at > now]
        held[index] = len(ahead)
        need[index] = group.backlog
        events += ahead
        if group.guard is not Guard.HELD:
            events += [(at, calls, index) for at, calls in group.dues]
        counts.append(_takes(group, held[index], need[index]))
    room -= sum(counts)
    events.sort()
    # Stretches of least room end where something comes free.
    ends: list[float] = []
    rooms: list[int] = []
    for at, change, index in events:
        before = room
        if index == GROUPS:
            room += 1
        else:
            if change < 0:
                held[index] -= 1
            else:
                need[index] += change
            takes = _takes(groups[index], held[index], need[index])
            room += counts[index] - takes
            counts[index] = takes
        if room > before:
            ends.append(at)
            rooms.append(before)
    ends.append(NEVER)
    rooms.append(room)
    return _steps(ends, rooms, valid_until)


def _takes(group: Outlook, held: int, need: int) -> int:
    guard = group.guard
    if guard is Guard.FULL:
        return held + need
    if guard is Guard.HELD:
        return held
    return max(held, min(group.share, held + need))


def _steps(ends: list[float], rooms: list[int], valid_until: float) -> Headroom:
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
    return Headroom(untils, steps, valid_until)
