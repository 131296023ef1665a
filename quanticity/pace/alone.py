"""The part of a budget that one process keeps to while nobody can ask what the others do.

When the ledger is lost, all processes together hold no more than the limits. So each keeps to
what it held itself until all that the others held must have run off, and from then on to an
equal part; no two of them need to notice the loss at the same moment.
"""

from __future__ import annotations

import math

from quanticity.pace.limits import EXACT_WINDOW, NO_LIMIT, BudgetSpec
from quanticity.pace.tally import Tally

# A request of another process may be under way this long, with its grace.
LONGEST_HOLD = 30.0


class Alone:
    """Caps of one process. Times are steady epoch seconds."""

    __slots__ = ("_caps", "_places", "_since", "_tally", "lengths", "processes")

    def __init__(
        self,
        tally: Tally,
        spec: BudgetSpec,
        processes: int,
        now: float,
        before: Alone | None = None,
    ) -> None:
        """`before` is what was kept to when the ledger was lost a moment ago, or by other limits.

        Others may not have noticed that loss, and hold more by now than a part.
        """
        self._tally = tally
        self._since = now
        self.processes = processes
        self._places = tally.in_flight
        self.lengths = [window.length for window in spec.windows]
        self._caps: list[tuple[int, float, int]] = []
        for index, window in enumerate(spec.windows):
            own = tally.windows[index].held(now)
            part = window.usable // processes
            if not window.limits:
                self._caps.append((NO_LIMIT, now, NO_LIMIT))
            elif window.length > EXACT_WINDOW or window.reset is not None:
                left = max(0, window.usable - tally.held(index, now)) // processes
                cap = own + left
                if before is not None and window.length in before.lengths:
                    # What it took alone meanwhile leaves it no more.
                    cap = min(cap, before.cap(before.lengths.index(window.length), now))
                self._caps.append((cap, now, cap))
            else:
                until = now + tally.windows[index].span + LONGEST_HOLD
                self._caps.append((min(part, own), until, part))

    def cap(self, index: int, now: float) -> int:
        """Slots of one window that this process may hold."""
        first, until, later = self._caps[index]
        return first if now < until else later

    def eases_at(self, now: float) -> float:
        """When the next of its caps changes; inf where none will."""
        moments = [self._since + LONGEST_HOLD, *(until for _, until, _ in self._caps)]
        return min((moment for moment in moments if moment > now), default=math.inf)

    def room(self, index: int, now: float) -> int:
        """Slots of one window that this process may still take."""
        return self.cap(index, now) - self._tally.windows[index].held(now)

    def places(self, cap: int, now: float) -> int:
        """Its part of the places in flight."""
        part = cap // self.processes
        return min(part, self._places) if now < self._since + LONGEST_HOLD else part
