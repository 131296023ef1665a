"""Who may borrow what: the views of the near future that a request must not spoil.

A group below its share asks for what is its own; beyond that it borrows. Either way it must
leave to others what they will need within the time its slot is held:

- its own: what higher groups have due within their shares;
- borrowed: all that critical has due, or a group whose need fits its share; of other higher ones
  what they plan to use of a window (not their peaks); what every group has due within its share;
- in both, where all that critical plans fits its share, every critical request, also at a peak or
  while the slots of the last round are still under way. For those the reserve may be counted on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from quanticity.pace.agenda import Agenda
from quanticity.pace.ahead import Ahead, Change, Owned
from quanticity.pace.bounds import BURST, Bounds
from quanticity.pace.demand import Plans
from quanticity.pace.following import Following
from quanticity.pace.haste import Haste
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.lookahead import Headroom, Horizon
from quanticity.pace.others import Others
from quanticity.pace.survey import releases_of, survey
from quanticity.pace.table import GROUPS
from quanticity.pace.tally import Tally
from quanticity.pace.tighten import Tightening
from quanticity.pace.views import Refusal, View, Views
from quanticity.pace.windows import Window

# A look ahead serves for this part of its window, of one beside the main one for so many; half as
# long where critical waits: it takes what is due for granted at once. Beside critical runs of
# several requests, with fewer slots than `MANY`, for less: what it sees too early it keeps idle.
# Later than by the part `LATE` of a window is late.
LIFE, NEAR_LIFE, MANY, LATE = 0.5, 2.0, 200, 0.02
NO_MAIN, NEVER = -2, float("inf")


class Lending:
    """The look-ahead of one budget, cached."""

    def __init__(
        self,
        spec: BudgetSpec,
        tally: Tally,
        tight: Tightening,
        agendas: list[Agenda],
        backlog: list[int],
        close: Sequence[int],
    ) -> None:
        self.agendas, self.backlog = agendas, backlog
        self.others, self.under_way = Others(), Following()
        # Where there are others: how many loans of theirs later a request still might; None: any.
        self.slack: int | None = None
        self.lent = [0] * GROUPS
        self.settled_at = 0.0
        self._spec, self._tally, self._tight = spec, tally, tight
        self._main = tally.main if tally.main is not None else NO_MAIN
        self._span = tally.windows[tally.main].span if tally.main is not None else 0.0
        self._fits, self._haste = True, Haste()
        # What the group that asked last holds: it is the one to be granted.
        self._held = 0
        self._headrooms: dict[View, Headroom] = {}
        self._horizons: dict[int, Horizon] = {}
        self._bounds = Bounds(spec, tally, agendas, backlog)
        self._close = list(close)
        if spec.burst is not None:
            self._close.append(BURST)
        self.plan(Plans((0.0,) * GROUPS, not spec.has_shares))

    def plan(self, plans: Plans, change: Change | None = None) -> None:
        """What groups plan to use of a main window, and which other limits will follow.

        Where critical is within its share its peaks may go beyond, once its demand is a window old.
        """
        self._fits, spec = plans.fits, self._spec
        size = spec.main.usable if spec.main is not None else 0
        views = self._views = Views(spec, self._main, self._close, size, plans)
        self._own = Owned(spec.shares, views.planned, views.foreseen, size - spec.reserve)
        self._ahead = Ahead(spec, self._tally, self._close, views, self._own, change)
        self.forget()

    def _turn(self) -> None:
        """What is taken from now on counts among the limits that follow: nobody owns more."""
        self._own, self._ahead.turns_at = self._ahead.own, NEVER
        self.forget()

    def expect(self, jobs: Iterable[tuple[int, int, float]], lumps: Sequence[int]) -> None:
        """Bound what groups may want: (rank, calls, interval) of each job. `lumps` as in Haste."""
        self._haste.lumps = lumps
        self._bounds.expect(jobs, self._close)

    def forget(self) -> None:
        """Something unforeseen happened: look ahead anew."""
        self._headrooms.clear()
        self._horizons.clear()

    def gave_up(self) -> None:
        """Something that was due, or waited, will not be asked for after all."""
        for horizon in self._horizons.values():
            horizon.loose = True

    def adopt(self, old: Lending) -> None:
        """Take over from before a reload of the limits."""
        self.agendas, self.backlog, self.lent = old.agendas, old.backlog, old.lent
        self._bounds.agendas, self._bounds.backlog = old.agendas, old.backlog
        self.look_to(old.others)
        self.under_way = old.under_way
        self.settled_at = old.settled_at

    def look_to(self, others: Others) -> None:
        """What other processes need counts as what is needed here does."""
        self.others = self._bounds.others = others

    def refusal(
        self, rank: int, scheduled: bool, now: float, rooms: Sequence[int]
    ) -> Refusal | None:
        """None where nobody else would miss the slot; `rooms` are free slots of each window."""
        self.slack = None
        if now >= self._ahead.turns_at:
            self._turn()
        held = self._held = self._tally.held_by(rank, now)
        refused, spec = self._missed_nearby(rank, now, rooms) if rank else None, self._spec
        if refused is not None or self._tally.main is None:
            return refused
        if rank == 0 and (self._fits or held < self._own.shares[0] + self._carry(now)):
            return None
        if not scheduled:
            # The reserve is for these; they queue behind nobody's plans but critical's.
            views, need = self._views, 1 if self._fits else 1 - spec.reserve
            return self._kept((views.own_peak if self._fits else views.own)[rank], now, need)
        if held < self._own.shares[rank]:
            return self._missed(rank, now, rooms[self._main])
        return self._missed_by_borrowing(rank, held, now, rooms[self._main])

    def _missed_nearby(self, rank: int, now: float, rooms: Sequence[int]) -> Refusal | None:
        """What keeps a group from a slot of the burst, or of the windows beside the main one."""
        for index, views in zip(self._close, self._views.near[rank], strict=True):
            if now < self._ahead.begins_at and self._bounds.ample(index, rank, now, rooms):
                if index != BURST and self.others.there:
                    self._leaves(self._bounds.left - 1)
                continue
            for view in views:
                refused = self._kept(view, now)
                if refused is not None:
                    return refused
        return None

    def _missed(self, rank: int, now: float, room: int) -> Refusal | None:
        """What keeps a group from a slot of its own share."""
        if self._roomy(rank, now, room, own=True):
            self._leaves(self._bounds.left - 1)
            return None
        plenty = now < self._ahead.begins_at
        if plenty and (plenty := self._bounds.plenty(rank, now, room, self._own.shares)):
            self._leaves(self._bounds.left - 1)
        usual = None if plenty else self._views.own[rank]
        return self._kept_at_peaks(self._views.own_peak[rank], usual, now)

    def _missed_by_borrowing(self, rank: int, held: int, now: float, room: int) -> Refusal | None:
        """What keeps a group from a slot beyond its share."""
        refused = None
        if self._roomy(rank, now, room, own=False):
            self._haste.pool = self._bounds.pool
            self._leaves(self._bounds.left - 1)
        else:
            refused = self._kept_at_peaks(self._views.lend_peak[rank], self._views.lend[rank], now)
        if refused is None and rank:
            ready = self._haste.ready(rank, self._own.shares[rank], self._span)
            if now < ready:
                refused = Refusal(ready, "lending is paced")
        if refused is None or not self._own.shares[rank]:
            return refused
        # A group need not borrow once a request of it is within its share.
        over = held + 1 - self._own.shares[rank] - (0 if rank else self._carry(now))
        until = self._tally.group_frees_at(rank, now, max(1, over))
        return refused._replace(until=min(refused.until, until))

    def granted(self, rank: int, scheduled: bool, now: float, due: float) -> None:
        """A group is about to get a slot: the one that was just not refused."""
        held = self._held
        beyond, unplanned = held >= self._own.planned[rank], held >= self._own.foreseen[rank]
        for index, horizon in self._horizons.items():
            if index == self._main:
                horizon.take(rank, scheduled, beyond, unplanned)
            else:
                # The slot of a late critical run comes back later than was foreseen.
                late = not rank and due < now - LATE * self._window(index).span
                horizon.take_nearby(rank, scheduled, due, late=late)
        share = self._own.shares[rank]
        if held >= share and self._tally.main is not None:
            self.lent[rank] += share > 0
            if rank:
                self._haste.lent(rank, share, self._span, now)

    def _kept_at_peaks(self, peak: View, usual: View | None, now: float) -> Refusal | None:
        """What is kept for critical's peaks, out of the reserve too, and for the usual."""
        if self._fits and now >= self.settled_at:
            left, reserve = self._headroom(peak, now).left(now), self._spec.reserve
            # At a peak no less is kept than usually, but for the reserve.
            if left > reserve:
                if self.others.there:
                    self._leaves(left - reserve - 1)
                return None
            if left < 1:
                refused = self._kept(peak, now)
                left = self._headroom(peak, now).left(now)
                if refused or left > reserve:
                    return refused
            self._leaves(left - 1)
        return None if usual is None else self._kept(usual, now)

    def _leaves(self, slack: int) -> None:
        if self.slack is None or slack < self.slack:
            self.slack = slack

    def _kept(self, view: View, now: float, need: int = 1) -> Refusal | None:
        headroom = self._headroom(view, now)
        if (left := headroom.left(now)) >= need:
            if view.index != BURST and self.others.there:
                self._leaves(left - need)
            return None
        until = headroom.rises_at(now, need)
        window, made_at = self._window(view.index), headroom.horizon.made_at
        if headroom.may_rise_before(until, window.span):
            soonest = made_at + window.span * view.pause(window.spec.usable)
            if now < soonest:
                until = min(until, soonest)
            else:
                self._horizons.pop(view.index)
                headroom = self._headroom(view, now)
                if headroom.left(now) >= need:
                    self._leaves(headroom.left(now) - need)
                    return None
                until = headroom.rises_at(now, need)
        until = min(until, headroom.horizon.back_at, headroom.horizon.valid_until)
        return Refusal(until, "kept for a higher group")

    def _carry(self, now: float) -> int:
        """Slots that the requests under way keep a group at its share from having again."""
        windows = self._tally.trip.longest(now) / self._tally.groups[0].spec.length
        return 1 + math.ceil(self._own.shares[0] * windows)

    def _roomy(self, rank: int, now: float, room: int, *, own: bool) -> bool:
        """True where no look is at hand, and none is needed."""
        horizon = self._horizons.get(self._main)
        if now >= self._ahead.begins_at or (horizon is not None and now < horizon.valid_until):
            return False
        return self._bounds.roomy(rank, now, room, self._own.planned, own=own)

    def _headroom(self, view: View, now: float) -> Headroom:
        horizon = self._horizons.get(view.index)
        if horizon is None or now >= (horizon.half if self.backlog[0] else horizon.valid_until):
            horizon = self._horizons[view.index] = self._survey(view, now)
        elif now >= horizon.back_at:
            horizon.come_back(self._tally, self._own.foreseen, now)
        known = self._headrooms.get(view)
        if known is None or known.horizon is not horizon:
            capacity = self._capacity(view, now)
            later = self._ahead.later(view, horizon.until)
            known = self._headrooms[view] = horizon.sweep(capacity, view.sight, later)
        return known

    def _capacity(self, view: View, now: float) -> int:
        if view.index == BURST:
            return self._spec.burst or 0
        capacity = self._spec.windows[view.index].usable if view.near else view.capacity
        return capacity - self._tight.phantom(view.index, now)

    def _survey(self, view: View, now: float) -> Horizon:
        tally, window = self._tally, self._window(view.index)
        late = 0.0 if view.index == BURST else tally.trip.longest(now)
        back = window.span + late
        few = self.agendas[0].several and window.usable < MANY
        life = NEAR_LIFE if view.near else LIFE * window.usable / MANY if few else LIFE
        valid_until = now + window.span * life
        # Who waits may wait for other windows than a near one.
        backlog: Sequence[int] = (0,) * GROUPS
        under_way = Following() if view.near else self.under_way
        releases = releases_of(view, tally, now)
        if not view.near:
            waiting = self.others.waiting
            backlog = [
                slots + waiting[rank] - under_way.slots(rank)
                for rank, slots in enumerate(self.backlog)
            ]
            first = self._own.planned[0] if self._spec.has_shares else len(releases[0])
            self._haste.look(self._own.pool, releases, (first, *self._own.planned[1:]))
        # The burst is each process's own.
        others = None if view.index == BURST or not self.others.there else self.others
        # What the lowest group needs binds nobody, but for its share.
        needed = GROUPS if self._own.planned[-1] and not view.near else GROUPS - 1
        known = (releases, self.agendas, backlog, under_way, tally.strides, others, needed)
        return survey(now, valid_until, back, *known, self._ahead.seen_at(view))

    def _window(self, index: int) -> Window:
        return self._tally.burst if index == BURST else self._tally.windows[index]
