"""What could be used at most where critical's requests come as they came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.pace.worlds import World

# Steps of time for as long as a slot is held.
STEPS = 2000


def best(world: World, start: float, critical: Sequence[float]) -> float:
    """Slots a window, of all groups, with the reserve free.

    `critical` are the moments of its requests. Each slot is held for a window and the mean round
    trip; whatever else is wanted starts as soon as it fits beside all that critical takes while it
    lasts. What comes and goes in lumps leaves gaps shorter than that, which nobody can use.
    """
    hold = world.length + world.delay
    step = hold / STEPS
    count = int(world.lasts / step)
    taken = np.zeros(count + 2 * STEPS, dtype=np.int64)
    for moment in critical:
        at = int((moment - start) / step)
        taken[at : at + STEPS] += 1
    capacity = world.limit - world.spec.reserve
    since, used = start + 2 * world.length, 0
    for at in range(count):
        room = capacity - int(taken[at : at + STEPS].max())
        if room > 0:
            taken[at : at + STEPS] += room
            used += room * (start + at * step >= since)
    used += sum(since <= moment < start + world.lasts for moment in critical)
    return used / world.windows
