"""A vendor's own count of what arrives: rolling windows, a day's quota, requests in flight.

It counts exactly what arrived and when, so that a test can ask for every arrival over a limit.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

KEPT_ARRIVALS = 200_000
KEPT_VIOLATIONS = 10_000


class Over(StrEnum):
    """Which limit an arrival is over."""

    WINDOW = "window"
    DAY = "day"
    IN_FLIGHT = "in_flight"


@dataclass(frozen=True, slots=True)
class VendorLimits:
    """At most `n` arrivals in any `seconds` for each window; `per_day` from reset to reset."""

    windows: tuple[tuple[int, float], ...] = ()
    max_in_flight: int | None = None
    per_day: int | None = None
    day_resets_at: int = 20
    zone: str = "America/New_York"


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the limits is used, this arrival included. `reset_in` is in seconds.

    `used`, `limit` and `reset_in` are of the longest window.
    """

    used: int
    limit: int
    reset_in: float
    day_used: int
    day_limit: int | None
    in_flight: int

    @property
    def remaining(self) -> int:
        """What is left of the longest window."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Violation:
    """One arrival over one limit. `at` is the server's monotonic time, in seconds."""

    budget: str
    over: Over
    at: float
    count: int
    limit: int
    seconds: float


class Gate:
    """The count of one budget."""

    def __init__(self, budget: str, limits: VendorLimits) -> None:
        self.budget = budget
        self.limits = limits
        self.arrivals: deque[float] = deque(maxlen=KEPT_ARRIVALS)
        self.violations: deque[Violation] = deque(maxlen=KEPT_VIOLATIONS)
        self.arrived = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self._windows: list[deque[float]] = [deque() for _ in limits.windows]
        self._day: datetime | None = None
        self._day_used = 0

    def arrive(self, at: float, now: float) -> Over | None:
        """Count an arrival at monotonic `at` and epoch `now`; the limit it is over, if any.

        The caller must `leave` once its answer is sent.
        """
        self.arrivals.append(at)
        self.arrived += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        over: Over | None = None
        for (limit, seconds), held in zip(self.limits.windows, self._windows, strict=True):
            held.append(at)
            self._forget(held, at - seconds)
            if len(held) > limit:
                over = Over.WINDOW
                self._note(over, at, len(held), limit, seconds)
        cap = self.limits.max_in_flight
        if cap is not None and self.in_flight > cap:
            over = Over.IN_FLIGHT
            self._note(over, at, self.in_flight, cap, 0.0)
        self._turn_day(now)
        self._day_used += 1
        quota = self.limits.per_day
        if quota is not None and self._day_used > quota:
            over = Over.DAY
            self._note(over, at, self._day_used, quota, 86_400.0)
        return over

    def leave(self) -> None:
        """The answer has been sent."""
        self.in_flight -= 1

    def usage(self, at: float) -> Usage:
        """What is used at monotonic `at`."""
        used, limit, reset_in = 0, 0, 0.0
        for (most, seconds), held in zip(self.limits.windows, self._windows, strict=True):
            self._forget(held, at - seconds)
            used, limit = len(held), most
            reset_in = held[0] + seconds - at if held else 0.0
        return Usage(used, limit, reset_in, self._day_used, self.limits.per_day, self.in_flight)

    def spend_day(self, used: int) -> None:
        """Set the day's count: as if so many requests had come before."""
        self._day_used = used

    @staticmethod
    def _forget(held: deque[float], until: float) -> None:
        while held and held[0] <= until:
            held.popleft()

    def _note(self, over: Over, at: float, count: int, limit: int, seconds: float) -> None:
        self.violations.append(Violation(self.budget, over, at, count, limit, seconds))

    def _turn_day(self, now: float) -> None:
        local = datetime.fromtimestamp(now, ZoneInfo(self.limits.zone))
        reset = local.replace(hour=self.limits.day_resets_at, minute=0, second=0, microsecond=0)
        if local < reset:
            reset -= timedelta(days=1)
        if self._day is not None and reset > self._day:
            self._day_used = 0
        self._day = reset
