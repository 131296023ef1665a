"""How old the values of each feed may get in one session, at the worst.

Where a budget has room, a run starts when it is due, or as late as a formula says where few may
start at once. Where that is much, or there is little room, the scheduler's own decisions are
rehearsed, and what feeds of one group and interval show is taken for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.budget import NOW_ENOUGH
from quanticity.pace.limits import EXACT_WINDOW, BudgetSpec, WindowSpec
from quanticity.pace.meeting import SHORT, alone, doors_of, flocks_of, longest_waits
from quanticity.pace.oldest import LEAST_RUNS, NEVER, Kind, Oldest
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.ports import Job, Lane
from quanticity.pace.rehearsal import Extent, rehearse
from quanticity.pace.rooms import rooms_of
from quanticity.pace.rules import Admission, Rules
from quanticity.pace.run_time import longest_run

# A request takes this long, seconds, at the longest where all is well; half of it on an average.
TRIP = 0.4
# Above this part of what can be had, runs may have to wait.
BUSY = 0.5
# What a run may show beyond the rehearsals: other delays, other phases.
CARE = 1.11
# A run of a busy budget may be late by this part of its interval though no rehearsal was.
LATE = 0.17
ROUNDING = 1 + 1e-6
# Beyond this part of its interval a run was passed over, and not only late. One that does not
# wait, and was passed over once, may be any number of times.
PASSED_OVER = 1.4
# Where a window has fewer slots, feeds that meet have to wait also where little is wanted: it is
# rehearsed. In `SHORT` ones they mostly wait for less of an interval than `MEETS`: a formula does.
FEW = 20
MEETS = 0.1
# Nobody had to wait, and nearly none might have: one rehearsal is enough.
ON_TIME = 1.1
TIGHT = 0.8
# Where nearly as much is wanted as there is, or more, the worst comes seldom: it is rehearsed from
# so many moments, if so many looks at the desk (which are what takes time) suffice for that.
REHEARSALS = 10
MOST_LOOKS = 48_000
LOOKS = MOST_LOOKS // REHEARSALS
# So many times as much of both where what the rehearsals show differs much.
MORE = 3
# One that shows little in so few looks is longer. Two there are at least.
LONGEST = 17_000
# The start, when everything is due at once, is felt for so many windows, and not for more than a
# part of what was rehearsed: where a window has very many slots, it is over sooner.
START = 10
STARTING = 1 / 2
# What gets old is rehearsed for so many times the oldest that was seen, to see it again.
TIMES_SEEN = 8
# A start may slip by this part of an interval, at most a second, behind others due with it.
SLIP = 0.03


async def _nothing(_lane: Lane) -> None:
    """Stands for a run."""


def worst_ages(
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    rules: Rules,
    session: Session,
    stretch: Mapping[Priority, float],
    trip: float,
) -> dict[str, float | None]:
    """Seconds from asking for a value to having the next one, by feed; None where never.

    Feeds that run at times of day are left out. What is meant is a run that goes on: the start,
    when everything is due at once, is over a few windows and one round of the group later.
    """
    polled = [feed for feed in feeds if feed.interval is not None]
    waits = _waits(spec, polled, rules, session, trip)
    busy = _busy(spec, polled, rules, session, trip, BUSY)
    if busy or any(_is_much(waits[feed.id][1], feed, rules, session) for feed in polled):
        found = _rehearsed(spec, polled, rules, session, trip, waits)
    else:
        found = {}
    rates = [0.0] * len(Priority)
    for feed in polled:
        rates[feed.group.rank] += feed.calls / _every(feed, rules, session)
    # What gets something only where those above happen not to take it may get nothing for ever.
    nothing = [room.calls <= 0 for room in rooms_of(spec, rates, trip)]
    ages: dict[str, float | None] = {}
    for feed in polled:
        every = _every(feed, rules, session)
        longest = float("inf") if nothing[feed.group.rank] else stretch[feed.group]
        own, others = waits[feed.id]
        run = max(longest_run(feed.calls, trip), own + trip)
        # What takes longer than its interval is due next at the first of its times after that.
        spaced = every * max(longest, math.ceil(run / every))
        least = spaced * (CARE if longest > 1 else 1.0) + run
        if run > every:
            # That two runs after one another take their longest is seldomer than that one does.
            least = min(least, max(longest_run(2 * feed.calls, trip), own + run) + every)
        least += min(1.0, SLIP * every)
        shown = found.get(feed.id, least + others)
        ages[feed.id] = None if shown is None or longest == float("inf") else max(shown, least)
    return ages


def _waits(
    spec: BudgetSpec, feeds: Sequence[PlannedFeed], rules: Rules, session: Session, trip: float
) -> dict[str, tuple[float, float]]:
    """Seconds that a run waits in short limits for its own requests, and for those of others."""
    flocks = flocks_of(feeds, lambda feed: _every(feed, rules, session))
    longest = longest_waits(flocks, spec, trip)
    doors = {group: doors_of(spec, group.rank, trip) for group in longest}
    found = {}
    for feed in feeds:
        own = alone(feed.calls, doors[feed.group])
        found[feed.id] = own, max(0.0, longest[feed.group] - own)
    return found


def _is_much(wait: float, feed: PlannedFeed, rules: Rules, session: Session) -> bool:
    """Whether so many seconds of waiting are felt: in the age, or since the run is passed over."""
    idle = rules.rule(session, feed.group).admission is Admission.IF_IDLE
    every = _every(feed, rules, session)
    return wait > (min(NOW_ENOUGH, MEETS * every) if idle else MEETS * every)


def _every(feed: PlannedFeed, rules: Rules, session: Session) -> float:
    return rules.rule(session, feed.group).interval(feed.interval or 0.0)


def _busy(
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    rules: Rules,
    session: Session,
    trip: float,
    part: float,
) -> bool:
    """Whether feeds want more than a `part` of what can be had, or may all want `FEW` slots."""
    exact = [one for one in spec.windows if one.length <= EXACT_WINDOW and one.reset is None]
    few = (one for one in exact if one.usable < FEW and one.length > SHORT)
    if any(_crowded(one, feeds, rules, session, trip) for one in few):
        return True
    calls = sum(feed.calls / _every(feed, rules, session) for feed in feeds)
    places = spec.max_in_flight
    if places is not None and calls * trip > part * places:
        return True
    if spec.burst is not None and calls > part * spec.burst:
        return True
    return any(
        calls * (window.length + trip) > part * (window.usable - spec.reserve) for window in exact
    )


def _crowded(
    window: WindowSpec, feeds: Sequence[PlannedFeed], rules: Rules, session: Session, trip: float
) -> bool:
    """Whether more may meet in a window than it holds, however little is wanted on an average."""
    held = window.length + trip
    most = (one.calls * math.ceil(held / _every(one, rules, session)) for one in feeds)
    return sum(most) > window.usable


def _rehearsed(
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    rules: Rules,
    session: Session,
    trip: float,
    waits: Mapping[str, tuple[float, float]],
) -> dict[str, float | None]:
    """The oldest that values got, by feed; None where nothing keeps them from getting older."""
    exact = tuple(one for one in spec.windows if one.length <= EXACT_WINDOW and one.reset is None)
    length = max((one.length for one in exact), default=60.0)
    every = {feed.id: _every(feed, rules, session) for feed in feeds}
    # Long enough for the slowest to show a few rounds, as far as the looks allow.
    rounds = 3 * LEAST_RUNS * max(every.values(), default=0.0)
    seconds = max(START * length / STARTING, rounds)
    classes: dict[Kind, list[PlannedFeed]] = {}
    for feed in feeds:
        classes.setdefault((feed.group, every[feed.id], feed.calls), []).append(feed)
    jobs = [
        Job(one.id, one.budget, one.group, _nothing, interval=one.interval, max_calls=one.calls)
        for one in feeds
    ]
    seen = Oldest(classes)
    tight = _busy(spec, feeds, rules, session, trip, TIGHT)
    looked = 0
    for seed in range(MORE * REHEARSALS):
        more = MORE if seen.differ else 1
        if seed > 1 and (seed >= more * REHEARSALS or looked * (1 + 1 / seed) > more * MOST_LOOKS):
            break
        made = rehearse(
            replace(spec, windows=exact),
            jobs,
            rules,
            session,
            extent=Extent(seconds, LOOKS, LONGEST, 2 * START * length),
            trip=trip,
            seed=seed,
        )
        looked += made.looks
        seen.note(made, min(START * length, STARTING * made.seconds))
        seconds = max(seconds, TIMES_SEEN * seen.latest)
        if not tight and all(seen.first(mark) < _age(mark, ON_TIME, trip) for mark in classes):
            break
    found = seen.found()
    lost = {
        mark[0]
        for mark, age in found.items()
        if rules.rule(session, mark[0]).admission is Admission.IF_IDLE
        and age > _age(mark, PASSED_OVER, trip)
    }
    ages: dict[str, float | None] = {}
    for mark, members in classes.items():
        most = found[mark]
        known = mark[0] not in lost and most < NEVER
        late = max(length, min(waits[one.id][1] for one in members))
        age = _careful(mark, most, late, trip) if known else None
        ages.update((one.id, age) for one in members)
    return ages


def _careful(mark: Kind, age: float, latest: float, trip: float) -> float:
    """An age that was rehearsed, and what a run may show beyond it; `latest` is in seconds."""
    _, every, calls = mark
    if age > _age(mark, PASSED_OVER, trip):
        return age * CARE
    # Nobody was passed over. Some may yet be late, but by no more than a window, or than the wait
    # of those that meet in shorter ones.
    late = every + longest_run(calls, trip) + min(LATE * every, latest)
    return max(late, age + min((CARE - 1) * age, latest))


def _age(mark: Kind, part: float, trip: float) -> float:
    """The age where runs start a `part` of their interval after one another."""
    _, every, calls = mark
    return part * every + longest_run(calls, trip)
