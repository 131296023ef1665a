"""What could be used at most where critical's requests come as they came."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tests.pace.worlds import World

# Seconds: a slot that comes back at a moment is there after it.
AFTER = 1e-9


def best(world: World, critical: Sequence[float], trip: float | None = None) -> float:
    """Slots a window, of all groups, with the reserve free, by one who knows when critical comes.

    `critical` are the moments of its requests, in seconds, ascending. Each slot is held for a
    window and `trip` seconds, the mean round trip where none are given; whatever else is wanted
    starts as soon as it fits beside all that critical takes while it lasts. What comes and goes
    in lumps leaves gaps shorter than that, which nobody can use.
    """
    hold = world.length + (world.delay if trip is None else trip)
    since, until = 2 * world.length, world.lasts
    usable = world.limit - world.spec.reserve
    # When lower groups' slots come back, ascending: each is held for as long.
    lower: list[float] = []

    def held(at: float) -> int:
        taken = bisect_right(critical, at) - bisect_right(critical, at - hold)
        return taken + len(lower) - bisect_right(lower, at)

    def fits(now: float) -> bool:
        coming = critical[bisect_right(critical, now) : bisect_left(critical, now + hold)]
        return all(held(at) < usable for at in (now, *coming))

    used, now = sum(since <= at < until for at in critical), 0.0
    back = [at + hold + AFTER for at in critical]
    while now < until:
        while fits(now):
            lower.append(now + hold)
            used += since <= now < until
        nexts = [lower[at] + AFTER for at in [bisect_right(lower, now)] if at < len(lower)]
        nexts += back[bisect_right(back, now) :][:1]
        now = min(nexts, default=until)
    return used / world.windows
