"""When a feed runs at all: in which sessions, at which hours, on which days of the week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from quanticity.clock import Session
from quanticity.config.schema.endpoint import Endpoint
from quanticity.config.times import WEEK

# The Eastern hours of a day that each session takes, on a day on which it takes place.
SPANS = {
    Session.PRE_MARKET: ((4.0, 9.5),),
    Session.MARKET_HOURS: ((9.5, 16.0),),
    Session.AFTER_HOURS: ((16.0, 20.0),),
    Session.OVERNIGHT: ((0.0, 4.0), (20.0, 24.0)),
    Session.WEEKEND: ((0.0, 24.0),),
    Session.HOLIDAY: ((0.0, 24.0),),
}
HOURS = {session: sum(end - begin for begin, end in spans) for session, spans in SPANS.items()}
# Of the longest month, with the fewest days off; each day of the week comes five times at most.
TRADING_DAYS, DAYS_OFF, OF_ONE_KIND = 23, 8, 5
WEEKDAYS, WEEKENDS = frozenset(range(5)), frozenset((5, 6))

# The sessions that each `market_state` means.
STATES = {
    "open": frozenset({Session.MARKET_HOURS}),
    "market_hours": frozenset({Session.MARKET_HOURS}),
    "closed": frozenset(Session) - {Session.MARKET_HOURS},
    "pre_market": frozenset({Session.PRE_MARKET}),
    "after_hours": frozenset({Session.AFTER_HOURS}),
    "extended": frozenset({Session.PRE_MARKET, Session.MARKET_HOURS, Session.AFTER_HOURS}),
}


@dataclass(frozen=True, slots=True)
class Hours:
    """The sessions, the Eastern time of day, and the days of the week (Monday is 0).

    `span` is from and to in hours ("22:00-02:00" is from 22 to 26); None for all day.
    """

    span: tuple[float, float] | None = None
    sessions: frozenset[Session] = frozenset(Session)
    days: frozenset[int] = WEEKDAYS | WEEKENDS

    def inside(self, session: Session) -> float:
        """Hours that it runs in a session, on one of its days."""
        if session not in self.sessions or not self._days(session):
            return 0.0
        return sum(self._overlap(begin, end) for begin, end in SPANS[session])

    def at(self, hour: float, session: Session) -> bool:
        """Whether it runs at an hour of the day that lies in a session, on one of its days."""
        held = self.span is not None and not any(
            self.span[0] <= hour + shift < self.span[1] for shift in (0, 24)
        )
        return not held and session in self.sessions

    @property
    def days_a_month(self) -> tuple[int, int]:
        """The most trading days, and other days, of a month on which it may run."""
        return most_days(self.days & WEEKDAYS), most_days(self.days & WEEKENDS)

    def _days(self, session: Session) -> frozenset[int]:
        return self.days & (WEEKENDS if session is Session.WEEKEND else WEEKDAYS)

    def _overlap(self, begin: float, end: float) -> float:
        if self.span is None:
            return end - begin
        first, last = self.span
        return sum(
            max(0.0, min(last, end + shift) - max(first, begin + shift)) for shift in (0, 24)
        )


ALWAYS = Hours()


def hours_of(endpoint: Endpoint) -> Hours:
    """When an endpoint runs, as its conditions and its parameters say."""
    given = endpoint.conditions
    span = None
    if given.time_range is not None:
        first, last = (int(one[:2]) + int(one[3:]) / 60 for one in given.time_range.split("-"))
        span = first, last if first < last else last + 24
    sessions = frozenset(Session)
    if given.market_state is not None:
        sessions &= STATES[given.market_state]
    if _in_market_hours(endpoint.params):
        sessions &= STATES["market_hours"]
    days = frozenset(WEEK.index(one) for one in given.days)
    return Hours(span, sessions, days or WEEKDAYS | WEEKENDS)


def most_days(days: frozenset[int]) -> int:
    """The most days that a month has of these, all of them weekdays or all of weekends."""
    return min(TRADING_DAYS if days <= WEEKDAYS else DAYS_OFF, OF_ONE_KIND * len(days))


def session_at(hour: float) -> Session:
    """The session of a trading day that an Eastern hour lies in."""
    return next(
        session
        for session, spans in SPANS.items()
        if any(begin <= hour < end for begin, end in spans)
    )


def _in_market_hours(params: Mapping[str, Any]) -> bool:
    """Whether a parameter asks for the regular session only."""
    for value in params.values():
        items: Iterable[Any] = value if isinstance(value, (list, tuple)) else (value,)
        if any(item == "market_hours" for item in items):
            return True
    return False
