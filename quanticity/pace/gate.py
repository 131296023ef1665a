"""May one more request of a group start now? All limits, shares, reserve and look-ahead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from quanticity.pace.agenda import Agenda
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.lookahead import GROUPS, Guard, Headroom, Outlook, sweep
from quanticity.pace.slots import HeldSlot
from quanticity.pace.spread import Demand, Quota, Sessions, quotas
from quanticity.pace.tally import Tally
from quanticity.pace.tighten import Tightening
from quanticity.pace.windows import Wall

NEVER = float("inf")
BURST = -1
# A cached look-ahead is used for this part of its window before it is made anew.
RENEW = 20
# Lent slots start at most this much faster than they would if spread over the window evenly;
# this part of them may start at once.
HASTE = 2.0
AT_ONCE = 4


class Refusal(NamedTuple):
    """Why not now, and when to ask again (steady seconds; inf: when something happens)."""

    until: float
    reason: str
    everyone: bool = False
    place: bool = False  # waits for a place in flight


class Gate:
    """The decisions of one budget. It changes nothing but its own caches until `granted`."""

    def __init__(
        self, spec: BudgetSpec, wall: Wall, sessions: Sessions, slack: float = 0.0
    ) -> None:
        self.spec = spec
        self.tally = Tally(spec, wall, slack)
        self.tight = Tightening(len(spec.windows))
        self.quotas: list[Quota] = quotas(self.tally, sessions)
        self.agendas = [Agenda() for _ in range(GROUPS)]
        self.backlog = [0] * GROUPS
        self.lent = [0] * GROUPS
        self.demand = Demand({})
        self.limit_to: int | None = None
        self._headrooms: dict[tuple[str, int, int], Headroom] = {}
        self._paced_at = 0.0
        self._pool = 1
        self._names = [f"{_length(one.length)} window" for one in spec.windows]
        self._close = [
            index
            for index in range(len(spec.windows))
            if index != self.tally.main and all(q.index != index for q in self.quotas)
        ]
        if spec.burst is not None:
            self._close.append(BURST)

    def forget(self) -> None:
        """Something unforeseen happened: look ahead anew."""
        self._headrooms.clear()
        for quota in self.quotas:
            quota.renew()

    def room(self, index: int, now: float) -> int:
        """Slots of one window that are free at `now`."""
        usable = self.spec.windows[index].usable
        room = usable - self.tally.held(index, now) - self.tight.phantom(index, now)
        if self.limit_to is not None:
            own = usable // self.limit_to - self.tally.windows[index].held(now)
            room = min(room, own)
        return room

    def refusal(self, rank: int, scheduled: bool, now: float) -> Refusal | None:
        """None where a request of this group may start at `now`."""
        tight, tally = self.tight, self.tally
        if now < tight.stopped_until:
            return Refusal(tight.stopped_until, tight.why, everyone=True)
        reserved = self.spec.reserve if scheduled and rank else 0
        for index in range(len(self.spec.windows)):
            kept = reserved if index == tally.main else 0
            missing = 1 + kept - self.room(index, now)
            if missing > 0:
                until = min(tally.frees_at(index, now, missing), tight.eases_at(now))
                return Refusal(until, f"{self._names[index]} full", everyone=missing > kept)
        if tally.burst_limit is not None:
            over = tally.burst.held(now) + 1 - tally.burst_limit
            if over > 0:
                return Refusal(tally.burst.frees_at(now, over), "burst", everyone=True)
        refused = self._in_flight(rank, now)
        if refused is None and scheduled:
            refused = self._quota(rank, now)
        if refused is None and rank:
            refused = self._kept_close(rank, now)
        if refused is None and tally.main is not None:
            refused = self._lend(rank, scheduled, now)
        return refused

    def granted(self, slot: HeldSlot, scheduled: bool, now: float) -> None:
        """A slot was given: count it everywhere."""
        rank = slot.rank
        share = self.spec.shares[rank]
        borrowed = self.tally.groups[rank].held(now) >= share
        self.tally.take(slot)
        for (mode, _, asker), headroom in self._headrooms.items():
            if mode == "own":
                costs = rank >= asker or borrowed
            else:
                costs = rank >= asker and (borrowed or mode == "close")
            if costs or not scheduled:
                headroom.spent += 1
        if borrowed and self.tally.main is not None:
            if share:
                self.lent[rank] += 1
            if rank:
                gap = self.tally.windows[self.tally.main].span / (HASTE * self._pool)
                self._paced_at = max(self._paced_at, now) + gap
        for quota in self.quotas:
            if scheduled:
                phantom = self.tight.phantom(quota.index, now)
                quota.spent(rank, now, self.tally, phantom)

    def adopt(self, old: Gate, now: float) -> None:
        """Take over from before a reload of the limits."""
        self.tally.adopt(old.tally, now)
        self.tight.adopt(old.tight)
        self.agendas, self.backlog, self.lent = old.agendas, old.backlog, old.lent
        self.demand, self.limit_to = old.demand, old.limit_to

    def _in_flight(self, rank: int, now: float) -> Refusal | None:
        cap = self.tight.cap(self.spec.max_in_flight, now)
        if cap is None:
            return None
        tally = self.tally
        taken = tally.all_in_flight(now)
        if taken >= cap:
            return Refusal(self.tight.eases_at(now), f"{cap} in flight", everyone=True, place=True)
        critical = self.agendas[0]
        if rank == 0 or critical.next_due() == NEVER:
            return None
        soon = self.backlog[0] + critical.count(now + tally.whole.high)
        kept = soon if cap == 1 else max(1, tally.places[0] + soon)
        if taken - tally.places[0] + 1 > cap - kept:
            return Refusal(
                critical.next_due(), "a place in flight is kept for critical", place=True
            )
        return None

    def _quota(self, rank: int, now: float) -> Refusal | None:
        for quota in self.quotas:
            phantom = self.tight.phantom(quota.index, now)
            again = quota.allows(rank, now, self.tally, phantom, self.demand)
            if again > now:
                return Refusal(again, f"{self._names[quota.index]} is spread")
        return None

    def _kept_close(self, rank: int, now: float) -> Refusal | None:
        """Every short window leaves room for what higher groups have due within it."""
        for index in self._close:
            headroom = self._headroom("close", index, rank, now)
            if headroom.left(now) < 1:
                return Refusal(self._again(headroom, now, 1), "kept for a higher group")
        return None

    def _lend(self, rank: int, scheduled: bool, now: float) -> Refusal | None:
        spec, tally = self.spec, self.tally
        held = tally.groups[rank].held(now)
        if rank == 0 and (not spec.has_shares or held < spec.shares[0] + self._carry()):
            return None
        if held < spec.shares[rank]:
            if self._plenty(rank, now):
                return None
            mode, need = "own", 1
        else:
            mode, need = "lend", 1 + sum(self.backlog[:rank])
        if not scheduled:
            # The reserve is for what was not scheduled.
            need -= spec.reserve
        headroom = self._headroom(mode, tally.main or 0, rank, now)
        if headroom.left(now) < need:
            reason = "lent to no one: a higher group needs it"
            return Refusal(self._again(headroom, now, need), reason)
        if mode == "lend" and scheduled and rank:
            gap = tally.windows[tally.main or 0].span / (HASTE * self._pool)
            ready = self._paced_at - gap * max(0.0, self._pool / AT_ONCE - 1)
            if now < ready:
                return Refusal(ready, "lending is paced")
        return None

    def _carry(self) -> int:
        """Slots that the requests under way keep a group at its share from having again."""
        window = self.tally.groups[0]
        return 1 + math.ceil(self.spec.shares[0] * self.tally.trip.high / window.spec.length)

    def _plenty(self, rank: int, now: float) -> bool:
        """Even with the shares of all higher groups fully taken there is room."""
        index = self.tally.main or 0
        kept = sum(
            max(0, self.spec.shares[higher] - self.tally.groups[higher].held(now))
            for higher in range(rank)
        )
        return self.room(index, now) - self.spec.reserve - kept - self._carry() >= 1

    def _again(self, headroom: Headroom, now: float, need: int) -> float:
        return min(headroom.rises_at(now, need), headroom.valid_until)

    def _headroom(self, mode: str, index: int, rank: int, now: float) -> Headroom:
        key = (mode, index, rank)
        known = self._headrooms.get(key)
        if known is None or now >= known.valid_until:
            make = self._look_close if mode == "close" else self._look
            known = self._headrooms[key] = make(mode, index, rank, now)
        return known

    def _look(self, mode: str, index: int, rank: int, now: float) -> Headroom:
        tally, spec = self.tally, self.spec
        span = tally.windows[index].span
        life = span / RENEW
        until = now + span + tally.trip.high + life
        groups: list[Outlook] = []
        pool = spec.windows[index].usable - spec.reserve
        for other in range(GROUPS):
            guard = _guard(mode, other, rank)
            share = spec.shares[other] + (self._carry() if other == 0 else 0)
            releases = tally.releases(other, now)
            dues: Sequence[tuple[float, int]] = ()
            if guard is Guard.FULL or (guard is Guard.SHARE and share):
                dues = self.agendas[other].upcoming(until)
            backlog = self.backlog[other] if guard is Guard.SHARE else 0
            groups.append(Outlook(guard, share, releases, dues, backlog))
            pool -= len(releases) if other < rank else min(share, len(releases))
        if mode == "lend":
            self._pool = max(1, pool)
        capacity = spec.windows[index].usable - spec.reserve - self.tight.phantom(index, now)
        return sweep(now, capacity, groups, tally.foreign_releases(index, now), now + life)

    def _look_close(self, _mode: str, index: int, rank: int, now: float) -> Headroom:
        tally = self.tally
        if index == BURST:
            window, capacity = tally.burst, tally.burst_limit or 0
            releases = [base + window.span for base in window.bases(now)]
        else:
            window = tally.windows[index]
            capacity = window.spec.usable - self.tight.phantom(index, now)
            releases = tally.window_releases(index, now)
        life = window.span / RENEW
        until = now + window.span + life + (0.0 if index == BURST else tally.trip.high)
        groups = [
            Outlook(Guard.FULL, 0, (), self.agendas[other].upcoming(until))
            if other < rank
            else Outlook(Guard.HELD)
            for other in range(GROUPS)
        ]
        return sweep(now, capacity, groups, releases, now + life)


def _guard(mode: str, other: int, rank: int) -> Guard:
    if mode == "own":
        return Guard.SHARE if other < rank else Guard.HELD
    return Guard.FULL if other < rank else Guard.SHARE


def _length(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= size:
            count = int(seconds // size)
            return name if count == 1 else f"{count} {name}"
    return f"{seconds:g} s"
