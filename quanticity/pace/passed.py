"""Due times that fall into a run: what is wanted of a budget, and will not be asked for.

A feed whose runs take longer than its interval is due while one is under way, and passed over
then. A plan that counts on all of its runs would keep from the lower groups what nobody uses.
"""

from __future__ import annotations

from quanticity.pace.table import GROUPS
from quanticity.pace.tally import Tally
from quanticity.pace.turns import Turn

# A plan that has changed by what falls into runs stands for this part of a window at least: there
# are feeds whose runs take just about their interval.
STANDS = 0.25


class Passed:
    """Those of the jobs of one budget."""

    __slots__ = ("_again_at", "_changed", "_turns")

    def __init__(self) -> None:
        # Those that expect some.
        self._turns: dict[Turn, None] = {}
        self._changed = False
        self._again_at = 0.0

    def begins(self, turn: Turn, now: float, tally: Tally) -> bool:
        """A run begins; whether to plan its budget anew."""
        before = turn.overlap
        if turn.count_passed() != before:
            self._changed = True
            self._turns[turn] = None
        if not self._changed or now < self._again_at or tally.main is None:
            return False
        self._changed = False
        self._again_at = now + tally.windows[tally.main].span * STANDS
        return True

    def rates(self) -> list[float]:
        """Slots a second of each group that will not be asked for."""
        found = [0.0] * GROUPS
        self._turns = {turn: None for turn in self._turns if turn.overlap and not turn.removed}
        for turn in self._turns:
            if turn.every is not None:
                passed = turn.overlap / (1 + turn.overlap)
                found[turn.rank] += passed * turn.job.max_calls / turn.every
        return found
