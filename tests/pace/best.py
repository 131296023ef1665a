"""What could be used at most where critical's requests come as they came."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tests.pace.worlds import World

# Seconds: a slot that comes back at a moment is there after it.
AFTER = 1e-9


def best(
    world: World, critical: Sequence[float], trip: float | None = None, *, peaks: bool = False
) -> float:
    """Slots a window, of all groups, by one who knows when critical comes.

    `critical` are the moments of its requests, in seconds, ascending. Each slot is held for a
    window and `trip` seconds, the mean round trip where none are given. The reserve stays free,
    but for critical's `peaks` where those may have it. What comes and goes in lumps leaves gaps
    shorter than that, which nobody can use.

    With the longest trip it is what one may use who has to be sure, and more is used where slots
    come back sooner. With the mean one and the peaks it is hardly ever reached: when the later
    requests of a run come is not known before.
    """
    since, until = 2 * world.length, world.lasts
    usable = world.limit - world.spec.reserve
    hold = world.length + (world.delay if trip is None else trip)
    lower = fill(until, critical, hold, usable, world.limit if peaks else usable)
    used = sum(since <= at < until for at in (*critical, *lower))
    return used / world.windows


def fill(
    until: float, critical: Sequence[float], hold: float, usable: int, limit: int
) -> list[float]:
    """When lower groups start whose requests start as soon as they fit, in seconds, ascending.

    One fits where it is within the `usable` slots when it starts, and within the `limit` whenever
    critical comes while it lasts. Nobody starts more of them up to any moment: as long as none of
    them is later here than elsewhere, no more is held here where the next one starts there, nor
    while it lasts, and so it fits here as well.
    """
    lower: list[float] = []
    # When their slots come back, and critical's.
    ends: list[float] = []
    back = [at + hold + AFTER for at in critical]

    def held(at: float) -> int:
        taken = bisect_right(critical, at) - bisect_right(critical, at - hold)
        return taken + len(ends) - bisect_right(ends, at)

    def fits(now: float) -> bool:
        coming = critical[bisect_right(critical, now) : bisect_left(critical, now + hold)]
        return held(now) < usable and all(held(at) < limit for at in coming)

    now = 0.0
    while now < until:
        while fits(now):
            lower.append(now)
            ends.append(now + hold)
        nexts = [ends[at] + AFTER for at in [bisect_right(ends, now)] if at < len(ends)]
        nexts += back[bisect_right(back, now) :][:1]
        now = min(nexts, default=until)
    return lower
