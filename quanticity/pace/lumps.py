"""What runs at times of day comes in lumps: how late the last of each starts.

Counted, not rehearsed: of each limit a lump has what the polled feeds leave, as fast as slots come
back. What it takes of it delays the polled feeds of its group and those below meanwhile.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from quanticity.clock import Session
from quanticity.errors import Severity
from quanticity.model import Priority
from quanticity.pace.budget import NOW_ENOUGH
from quanticity.pace.limits import EXACT_WINDOW, BudgetSpec
from quanticity.pace.occasions import hours_in
from quanticity.pace.planned import LumpPlan, PlannedFeed, Shortage
from quanticity.pace.rooms import SECOND
from quanticity.pace.rules import Admission, Rules
from quanticity.pace.shares import takes
from quanticity.pace.wants import DAY
from quanticity.words import seconds

# A critical lump is on time where its last request starts within so many seconds.
ON_TIME = 60.0
HOUR = 3600.0
# What many requests in a row may take beyond their average, or wait for polled ones.
CARE = 1.1


_Times = dict[float, dict[Priority, list[int]]]


@dataclass(frozen=True, slots=True)
class _Room:
    """Of one limit: so many `slots` are left, each taken for `hold` seconds.

    When the lump comes there are `taken` fewer.
    """

    slots: float
    hold: float
    taken: float = 0.0

    def served(self, calls: int) -> float:
        """When the last of so many starts that all come at once, seconds; inf where never."""
        first = self.slots - self.taken
        if calls <= first:
            return 0.0
        if self.slots <= 0:
            return math.inf
        return math.ceil((calls - first) / self.slots) * self.hold

    def within(self, span: float) -> float:
        """How many start in so many seconds."""
        return max(0.0, self.slots) * (1 + math.floor(span / self.hold))


def lumps_of(
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    session: Session,
    rates: Sequence[float],
    trip: float,
) -> tuple[LumpPlan, ...]:
    """The lumps of a budget in a session, by time of day; of each the worst day of the week.

    `rates` are the calls a second of its polled feeds, by rank; `trip` is how long a request may
    take, seconds.
    """
    found: dict[tuple[float, Priority], LumpPlan] = {}
    timed = Counter(replace(feed, id="", source="") for feed in feeds if feed.at)
    most = max((feed.calls for feed in timed), default=1)
    rooms = {group: _rooms(spec, group.rank, rates, trip, most) for group in Priority}
    for day in range(7) if timed else ():
        for lump, hour in _of_day(timed, session, day, rooms):
            known = found.get((hour, lump.group))
            if known is None or _lateness(lump) > _lateness(known):
                found[hour, lump.group] = lump
    return tuple(found[mark] for mark in sorted(found, key=lambda mark: (mark[0], mark[1].rank)))


def delays_of(
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    session: Session,
    rates: Sequence[float],
    trip: float,
) -> dict[tuple[Priority, int], float]:
    """By how many seconds lumps delay polled feeds, at the most: by group and calls of a run.

    A run that is due with a lump of its group goes behind it, and lets those of higher groups go
    first; what is due later in its own group goes behind it in turn. Inf where it never has a turn.
    """
    timed = Counter(replace(feed, id="", source="") for feed in feeds if feed.at)
    polled = {(feed.group, feed.calls) for feed in feeds if feed.interval is not None}
    most = max((feed.calls for feed in timed), default=1)
    rooms = {group: _rooms_behind(spec, group.rank, rates, trip, most) for group, _ in polled}
    found = dict.fromkeys(polled, 0.0)
    for day in range(7) if timed else ():
        at = _times(timed, session, day)
        for hour, (group, calls) in product(at, polled):
            late = _late(at, hour, group, rooms[group], calls)
            found[group, calls] = max(found[group, calls], late)
    return found


def late_of(feed: PlannedFeed, lumps: Sequence[LumpPlan]) -> float | None:
    """How late a run of a feed at its times of day may start; None where none is, or it never does.

    Seconds.
    """
    times = {one.rpartition(" ")[2] for one in feed.at}
    late = [_lateness(one) for one in lumps if one.group is feed.group and one.at in times]
    most = max(late, default=math.inf)
    return None if most == math.inf else most


def late_lumps(
    name: str,
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    lumps: Sequence[LumpPlan],
    rules: Rules,
    session: Session,
    rates: Sequence[float],
    trip: float,
) -> list[Shortage]:
    """The lumps that are short: critical ones that are not on time, others whose runs are lost.

    A run is lost that may not wait, or that waits until it is due once more.
    """
    found = []
    for lump in lumps:
        late, span, why = _lateness(lump), ON_TIME, ""
        if late < math.inf:
            why = f"in the first minute: the last starts {seconds(late)} late"
        if lump.group is not Priority.CRITICAL:
            if rules.rule(session, lump.group).admission is Admission.IF_IDLE:
                span, why = NOW_ENOUGH, "at once: the others are skipped (skip_if_busy)"
            else:
                span = _next_time(lump, feeds)
        if late <= span:
            continue
        severity = Severity.ERROR if lump.group is Priority.CRITICAL else Severity.WARNING
        rooms = _rooms(spec, lump.group.rank, rates, trip)
        counted = min(span, ON_TIME)
        can_have = min([float(lump.calls), *(math.floor(one.within(counted)) for one in rooms)])
        wants = float(lump.calls)
        found.append(
            Shortage(
                severity, name, lump.group, session, "minute", wants, can_have, why=why, at=lump.at
            )
        )
    return found


def _lateness(lump: LumpPlan) -> float:
    return math.inf if lump.late is None else lump.late


def _of_day(
    feeds: Mapping[PlannedFeed, int],
    session: Session,
    day: int,
    rooms: Mapping[Priority, Sequence[_Room]],
) -> list[tuple[LumpPlan, float]]:
    at = _times(feeds, session, day)
    found = []
    for hour, groups in at.items():
        for group, calls in groups.items():
            late = _late(at, hour, group, rooms[group])
            told = f"{int(hour):02}:{round(hour % 1 * 60):02}"
            known = None if late == math.inf else late
            found.append((LumpPlan(told, group, len(calls), sum(calls), known), hour))
    return found


def _times(feeds: Mapping[PlannedFeed, int], session: Session, day: int) -> _Times:
    at: _Times = defaultdict(lambda: defaultdict(list))
    for feed, count in feeds.items():
        for hour in hours_in(feed, session, day):
            at[hour][feed.group] += [feed.calls] * count
    return at


def _late(
    at: _Times, hour: float, group: Priority, rooms: Sequence[_Room], behind: int = 0
) -> float:
    """How late the last of a group's lump starts, or who asks for so many calls `behind` it."""
    late = 0.0
    for since in at:
        if since > hour:
            continue
        # All that came since then, of its group and of higher ones, and is not done.
        came = sum(
            sum(several)
            for moment, others in at.items()
            if since <= moment <= hour
            for other, several in others.items()
            if other.rank <= group.rank
        )
        if came:
            served = max((room.served(came + behind) for room in rooms), default=0.0)
            late = max(late, served - (hour - since) * HOUR)
    return late


