"""All slots of one budget: per window, per group, in flight, and those of other processes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from quanticity.pace.limits import EXACT_WINDOW, BudgetSpec, WindowSpec
from quanticity.pace.period import Wall
from quanticity.pace.retired import remember, retire, returning
from quanticity.pace.round_trip import RoundTrip
from quanticity.pace.slots import HeldSlot
from quanticity.pace.strides import Strides
from quanticity.pace.windows import Window

GROUPS = 4


class Tally:
    """Counts; decides nothing. Times are steady epoch seconds."""

    __slots__ = (
        "_told",
        "burst",
        "burst_limit",
        "foreign",
        "foreign_counts",
        "foreign_critical",
        "foreign_groups",
        "foreign_in_flight",
        "groups",
        "in_flight",
        "lingering",
        "main",
        "opened",
        "others",
        "places",
        "retired",
        "strides",
        "trip",
        "whole",
        "windows",
    )

    def __init__(self, spec: BudgetSpec, wall: Wall, slack: float = 0.0) -> None:
        self.windows = [Window(one, wall, slack) for one in spec.windows]
        self.foreign = [Window(one, wall, slack) for one in spec.windows]
        self.foreign_counts = [0] * len(spec.windows)
        self.foreign_in_flight: list[float] = []
        self.foreign_critical: list[float] = []
        self._told: list[float] = []
        # Whether anything is known to be held by other processes.
        self.others = False
        self.burst_limit = spec.burst
        self.burst = Window(WindowSpec(1.0, spec.burst or 0, spec.burst or 0), wall)
        self.main = next(
            (index for index, one in enumerate(spec.windows) if one is spec.main), None
        )
        main = spec.main or WindowSpec(60.0, 0, 0)
        self.groups = [Window(main, wall, slack) for _ in range(GROUPS)]
        # Slots of other processes by group; the last are those of no known group.
        self.foreign_groups = [Window(main, wall, slack) for _ in range(GROUPS + 1)]
        self.opened: list[dict[HeldSlot, None]] = [{} for _ in range(GROUPS)]
        self.in_flight = 0
        self.places = [0] * GROUPS
        # Windows that were taken out, and may return.
        self.retired: list[Window] = []
        # Until when the places of requests that we gave up are believed taken, and their groups.
        self.lingering: list[tuple[float, int]] = []
        self.trip = RoundTrip()
        self.whole = RoundTrip()
        self.strides = [Strides(self.whole) for _ in range(GROUPS)]

    def take(self, slot: HeldSlot) -> None:
        """A slot is granted: it counts everywhere from now on."""
        for window in self.windows:
            window.open += 1
        if self.burst_limit is not None:
            self.burst.add(slot.started)
        self.groups[slot.rank].open += 1
        self.opened[slot.rank][slot] = None
        self.in_flight += 1
        self.places[slot.rank] += 1

    def settle(self, slot: HeldSlot, base: float) -> None:
        """Its windows run off from `base` on."""
        slot.base = base
        del self.opened[slot.rank][slot]
        group = self.groups[slot.rank]
        group.open -= 1
        group.add(base)
        for window in self.windows:
            window.open -= 1
            window.add(base)
        if self.retired:
            remember(self.retired, base)

    def leave(self, slot: HeldSlot) -> None:
        """Its place in flight is free."""
        self.in_flight -= 1
        self.places[slot.rank] -= 1

    def linger(self, slot: HeldSlot) -> None:
        """It was given up: the vendor may be at it until its windows begin to run off."""
        self.leave(slot)
        self.lingering.append((slot.base, slot.rank))

    def give_back(self, slot: HeldSlot) -> None:
        """It was never sent. The start still counts for the burst: a start is a start."""
        del self.opened[slot.rank][slot]
        for window in self.windows:
            window.open -= 1
        self.groups[slot.rank].open -= 1
        self.leave(slot)

    def held(self, index: int, now: float) -> int:
        """Slots held in one window by all processes."""
        window = self.windows[index]
        # As `window.held`, without the call: asked with every request.
        if now >= window.changes_at:
            window.count_anew(now)
        held = window.count + window.open
        if self.others:
            held += self.foreign_counts[index] or self.foreign[index].held(now)
        return held

    def held_by(self, rank: int, now: float) -> int:
        """Slots of the main window that a group holds, of all processes."""
        window = self.groups[rank]
        if now >= window.changes_at:
            window.count_anew(now)
        held = window.count + window.open
        return held + self.foreign_groups[rank].held(now) if self.others else held

    def group_frees_at(self, rank: int, now: float, room: int) -> float:
        """When a group will hold `room` slots fewer, if it takes no more."""
        own = self.groups[rank].frees_at(now, room)
        return min(own, self.foreign_groups[rank].frees_at(now, room)) if self.others else own

    def seen_since(self, index: int, moment: float) -> int:
        """Slots of one window held at a moment just past, or taken since."""
        foreign = self.foreign_counts[index] or self.foreign[index].seen_since(moment)
        return self.windows[index].seen_since(moment) + foreign

    def frees_at(self, index: int, now: float, room: int = 1) -> float:
        """When `room` slots of one window will have come free, if no more are taken."""
        own = self.windows[index].frees_at(now, room)
        foreign = self.foreign[index].frees_at(now, room)
        return min(own, foreign)

    def all_in_flight(self, now: float) -> int:
        """Places taken by all processes."""
        foreign = self.foreign_in_flight
        if foreign:
            foreign = self.foreign_in_flight = [until for until in foreign if until > now]
        if self.lingering:
            self.lingering = [one for one in self.lingering if one[0] > now]
        return self.in_flight + len(foreign) + len(self.lingering)

    def critical_in_flight(self, now: float) -> int:
        """Places that critical requests of all processes have taken."""
        taken = self.places[0]
        if self.foreign_critical:
            taken += sum(until > now for until in self.foreign_critical)
        if self.lingering:
            taken += sum(until > now and rank == 0 for until, rank in self.lingering)
        return taken

    def believed_until(self, now: float) -> float:
        """When the first place that is only believed taken is so no longer; inf for none.

        Those of other processes, and of requests that we gave up.
        """
        ends = [until for until in self.foreign_in_flight if until > now]
        if self.lingering:
            ends += [until for until, _ in self.lingering if until > now]
        return min(ends, default=math.inf)

    def see_others(
        self,
        bases: Sequence[float],
        counts: Sequence[int],
        in_flight: Sequence[float],
        now: float,
        ranks: Sequence[int] = (),
        critical: int = 0,
    ) -> None:
        """What a ledger says of other processes: bases in exact windows, counts in long ones.

        `ranks` are the groups of those slots (-1 where not known), and the first `critical` of
        the places `in_flight` are critical's.
        """
        self.foreign_in_flight = list(in_flight)
        self.foreign_critical = self.foreign_in_flight[:critical]
        self._told = list(bases)
        for index, window in enumerate(self.windows):
            if window.spec.length > EXACT_WINDOW and counts:
                self.foreign_counts[index] = max(0, counts[index] - window.held(now))
        hold = bool(bases or in_flight or any(self.foreign_counts))
        if not hold and not self.others:
            return
        # One under way is written down until its time-out. Mostly it ends with a round trip, and
        # where it does not the ledger says so when it is asked.
        soon = now + self.trip.longest(now)
        believed = [min(base, soon) for base in bases]
        self._count_foreign(believed)
        self.others = hold or any(window.held(now) for window in self.foreign)
        groups: list[list[float]] = [[] for _ in self.foreign_groups]
        for base, rank in zip(believed, ranks or (-1,) * len(believed), strict=True):
            groups[rank].append(base)
        for window, found in zip(self.foreign_groups, groups, strict=True):
            window.replace(found)

    def distrust(self) -> None:
        """Nobody says any more what others do: their slots count as long as they may."""
        self._count_foreign(self._told)

    def _count_foreign(self, bases: Sequence[float]) -> None:
        for window in self.foreign:
            if window.spec.length <= EXACT_WINDOW:
                window.replace(bases)

    def releases(self, rank: int, now: float) -> list[float]:
        """When the main window's slots of a group come free; open ones by an upper estimate."""
        window = self.groups[rank]
        found = self._releases(window, self.opened[rank], now)
        if self.others:
            found += self._releases(self.foreign_groups[rank], {}, now)
        return found

    def _releases(self, window: Window, opened: dict[HeldSlot, None], now: float) -> list[float]:
        span = window.span
        found = [base + span for base in window.bases(now)]
        if opened:
            high = self.trip.longest(now)
            found += [max(now, slot.started + high) + span for slot in opened]
        return found

    def window_releases(self, index: int, now: float) -> list[float]:
        """When all slots of one window come free, whoever holds them."""
        window = self.windows[index]
        found = self.foreign_releases(index, now)
        span = window.span
        found += [base + span for base in window.bases(now)]
        for opened in self.opened:
            if opened:
                high = self.trip.longest(now)
                found += [max(now, slot.started + high) + span for slot in opened]
        return found

    def burst_releases(self, now: float) -> list[float]:
        """When starts of the last second no longer count for the burst."""
        return [base + self.burst.span for base in self.burst.bases(now)]

    def unknown_releases(self, now: float) -> list[float]:
        """When slots of no known group come free in the main window."""
        return self._releases(self.foreign_groups[GROUPS], {}, now) if self.others else []

    def foreign_releases(self, index: int, now: float) -> list[float]:
        """When slots of other processes come free in one window."""
        window = self.foreign[index]
        return [base + window.span for base in window.bases(now)]

    def adopt(self, old: Tally, now: float) -> None:
        """Take over everything from before a reload; no held slot is forgotten."""
        self.retired = retire(self.windows, (*old.windows, *old.retired), now)
        known = sorted(base for group in old.groups for base in group.bases(now))
        for window, foreign in zip(self.windows, self.foreign, strict=True):
            before = returning(window, old.retired) or history(window, old.windows)
            window.adopt(before, now)
            foreign.adopt(history(foreign, old.foreign), now)
            if before is None:
                window.replace(known)
            window.open = sum(len(opened) for opened in old.opened)
        counted = zip(old.windows, old.foreign_counts, strict=True)
        by_length = {window.spec.length: count for window, count in counted}
        self.foreign_counts = [by_length.get(one.spec.length, 0) for one in self.windows]
        for group, before_group in zip(self.groups, old.groups, strict=True):
            group.adopt(before_group, now)
        self.opened = old.opened
        self.in_flight = old.in_flight
        self.places = old.places
        self.lingering = old.lingering
        self.trip, self.whole, self.strides = old.trip, old.whole, old.strides
        self.others = old.others
        self.foreign_in_flight = old.foreign_in_flight
        self.foreign_critical = old.foreign_critical
        self._told = old._told
        for group, before_group in zip(self.foreign_groups, old.foreign_groups, strict=True):
            group.adopt(before_group, now)
        self.burst.adopt(old.burst, now)


def history(window: Window, before: Sequence[Window]) -> Window | None:
    """The window whose slots a new one takes over: as long as itself, or the next longer."""
    longer = [one for one in before if one.spec.length >= window.spec.length]
    if longer:
        return longer[0]
    return before[-1] if before else None
