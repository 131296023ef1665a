"""Steady time for pacing: reads like epoch seconds, and never steps.

Windows and intervals are counted in steady time, so that a wall clock that is set neither
frees a slot nor piles up polls. Sessions, times of day and resets follow the wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from quanticity.clock import EASTERN, Calendar, Clock, Session
from quanticity.config.times import moments

# A wall clock that is being slewed differs by less; one that was set, by more.
STEP = 0.5
_DAYS_AHEAD = 12
NEVER = float("inf")


class SteadyClock:
    """Steady time of one clock, and what the wall and the calendar say of it."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        self._clock = clock
        self._monotonic = clock.monotonic
        self._calendar = calendar
        self._offset = clock.now() - clock.monotonic()
        self._skew = 0.0
        # Seconds by which the wall clock was last set; a machine that slept sees one, too.
        self.step = 0.0

    def now(self) -> float:
        """Steady epoch seconds."""
        return self._monotonic() + self._offset

    def wall(self, at: float) -> float:
        """The wall clock's epoch seconds at steady second `at`."""
        return at + self._skew

    def steady(self, wall: float) -> float:
        """The steady second at which the wall clock reads `wall`."""
        return wall - self._skew

    def was_set(self) -> bool:
        """True once after the wall clock was set; then all that follows the wall has moved."""
        skew = self._clock.now() - self.now()
        if abs(skew - self._skew) < STEP:
            return False
        self.step = skew - self._skew
        self._skew = skew
        return True

    def session(self, at: float) -> tuple[Session, float, Session]:
        """The session at steady second `at`, when it ends, and which follows."""
        wall = self.wall(at)
        end = self._calendar.next_change(wall)
        return self._calendar.session(wall), self.steady(end), self._calendar.session(end)

    def sessions(self, start: float, end: float) -> Sequence[tuple[float, float, Session]]:
        """The sessions between two steady seconds: (from, to, which)."""
        found: list[tuple[float, float, Session]] = []
        while start < end:
            session, until, _ = self.session(start)
            found.append((start, min(until, end), session))
            start = until
        return found

    def next_at(self, times: tuple[str, ...], after: float) -> float:
        """The next of some Eastern times: "06:00" on a trading day, "sun 18:00" on a Sunday."""
        wall = self.wall(after)
        first = datetime.fromtimestamp(wall, EASTERN).date()
        last = first + timedelta(days=_DAYS_AHEAD)
        ahead = moments(times, self._calendar, first, last)
        return next((self.steady(moment) for moment in ahead if moment > wall), NEVER)