def _rooms_behind(
    spec: BudgetSpec, rank: int, rates: Sequence[float], trip: float, most_calls: int
) -> list[_Room]:
    """The same for who waits behind a lump: his group's own slots are for it once they are back."""
    beside = _rooms(spec, rank, rates, trip, most_calls)
    alone = list(rates)
    alone[rank] = 0.0
    return [
        _Room(without.slots, room.hold, max(0.0, without.slots - room.slots))
        for room, without in zip(beside, _rooms(spec, rank, alone, trip, most_calls), strict=True)
    ]


def _rooms(
    spec: BudgetSpec, rank: int, rates: Sequence[float], trip: float, most_calls: int = 1
) -> list[_Room]:
    """What each limit leaves a lump of a group, beside polled feeds.

    Its runs make up to `most_calls`: one that finds no slots for all of them waits.
    """
    found, main = [], spec.main
    polled = sum(rates[: rank + 1])
    care = CARE if any(rates) else 1.0
    for window in spec.windows:
        hold = care * (window.length + trip)
        left = window.usable - polled * window.length
        if window is main:
            demand = [rate * window.length for rate in rates]
            left = takes(spec, rank, demand) - demand[rank]
        elif window.reset is not None or window.length > EXACT_WINDOW:
            continue
        if most_calls <= left:
            left = left // most_calls * most_calls
        found.append(_Room(left, hold))
    if spec.burst is not None:
        found.append(_Room(spec.burst - polled * SECOND, care * SECOND))
    places = spec.max_in_flight
    if places is not None and trip > 0:
        kept = 1 if rank and places > 1 and rates[0] > 0 else 0
        each = CARE * trip / 2
        found.append(_Room(places - kept - polled * each, each))
    return found


def _next_time(lump: LumpPlan, feeds: Sequence[PlannedFeed]) -> float:
    """Seconds until some feed of a lump is due once more, at the soonest."""
    hour, minute = map(int, lump.at.split(":"))
    moment = hour * HOUR + minute * 60.0
    soonest = DAY
    for feed in feeds:
        times = {one.rpartition(" ")[2] for one in feed.at}
        if feed.group is lump.group and lump.at in times:
            for one in times - {lump.at}:
                other = int(one[:2]) * HOUR + int(one[3:]) * 60.0
                soonest = min(soonest, (other - moment) % DAY)
    return soonest
