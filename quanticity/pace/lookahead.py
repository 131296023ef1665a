"""Lending: how many slots may be given away now without anyone missing one later.

A slot taken now is gone for a whole window. So at every moment u at which a protected request
will be due, within the time a slot taken now is held, there must be

    slots still held at u  +  slots that protected requests due up to u need  <=  capacity

and the headroom is the least that is left at any such u. It only grows as time passes the
moments that bind, so one sweep gives a step function that holds until something unforeseen
happens; loans made since then are subtracted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import compress

from quanticity.pace.sight import (
    ADDS,
    NEED,
    OTHERS,
    UNPLANNED,
    UNSCHEDULED,
    WITHIN_SHARE,
    Sight,
)
from quanticity.pace.table import GROUPS, Guard, Later, Table
from quanticity.pace.tally import Tally

NEVER = float("inf")

# Until when there is so much room: bare numbers side by side, which are looked at far more often
# than they are made.
Steps = tuple[Sequence[float], Sequence[int]]


class Headroom:
    """How many slots may be lent, as a step function of time; `rooms[i]` until `untils[i]`."""

    __slots__ = ("_at", "_charges", "_passing", "_rooms", "_untils", "horizon")

    def __init__(
        self,
        untils: Sequence[float],
        rooms: Sequence[int],
        horizon: Horizon,
        charges: Sequence[int],
        passing: Sequence[int],
    ) -> None:
        self._untils = untils
        self._rooms = rooms
        self._at = 0
        self._charges = charges
        self._passing = passing
        self.horizon = horizon

    @property
    def spent(self) -> int:
        """Slots taken since the look that it did not foresee."""
        taken = self.horizon.taken
        spent = 0
        for charge in self._charges:
            spent += taken[charge]
        return spent

    @property
    def may_be_back(self) -> bool:
        """Whether of those spent some may count within their group's share by now."""
        taken = self.horizon.taken
        return any(taken[charge] for charge in self._passing)

    def may_rise_before(self, until: float, span: float) -> bool:
        """Whether a look made anew might show more room than this one, that has none `until` then.

        What was lent since comes back `span` seconds later, which this look does not show.
        """
        horizon = self.horizon
        later = until > horizon.made_at + span and self.spent > 0
        return horizon.loose or self.may_be_back or later

    def left(self, now: float) -> int:
        """Slots that may be lent at `now` (`now` never goes back)."""
        untils, at = self._untils, self._at
        while untils[at] <= now:
            at += 1
        self._at = at
        room, taken = self._rooms[at], self.horizon.taken
        for charge in self._charges:
            room -= taken[charge]
        return room

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
    (fewer than none where it will have given them back). Neither needs an order. Whether what
    a group needs is granted meanwhile makes no difference, since it is held then. `taken`
    counts the slots taken since that this does not hold for: of each group, of each group
    beyond its share, of each beyond its plan, and unscheduled. `loose` is set when something that
    was needed is not any more.
    """

    __slots__ = (
        "_at_last",
        "_changes",
        "_codes",
        "_moments",
        "_table",
        "back_at",
        "half",
        "loose",
        "made_at",
        "taken",
        "until",
        "valid_until",
    )

    def __init__(
        self,
        now: float,
        valid_until: float,
        releases: Sequence[Sequence[float]],
        dues: Sequence[Sequence[tuple[float, int]]] = (),
    ) -> None:
        self.made_at = now
        self.valid_until = valid_until
        # How far it looks, where that is in steps of time.
        self.until = 0.0
        self.half = (now + valid_until) / 2
        self.taken = [0] * (UNSCHEDULED + 1)
        self.loose = False
        # When one of those that went beyond a plan may count no longer.
        self.back_at = NEVER
        events: list[tuple[float, int, int]] = []
        self._table: Table | None = None
        for group, moments in enumerate(releases):
            if moments:
                events += [(at, -1, group) for at in moments]
        # What each group still needs after the last event.
        self._at_last = [0] * GROUPS
        for group, wanted in enumerate(dues):
            self._at_last[group] = sum([calls for _, calls in wanted])
            events += [(at, calls, group + NEED) for at, calls in wanted]
        events.sort(reverse=True)
        # From the last to the first, as bare numbers: a tenth of the memory, and hundreds of
        # budgets have one of these.
        moments, changes, codes = zip(*events, strict=True) if events else ((), (), ())
        self._moments, self._changes = array("d", moments), array("l", changes)
        self._codes = bytes(codes)

    @classmethod
    def of_many(cls, now: float, valid_until: float, table: Table) -> Horizon:
        """One of so many events that they are counted in steps of time."""
        horizon = cls(now, valid_until, ())
        horizon._table, horizon.until = table, table.until
        return horizon

    def take(self, rank: int, scheduled: bool, beyond: bool, unplanned: bool = False) -> None:
        """A slot was taken that counts here, `beyond` its group's share, `unplanned` or not."""
        if not scheduled:
            self.taken[UNSCHEDULED] += 1
            return
        self.taken[rank] += 1
        if beyond:
            self.taken[GROUPS + rank] += 1
        if unplanned:
            self.taken[UNPLANNED + rank] += 1
            self.back_at = self.made_at

    def take_nearby(self, rank: int, scheduled: bool, due: float, *, late: bool) -> None:
        """The same of a window beside the main one.

        A critical run that waits, maybe for another window, is not foreseen there, and the slot of
        one that was `late` comes back later than was: what is more is counted, and looked at anew.
        """
        if not scheduled:
            self.taken[UNSCHEDULED] += 1
            return
        self.taken[rank] += 1
        if not rank and (late or due < self.made_at):
            self.taken[GROUPS] += 1
            self.loose = True

    def come_back(self, tally: Tally, foreseen: Sequence[float], now: float) -> None:
        """What went beyond a plan counts until its group holds no more than planned again.

        What it takes from then on was foreseen, but for how late: of critical, and of what is
        within a share, a look made anew says so.
        """
        taken, self.back_at = self.taken, NEVER
        for rank in range(1, GROUPS - 1):
            counts = taken[UNPLANNED + rank]
            if counts:
                over = max(0, tally.held_by(rank, now) - int(foreseen[rank]))
                taken[UNPLANNED + rank] = counts = min(over, counts)
            if counts:
                back = tally.group_frees_at(rank, now, 1 + over - counts)
                self.back_at = min(self.back_at, back)

    def sweep(self, capacity: int, sight: Sight, later: Later | None = None) -> Headroom:
        """The headroom of `capacity` slots, for one who looks like that.

        What is `later` another way is only known of a horizon in steps of time.
        """
        if self._table is not None:
            steps: Steps = self._table.sweep(capacity, sight.guards, sight.shares, later)
        else:
            steps = self._by_events(capacity, sight)
        return Headroom(*steps, self, sight.charges, sight.passing)

    def _by_events(self, capacity: int, sight: Sight) -> Steps:
        """From the end back: the least room so far, wherever something comes free."""
        if WITHIN_SHARE in sight.ways:
            return self._within_shares(capacity, sight)
        room = least = self._last(capacity, sight)
        untils, rooms = array("d", (NEVER,)), [room]
        seen = self._codes.translate(sight.seen)
        moments, changes = compress(self._moments, seen), compress(self._changes, seen)
        for at, change in zip(moments, changes, strict=True):
            room += change
            if room < least:
                least = room
                untils.append(at)
                rooms.append(room)
        untils.reverse()
        rooms.reverse()
        return untils, rooms

    def _within_shares(self, capacity: int, sight: Sight) -> Steps:
        """The same, where of what a group needs only so much counts."""
        ways, shares = sight.ways, sight.shares
        room = least = self._last(capacity, sight)
        untils, rooms = array("d", (NEVER,)), [room]
        # Of each group: what it holds, and what it needs. Of the room it takes what it holds, and
        # with what it needs up to its share.
        held, need = [0] * GROUPS, self._at_last.copy()
        seen = self._codes.translate(sight.seen)
        moments, changes = compress(self._moments, seen), compress(self._changes, seen)
        for at, change, code in zip(moments, changes, compress(self._codes, seen), strict=True):
            if ways[code] == ADDS:
                room += change
            elif code < OTHERS:
                holds, share = held[code], shares[code]
                held[code] = holds + 1
                # One of those that its share was kept free for, or one more.
                if holds >= share or holds + need[code] < share:
                    room -= 1
            else:
                rank = code - NEED
                needs = need[rank]
                need[rank] = needs - change
                free = shares[rank] - held[rank]
                if free > 0:
                    room += min(needs, free) - min(needs - change, free)
            if room < least:
                least = room
                untils.append(at)
                rooms.append(room)
        untils.reverse()
        rooms.reverse()
        return untils, rooms

    def _last(self, capacity: int, sight: Sight) -> int:
        """The room after the last event: nothing is held any more of what is held now."""
        for rank, guard in enumerate(sight.guards):
            if guard is Guard.FULL:
                capacity -= self._at_last[rank]
            elif sight.ways[rank] == WITHIN_SHARE:
                capacity -= min(self._at_last[rank], sight.shares[rank])
        return capacity
