"""May one more request of a group start now? All limits, shares, reserve and look-ahead."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from quanticity.pace.agenda import Agenda
from quanticity.pace.alone import Alone
from quanticity.pace.even import Even
from quanticity.pace.lending import Lending
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.others import Others
from quanticity.pace.period import Wall
from quanticity.pace.ports import Terms
from quanticity.pace.slots import HeldSlot
from quanticity.pace.spread import Demand, Quota, Sessions, quotas
from quanticity.pace.table import GROUPS
from quanticity.pace.tally import Tally
from quanticity.pace.tighten import Tightening
from quanticity.pace.views import Refusal

NEVER = float("inf")


class Gate:
    """The decisions of one budget. It changes nothing but its own caches until `granted`."""

    __slots__ = (
        "_few_at_once",
        "_main",
        "_names",
        "_reserve",
        "_usable",
        "agendas",
        "alone",
        "backlog",
        "blocked",
        "demand",
        "dues",
        "even",
        "gave",
        "is_new",
        "lending",
        "looked_at",
        "others",
        "quotas",
        "shut_until",
        "spec",
        "tally",
        "tight",
        "under_way",
    )

    def __init__(
        self, spec: BudgetSpec, wall: Wall, sessions: Sessions, slack: float = 0.0
    ) -> None:
        self.spec = spec
        self.tally = Tally(spec, wall, slack)
        self.tight = Tightening(spec.windows)
        self.quotas: list[Quota] = quotas(self.tally, sessions)
        # When each group is next due: bare numbers side by side, looked at in every step.
        self.dues = array("d", [NEVER] * GROUPS)
        self.agendas = [Agenda(self.dues, rank) for rank in range(GROUPS)]
        self.backlog = [0] * GROUPS
        self.demand = Demand({})
        # Refusals that hold until then: of everyone, and of each group's scheduled requests.
        self.shut_until = 0.0
        self.blocked: list[Refusal | None] = [None] * GROUPS
        self.alone: Alone | None = None
        # What other processes need of the budget, and whether there is news to tell them: up to
        # when what was due was looked at, and whether more or less is to be expected than was.
        self.others = Others()
        self.looked_at = 0.0
        self.is_new = True
        self.gave = False
        self.even = Even(spec, self.tally)
        close = [
            index
            for index in range(len(spec.windows))
            if index != self.tally.main and all(q.index != index for q in self.quotas)
        ]
        self.lending = Lending(spec, self.tally, self.tight, self.agendas, self.backlog, close)
        self.lending.look_to(self.others)
        self.under_way = self.lending.under_way
        self._usable = [one.usable for one in spec.windows]
        self._few_at_once = spec.burst is not None or spec.max_in_flight is not None
        # What all but scheduled critical requests leave of the main window.
        self._main, self._reserve = 0, 0
        if self.tally.main is not None:
            self._main, self._reserve = self.tally.main, spec.reserve
        self._names = [f"{_length(one.length)} window" for one in spec.windows]

    def forget(self) -> None:
        """Something unforeseen happened: look ahead anew."""
        self.look_again()
        for quota in self.quotas:
            quota.renew()

    def forget_pauses(self) -> None:
        """A slot that was granted was not used after all, or is of another day than was thought."""
        self.forget()
        for quota in self.quotas:
            quota.forget_pauses()

    def look_again(self) -> None:
        """Others hold or need something else than was known."""
        self.reopen()
        self.lending.forget()

    def reopen(self, below: int = -1) -> None:
        """Something changed for the groups below one: they are to be asked again."""
        if below < 0:
            self.shut_until = 0.0
        for rank in range(below + 1, GROUPS):
            self.blocked[rank] = None

    def gave_up(self, rank: int) -> None:
        """Something that a group was due, or waited for, will not be asked for after all."""
        self.gave = True
        self.lending.gave_up()
        self.reopen(rank)

    def room(self, index: int, now: float) -> int:
        """Slots of one window that are free at `now`."""
        room = self._usable[index] - self.tally.held(index, now)
        if self.tight.counted:
            room -= self.tight.phantom(index, now)
        return room if self.alone is None else min(room, self.alone.room(index, now))

    def refusal(self, rank: int, scheduled: bool, now: float) -> Refusal | None:
        """None where a request of this group may start at `now`."""
        tight, tally = self.tight, self.tally
        if now < tight.stopped_until:
            return Refusal(tight.stopped_until, tight.why, everyone=True)
        reserved = self._reserve if scheduled and rank else 0
        if tight.counted or tally.others or self.alone is not None:
            rooms = [self.room(index, now) for index in range(len(self._usable))]
        else:
            # Asked for with every request: the common case at the least cost.
            rooms = []
            for window in tally.windows:
                if now >= window.changes_at:
                    window.count_anew(now)
                rooms.append(window.usable - window.count - window.open)
        if rooms and (min(rooms) <= 0 or (reserved and rooms[self._main] <= reserved)):
            return self._full(rooms, reserved, now)
        refused = None
        if self._few_at_once or now < tight.cap_until:
            refused = self._at_once(rank, now)
        if refused is None and scheduled:
            refused = self._quota(rank, now) if self.quotas else None
            refused = refused or self.even.refusal(rank, now)
        return refused or self.lending.refusal(rank, scheduled, now, rooms)

    def _at_once(self, rank: int, now: float) -> Refusal | None:
        """What keeps a group from one more start in this second, or from a place in flight."""
        tally = self.tally
        if tally.burst_limit is not None:
            over = tally.burst.held(now) + 1 - tally.burst_limit
            if over > 0:
                return Refusal(tally.burst.frees_at(now, over), "burst", everyone=True)
        return self._in_flight(rank, now)

    def _full(self, rooms: Sequence[int], reserved: int, now: float) -> Refusal:
        """Until when some windows have nothing left, or nothing but what is `reserved`."""
        tally, found = self.tally, (False, 0.0, "")
        for index, room in enumerate(rooms):
            kept = reserved if index == tally.main else 0
            if room <= kept:
                # Where nobody may start, one who needs no reserve may sooner than this group.
                everyone = room <= 0
                until = tally.frees_at(index, now, (1 if everyone else 1 + kept) - room)
                found = max(found, (everyone, until, self._names[index]))
        everyone, until, name = found
        again = min(until, self._eases_at(now))
        return Refusal(again, f"{name} full", everyone=everyone, headers=until == NEVER)

    def _eases_at(self, now: float) -> float:
        """When something that was said, or that nobody can be asked, no longer limits as it did."""
        until = self.tight.eases_at(now)
        return until if self.alone is None else min(until, self.alone.eases_at(now))

    def is_blocked(self, rank: int, at: float) -> bool:
        """Whether no scheduled request of a group may start at `at`, as far as is known."""
        known = self.blocked[rank]
        return known is not None and at < known.until < NEVER

    def terms(self, rank: int, scheduled: bool, now: float) -> Terms:
        """On which terms a request that was just let go may start, by what is known of others."""
        slack, soon = self.lending.slack, None
        upto = None if slack is None else self.others.loans + slack
        kept = self.spec.reserve if scheduled and rank else 0
        if rank and self.spec.max_in_flight is not None and self._expects_critical():
            soon = self._soon(now)
        return Terms(scheduled, upto, kept, soon)

    def granted(self, slot: HeldSlot, scheduled: bool, now: float, due: float) -> None:
        """A slot was given to one who was `due` then: count it everywhere."""
        rank = slot.rank
        self.lending.granted(rank, scheduled, now, due)
        if scheduled:
            self.even.granted(rank, now)
        self.tally.take(slot)
        for quota in self.quotas:
            if scheduled:
                phantom = self.tight.phantom(quota.index, now)
                quota.spent(rank, now, self.tally, phantom)

    def adopt(self, old: Gate, now: float) -> None:
        """Take over from before a reload of the limits."""
        self.tally.adopt(old.tally, now)
        self.tight.adopt(old.tight)
        spread = {quota.length: quota for quota in old.quotas}
        for quota in self.quotas:
            if quota.length in spread:
                quota.adopt(spread[quota.length])
        self.agendas, self.dues, self.backlog = old.agendas, old.dues, old.backlog
        self.demand = old.demand
        if old.alone is not None:
            self.alone = Alone(self.tally, self.spec, old.alone.processes, now, old.alone)
        self.others, self.looked_at = old.others, old.looked_at
        self.lending.adopt(old.lending)
        self.under_way = old.under_way
        self.even.adopt(old.even)

    def _in_flight(self, rank: int, now: float) -> Refusal | None:
        cap = self.tight.cap(self.spec.max_in_flight, now)
        if cap is None:
            return None
        tally = self.tally
        if self.alone is not None:
            cap = min(cap, self.alone.places(cap, now))
        taken = tally.all_in_flight(now)
        if taken >= cap:
            # Places that others hold, or that a crash left, end without anybody telling us.
            again = min(self._eases_at(now), tally.believed_until(now))
            return Refusal(again, f"{cap} in flight", everyone=True, place=True)
        if rank == 0 or not self._expects_critical():
            return None
        critical, soon = tally.critical_in_flight(now), self._soon(now)
        kept = soon if cap == 1 else max(1, critical + soon)
        if taken - critical + 1 > cap - kept:
            until = min(self.agendas[0].next_due, self.others.next_due(0, now))
            until = min(until, tally.believed_until(now))
            return Refusal(until, "a place in flight is kept for critical", place=True)
        return None

    def _expects_critical(self) -> bool:
        return self.agendas[0].next_due < NEVER or self.others.needs(0, NEVER) > 0

    def _soon(self, now: float) -> int:
        """Places in flight that critical requests need before a request that starts now ends.

        A run has one request at a time, however many are to follow.
        """
        soon, under_way = now + self.tally.whole.longest(now), self.under_way
        runs = under_way.runs(0) + self.agendas[0].runs(soon)
        return self.backlog[0] - under_way.slots(0) + runs + self.others.needs(0, soon)

    def _quota(self, rank: int, now: float) -> Refusal | None:
        for quota in self.quotas:
            phantom = self.tight.phantom(quota.index, now)
            again = quota.allows(rank, now, self.tally, phantom, self.demand)
            if again > now:
                return Refusal(again, f"{self._names[quota.index]} is spread")
        return None


def _length(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= size:
            count = int(seconds // size)
            return name if count == 1 else f"{count} {name}"
    return f"{seconds:g} s"
