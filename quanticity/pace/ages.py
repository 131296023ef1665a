"""How old the values of each feed may get in one session, at the worst.

Where a budget has room, a run starts when it is due. Where it has little, the scheduler's own
decisions are rehearsed, and what feeds of one group and interval show is taken for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.limits import EXACT_WINDOW, BudgetSpec
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.ports import Job, Lane
from quanticity.pace.rehearsal import Shown, rehearse
from quanticity.pace.rules import Rules

# A request takes this long, seconds, on an average where all is well.
TRIP = 0.2
# Above this part of what can be had, runs may have to wait.
BUSY = 0.5
# What a run may show beyond a rehearsal: other delays, other phases.
CARE = 1.05
LEAST_RUNS = 3
MOST_CALLS = 20_000
WINDOWS = 8
SETTLING = 5
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

    Feeds that run at times of day are left out.
    """
    polled = [feed for feed in feeds if feed.interval is not None]
    gaps = (
        _rehearsed(spec, polled, rules, session, trip)
        if _busy(spec, polled, rules, session, trip)
        else {}
    )
    ages: dict[str, float | None] = {}
    for feed in polled:
        every = _every(feed, rules, session)
        gap = gaps.get(feed.id, every) if gaps else every
        longest = stretch[feed.group]
        if gap is None or longest == float("inf"):
            ages[feed.id] = None
            continue
        slip = min(1.0, SLIP * every)
        ages[feed.id] = max(gap, every * longest * (CARE if longest > 1 else 1.0)) + slip
        ages[feed.id] = (ages[feed.id] or 0.0) + feed.calls * trip
    return ages


def _every(feed: PlannedFeed, rules: Rules, session: Session) -> float:
    return rules.rule(session, feed.group).interval(feed.interval or 0.0)


def _busy(
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    rules: Rules,
    session: Session,
    trip: float,
) -> bool:
    calls = sum(feed.calls / _every(feed, rules, session) for feed in feeds)
    places = spec.max_in_flight
    if places is not None and calls * trip > BUSY * places:
        return True
    if spec.burst is not None and calls > BUSY * spec.burst:
        return True
    return any(
        calls * (window.length + trip) > BUSY * (window.usable - spec.reserve)
        for window in spec.windows
        if window.length <= EXACT_WINDOW and window.reset is None
    )


def _rehearsed(
    spec: BudgetSpec,
    feeds: Sequence[PlannedFeed],
    rules: Rules,
    session: Session,
    trip: float,
) -> dict[str, float | None]:
    """The widest gap between starts, by feed; None where it did not run at all."""
    exact = tuple(one for one in spec.windows if one.length <= EXACT_WINDOW and one.reset is None)
    jobs = [
        Job(
            feed.id,
            feed.budget,
            feed.group,
            _nothing,
            interval=feed.interval,
            max_calls=feed.calls,
        )
        for feed in feeds
    ]
    length = max((one.length for one in exact), default=60.0)
    every = {feed.id: _every(feed, rules, session) for feed in feeds}
    # The start, when all is due at once, takes some windows to even out.
    warm_up = SETTLING * length + min(every.values(), default=0.0)
    # Long enough for the slowest to show a few gaps, as far as the calls allow.
    seconds = warm_up + max(WINDOWS * length, 3 * LEAST_RUNS * max(every.values(), default=0.0))
    shown, rehearsed = rehearse(
        replace(spec, windows=exact),
        jobs,
        rules,
        session,
        seconds=seconds,
        warm_up=warm_up,
        trip=trip,
        most_calls=MOST_CALLS,
    )
    classes: dict[tuple[Priority, float, int], list[Shown]] = {}
    for feed in feeds:
        mark = (feed.group, every[feed.id], feed.calls)
        classes.setdefault(mark, []).append(shown[feed.id])
    gaps: dict[str, float | None] = {}
    for feed in feeds:
        mark = (feed.group, every[feed.id], feed.calls)
        gaps[feed.id] = _gap(classes[mark], every[feed.id], rehearsed)
    return gaps


def _gap(members: Sequence[Shown], every: float, rehearsed: float) -> float | None:
    runs = sum(one.runs for one in members)
    if runs == 0:
        return every * CARE if every >= rehearsed else None
    widest = max(one.widest for one in members)
    if runs < LEAST_RUNS * len(members):
        # Too short to have shown the widest: what is shared out evenly comes this often.
        widest = max(widest, rehearsed * len(members) / runs)
    return max(every, widest * (CARE if widest > every else 1.0))
