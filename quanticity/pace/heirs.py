"""A budget that goes on under another name: what the old one holds counts in the new one.

The vendor counts by key and address, and does not know what a source is called here.
"""

from __future__ import annotations

from quanticity.pace.budget import Budget
from quanticity.pace.tally import Tally, history
from quanticity.pace.windows import Window

# How long a request may take whose headers came, and whose body is being read.
_BODY = 20.0


def hand_down(heir: Budget, owner: Budget, now: float, *, goes_on: bool) -> None:
    """Let `heir` hold, from `now` (steady seconds) on, what `owner` holds.

    What is under way ends at `owner`; here it counts as after a crash, until its time-out, grace
    and window have passed. `goes_on` says that others still draw on `owner`; else it lets go.
    """
    mine, its = heir.gate.tally, owner.gate.tally
    open_slots = [slot for opened in its.opened for slot in opened]
    under_way = sorted(slot.started + slot.hold for slot in open_slots)
    for window in mine.windows:
        _add(window, [*_bases(window, its, now), *under_way], now)
    for rank, group in enumerate(mine.groups):
        ends = [slot.started + slot.hold for slot in its.opened[rank]]
        _add(group, [*its.groups[rank].bases(now), *ends], now)
    _add(mine.burst, its.burst.bases(now), now)
    mine.lingering += [(slot.started + slot.hold, slot.rank) for slot in open_slots]
    bodies = its.in_flight - len(open_slots)
    mine.lingering += [*its.lingering, *[(now + _BODY, 0)] * bodies]
    mine.trip, mine.whole, mine.strides = its.trip, its.whole, its.strides
    heir.gate.tight.adopt(owner.gate.tight)
    heir.gate.forget()
    if not goes_on:
        # Else all of it would count twice where the old name comes back.
        for window in (*its.windows, *its.groups, its.burst):
            window.replace(())


def _bases(window: Window, its: Tally, now: float) -> list[float]:
    """From when the slots of the owner's window that fits best run off, those of others too."""
    before = history(window, its.windows)
    if before is None:
        return [base for group in its.groups for base in group.bases(now)]
    index = its.windows.index(before)
    counted = its.foreign_counts[index]
    foreign = [now] * counted if counted else its.foreign[index].bases(now)
    return [*before.bases(now), *foreign]


def _add(window: Window, bases: list[float], now: float) -> None:
    if bases:
        window.replace(sorted([*window.bases(now), *bases]))
