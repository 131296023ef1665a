"""When a feed may run at all, by session, time of day and day of the week."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from quanticity.clock import EASTERN, Calendar, Session
from quanticity.config.schema.endpoint import Conditions
from quanticity.config.times import WEEK
from quanticity.pace.hours import STATES

_MIDNIGHT = "24:00"

Hold = tuple[str, float]
"""Why a run is held back, and the seconds after which to ask again."""


class Gate:
    """The conditions of an endpoint, taken apart once."""

    __slots__ = (
        "_calendar",
        "_days",
        "_from",
        "_range",
        "_state",
        "_states",
        "_to",
        "always_open",
    )

    def __init__(
        self, conditions: Conditions, calendar: Calendar, *, market_hours: bool = False
    ) -> None:
        self._calendar = calendar
        self._state = "market_hours" if market_hours else conditions.market_state
        states = [conditions.market_state] if conditions.market_state else []
        if market_hours:
            states.append("market_hours")
        self._states = frozenset(Session)
        for state in states:
            self._states &= STATES[state]
        self._range = conditions.time_range
        self._from, self._to = _times(conditions.time_range) if conditions.time_range else (0, 0)
        self._days = frozenset(WEEK.index(day) for day in conditions.days)
        # Whether there is no condition at all.
        self.always_open = len(self._states) == len(Session) and not self._range and not self._days

    def holds(self, now: float) -> Hold | None:
        """Why a run at epoch second `now` is held back, and for how long; None where it may go."""
        if self.always_open:
            return None
        session = self._calendar.session(now)
        if session not in self._states:
            wanted = (
                "the market is open" if self._state in ("open", "market_hours") else self._state
            )
            return f"waits until {wanted} (it is {session})", self._calendar.next_change(now) - now
        if not self._range and not self._days:
            return None
        local = datetime.fromtimestamp(now, EASTERN)
        if self._days and local.weekday() not in self._days:
            days = ", ".join(WEEK[day] for day in sorted(self._days))
            return f"runs on {days} only", _until(local, 1, 0) - now
        if self._range and (wait := self._outside(local)) is not None:
            return f"runs at {self._range} Eastern only", max(wait - now, 0.0)
        return None

    def _outside(self, local: datetime) -> float | None:
        """Epoch second at which the time range begins, where `local` is not inside it."""
        minute = local.hour * 60 + local.minute
        after, before = minute >= self._from, minute < self._to
        if (after and before) if self._from < self._to else (after or before):
            return None
        # In autumn an hour comes twice: what was over in the first may hold in the second.
        again = local.replace(minute=0, second=0, microsecond=0, fold=1).timestamp()
        moments = (again, _until(local, 0, self._from), _until(local, 1, self._from))
        return min(moment for moment in moments if moment > local.timestamp())


def _times(given: str) -> tuple[int, int]:
    first, last = given.split("-")
    return _minute(first), 24 * 60 if last == _MIDNIGHT else _minute(last)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _until(local: datetime, days: int, minute: int) -> float:
    """When that minute comes; one that comes twice in autumn may be past for the first time.

    One that spring leaves out comes with the first minute after it.
    """
    day = local.date() + timedelta(days=days)
    then = datetime.combine(day, time(minute // 60, minute % 60), EASTERN)
    first = then.timestamp()
    if datetime.fromtimestamp(first, EASTERN).hour != then.hour:
        return then.replace(hour=then.hour + 1, minute=0).timestamp()
    return first if first > local.timestamp() else then.replace(fold=1).timestamp()
