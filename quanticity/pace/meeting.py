"""How long feeds may wait for one another where few may start at once, whatever their phases.

A formula, where to rehearse would take as long as all the rest of a plan: all feeds of one
interval are spread over it, those of different intervals meet in the worst way. Where what it
says is much of an interval, a rehearsal says how much of it comes true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, islice

from quanticity.model import Priority
from quanticity.pace.limits import BudgetSpec
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.rooms import SECOND

# Limits of no more seconds than this let few start at once; what longer ones do is rehearsed.
SHORT = 1.0
# Two feeds of one interval are at least this part of their mean distance apart.
APART = 0.38
# After so many arrivals in a row the backlog is taken not to end.
MOST_ARRIVALS = 200
NEVER = float("inf")

Every = Callable[[PlannedFeed], float]


@dataclass(frozen=True, slots=True)
class Door:
    """A limit that few pass at once: so many `places`, each taken for `hold` seconds.

    For requests of the first ranks, so many as `kept`, a place is kept free before they come.
    """

    places: int
    hold: float
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Flock:
    """So many feeds of one group and interval, spread over it; each run makes some `calls`."""

    rank: int
    interval: float
    calls: int
    feeds: int

    def within(self, seconds: float) -> int:
        """The most calls that come in any stretch of so many seconds."""
        apart = self.interval / self.feeds
        runs = min(1 + int(seconds / (APART * apart)), 2 + int(seconds / apart))
        return self.calls * min(runs, self.feeds * (1 + int(seconds / self.interval)))

    def comings(self) -> Iterator[float]:
        """When `within` grows, at the soonest."""
        apart = self.interval / self.feeds
        counts = range(1, MOST_ARRIVALS)
        return merge((APART * count * apart for count in counts), (n * apart for n in counts))


def flocks_of(feeds: Iterable[PlannedFeed], every: Every) -> list[Flock]:
    """Feeds alike in group, interval and calls, together."""
    counts = Counter((feed.group.rank, every(feed), feed.calls) for feed in feeds)
    return [Flock(*mark, count) for mark, count in counts.items()]


def doors_of(spec: BudgetSpec, rank: int, trip: float) -> list[Door]:
    """The short limits that a group meets but for what may be in flight; `trip` in seconds."""
    found = []
    for window in spec.windows:
        if window.length <= SHORT and window.reset is None:
            kept = spec.reserve if rank and window is spec.main else 0
            found.append(Door(max(1, window.usable - kept), window.length + trip, rank))
    if spec.burst is not None:
        found.append(Door(spec.burst, SECOND, rank))
    return found


def alone(calls: int, doors: Iterable[Door]) -> float:
    """Seconds that the last request of a run waits though nobody else is there.

    Where few may be in flight it does not: it comes when the one before is over.
    """
    return max((_served(calls, door) for door in doors), default=0.0)


def _places(spec: BudgetSpec, rank: int, trip: float, *, critical: bool) -> list[Door]:
    """The places in flight that a group may have, where they are limited.

    Where `critical` feeds run beside it, one of several places is kept for them at all times, and
    the only one before they come.
    """
    places = spec.max_in_flight
    if places is None:
        return []
    if not critical or rank == 0:
        return [Door(places, trip)]
    return [Door(places - 1, trip) if places > 1 else Door(1, trip, kept=1)]


def longest_waits(flocks: Sequence[Flock], spec: BudgetSpec, trip: float) -> dict[Priority, float]:
    """Seconds that the last request of a run may wait for others and its own, by group."""
    critical = any(flock.rank == 0 for flock in flocks)
    found = {}
    for group in Priority:
        if any(flock.rank == group.rank for flock in flocks):
            doors = doors_of(spec, group.rank, trip)
            doors += _places(spec, group.rank, trip, critical=critical)
            found[group] = max((_wait(flocks, group.rank, door) for door in doors), default=0.0)
    return found


def _wait(flocks: Sequence[Flock], rank: int, door: Door) -> float:
    ours = [flock for flock in flocks if flock.rank <= rank]
    higher = [flock for flock in flocks if flock.rank < rank]
    # A slot that would not be back in time is not given away: it stays idle until they come.
    kept = [flock for flock in flocks if flock.rank < door.kept]
    # Of those below, as many as there are places may just have begun.
    below = min(door.places, sum(flock.calls for flock in flocks if flock.rank > rank))

    def served(moment: float, until: float) -> float:
        """When the last is, of those that came by then, and of the higher ones `until` later."""
        came = _calls(ours, moment) + _calls(higher, until) - _calls(higher, moment)
        return _served(below + came + _calls(kept, until), door)

    moments = chain((0.0,), merge(*(flock.comings() for flock in ours)))
    worst = 0.0
    for moment in islice(moments, MOST_ARRIVALS):
        wait = served(moment, moment) - moment
        if wait <= 0:
            return worst
        # Whoever comes meanwhile, and is of a higher group, goes first.
        while (longer := served(moment, moment + wait) - moment) > wait:
            if longer > MOST_ARRIVALS * door.hold:
                return NEVER
            wait = longer
        worst = max(worst, wait)
    return NEVER


def _calls(flocks: Iterable[Flock], seconds: float) -> int:
    return sum(flock.within(seconds) for flock in flocks)


def _served(calls: int, door: Door) -> float:
    """When the last of so many starts that all come at once."""
    return (calls - 1) // door.places * door.hold
