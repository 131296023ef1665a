"""How one who asks for a slot looks at a window: how far each group is guarded from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from quanticity.pace.table import GROUPS, Guard

# The codes of what happens to a window: slots of a group come free, those of others, and a group
# needs some (or will have given them back).
OTHERS = GROUPS
NEED = GROUPS + 1
# What such an event does to the room: as much as it says, nothing, or what a share leaves.
ADDS, NOTHING, WITHIN_SHARE = range(3)

# Slots taken are counted of each group, of each beyond its share (in a window beside the main one:
# of critical's late ones), of each beyond its plan, and those of nobody's schedule.
UNPLANNED = 2 * GROUPS
UNSCHEDULED = 3 * GROUPS


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """Of each group its guard and its share; and what follows from them, for each look.

    `charges` are the counts of slots taken since a look that it did not foresee, `passing` those
    of them that may count within a share by now, and `ways` what each kind of event does; `seen`
    translates kinds of events to whether they do anything.
    """

    guards: tuple[Guard, ...]
    shares: tuple[int, ...]
    charges: tuple[int, ...]
    passing: tuple[int, ...]
    ways: tuple[int, ...]
    seen: bytes

    @classmethod
    @lru_cache(maxsize=4096)
    def of(cls, guards: tuple[Guard, ...], shares: tuple[int, ...], *, near: bool = False) -> Sight:
        """What follows from guards and shares; `near` windows charge critical's late ones.

        One for all budgets of the same shares: what hundreds look with is at hand in the CPU.
        """
        charges, passing = [UNSCHEDULED], []
        ways = [ADDS] * (NEED + GROUPS)
        for rank, guard in enumerate(guards):
            if guard is Guard.HELD or (guard is not Guard.FULL and not shares[rank]):
                ways[rank + NEED] = NOTHING
            elif guard is not Guard.FULL:
                ways[rank] = ways[rank + NEED] = WITHIN_SHARE
            if guard is Guard.PLAN:
                charges.append(UNPLANNED + rank)
            elif guard is Guard.SHARE:
                charges.append(GROUPS + rank)
                if shares[rank]:
                    passing.append(GROUPS + rank)
            elif guard is Guard.HELD:
                charges.append(rank)
            elif near and not rank:
                charges.append(GROUPS + rank)
        if passing:
            passing.append(UNSCHEDULED)
        seen = bytes(way != NOTHING for way in ways).ljust(256, b"\0")
        return cls(guards, shares, tuple(charges), tuple(passing), tuple(ways), seen)
