"""What has been spent on a source, and who may still spend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from quanticity.clock import Calendar
from quanticity.config.schema.limits import CostBudget
from quanticity.model import Priority

_DAYS_KEPT = 62
UNREAD = "what was spent so far is not read from the store yet"


class CostMeter:
    """Counts the price of every request of a source, by trading day and endpoint.

    Figures are in the currency of `cost_per_call`. `saved` and `restore` carry them over a
    restart; a `budget` says what may be spent and what goes on once it is.
    """

    __slots__ = ("_budget", "_calendar", "_days", "_waits", "changed", "follows")

    def __init__(self, budget: CostBudget | None, calendar: Calendar) -> None:
        self._budget = budget
        self._calendar = calendar
        self._days: dict[str, dict[str, float]] = {}
        # Not empty until what an earlier run spent was read; shared like the days.
        self._waits: set[str] = set()
        self.changed = False
        self.follows = False

    @property
    def unread(self) -> bool:
        """Whether it is not known yet what an earlier run spent."""
        return bool(self._waits)

    def begin(self) -> None:
        """What an earlier run spent is about to be read: until `restore` it is not known."""
        self._waits.add("saved")

    def spend(self, endpoint: str, price: float, now: float) -> None:
        """One request of `endpoint` was sent at epoch second `now`."""
        day = self._days.setdefault(self._day(now), {})
        day[endpoint] = day.get(endpoint, 0.0) + price
        self.changed = True

    def holds(self, group: Priority, now: float) -> str | None:
        """Why feeds of `group` may spend nothing now, or None where they may."""
        budget = self._budget
        if budget is None:
            return None
        if self._waits:
            return UNREAD
        if budget.when_reached == "drop_background" and group is not Priority.BACKGROUND:
            return None
        if budget.when_reached == "critical_only" and group is Priority.CRITICAL:
            return None
        today, month = self.today(now), self.month(now)
        if budget.per_day is not None and today >= budget.per_day:
            return f"the day's cost budget is spent ({today:g} of {budget.per_day:g})"
        if budget.per_month is not None and month >= budget.per_month:
            return f"the month's cost budget is spent ({month:g} of {budget.per_month:g})"
        return None

    def today(self, now: float) -> float:
        """Spent in the trading day of epoch second `now`."""
        return sum(self._days.get(self._day(now), {}).values())

    def month(self, now: float) -> float:
        """Spent in the calendar month of that trading day."""
        prefix = self._day(now)[:7]
        return sum(
            sum(spent.values()) for day, spent in self._days.items() if day.startswith(prefix)
        )

    def by_endpoint(self, now: float) -> Mapping[str, float]:
        """Spent today by each endpoint."""
        return dict(self._days.get(self._day(now), {}))

    def told(self, source: str, now: float) -> Mapping[str, Any]:
        """The figures of a source as `status` shows them."""
        budget = self._budget
        return {
            "source": source,
            "today": self.today(now),
            "month": self.month(now),
            "endpoints": self.by_endpoint(now),
            "per_day": budget.per_day if budget else None,
            "per_month": budget.per_month if budget else None,
        }

    def follow(self, earlier: CostMeter) -> None:
        """Go on with what another has counted; what that one still counts is counted here too."""
        self._days, self.changed = earlier._days, earlier.changed
        self._waits = earlier._waits
        self.follows = True

    def saved(self) -> bytes:
        """All days that are kept, as JSON: `{"2026-01-05": {"spot_gex": 3.2}}`."""
        for day in sorted(self._days)[:-_DAYS_KEPT]:
            del self._days[day]
        self.changed = False
        return orjson.dumps(self._days)

    def restore(self, saved: bytes | None) -> None:
        """Take up what an earlier run saved; what cannot be read counts as nothing spent."""
        self._waits.clear()
        try:
            days = orjson.loads(saved) if saved else {}
        except orjson.JSONDecodeError:
            days = {}
        for day, spent in days.items() if isinstance(days, dict) else ():
            if isinstance(spent, dict):
                known = self._days.setdefault(day, {})
                for endpoint, amount in spent.items():
                    known[endpoint] = known.get(endpoint, 0.0) + float(amount)

    def _day(self, now: float) -> str:
        return self._calendar.trading_date(now).isoformat()
