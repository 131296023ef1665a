"""How often processes that draw on one budget speak to each other, by the length of its windows."""

from __future__ import annotations

from collections.abc import Iterable

from quanticity.pace.limits import EXACT_WINDOW
from quanticity.pace.windows import Window

# How far back others matter where there is no window, but a cap in flight.
LOOK = 2.0
# How often a process says that it is there, at most and at least: thrice in the longest window
# that is counted exactly.
SAY_LEAST, SAY_MOST = 0.5, 20.0
# What a process said counts for so many of those, and a second: then it must be gone.
SAYS_MISSED = 2.5
# Where somebody waits, and others may have taken or given up since what was foreseen, they are
# asked for it this often at most: a part of the window, in seconds at least and at most.
ASK, ASK_LEAST, ASK_MOST = 1 / 60, 0.02, 1.0


class Rhythm:
    """Of one budget, in seconds."""

    __slots__ = ("ask_every", "lives", "look", "say_every")

    def __init__(self, windows: Iterable[Window]) -> None:
        longest = max((one.span for one in windows), default=LOOK)
        # How far back, and ahead, others matter.
        self.look = min(longest, EXACT_WINDOW)
        self.say_every = min(SAY_MOST, max(SAY_LEAST, self.look / 3))
        self.ask_every = min(ASK_MOST, max(ASK_LEAST, self.look * ASK))
        self.lives = SAYS_MISSED * self.say_every + 1.0
