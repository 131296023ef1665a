"""How many calls feeds make that run at times of day: of a session, of a day, of a month."""

from __future__ import annotations

from collections.abc import Collection

from quanticity.clock import Session
from quanticity.config.times import WeekTime
from quanticity.pace.hours import SPANS, WEEKDAYS, WEEKENDS, most_days, session_at
from quanticity.pace.planned import PlannedFeed

_OFF = {Session.WEEKEND: WEEKENDS, Session.HOLIDAY: WEEKDAYS}


def calls_at(feed: PlannedFeed, sessions: Collection[Session]) -> float:
    """Calls in some sessions of one day: the most that any day of their kind has."""
    entries = [WeekTime.parse(one) for one in feed.at]
    of_days = (
        sum(_runs(entry, feed, day, session) for entry in entries for session in sessions)
        for day in range(7)
    )
    return float(feed.calls * max(of_days))


def calls_at_in_month(feed: PlannedFeed) -> float:
    """Calls in a month of the most trading days, and of the most days that entries name."""
    runs = 0
    for entry in (WeekTime.parse(one) for one in feed.at):
        session = session_at(entry.hour)
        trading = {day for day in WEEKDAYS if _runs(entry, feed, day, session)}
        off = {day for day in WEEKENDS if _runs(entry, feed, day, Session.WEEKEND)}
        runs += most_days(frozenset(trading)) + most_days(frozenset(off))
    return float(feed.calls * runs)


def hours_in(feed: PlannedFeed, session: Session, day: int) -> list[float]:
    """The Eastern hours at which a feed runs in a session of a day (Monday is 0), ascending."""
    entries = (WeekTime.parse(one) for one in feed.at)
    return sorted({entry.hour for entry in entries if _runs(entry, feed, day, session)})


def _runs(entry: WeekTime, feed: PlannedFeed, day: int, session: Session) -> bool:
    """Whether an entry is of a session of a day (Monday is 0), and conditions let it through."""
    if day not in feed.hours.days or day not in _OFF.get(session, WEEKDAYS):
        return False
    if session in _OFF if entry.days is None else day not in entry.days:
        return False
    inside = any(begin <= entry.hour < end for begin, end in SPANS[session])
    return inside and feed.hours.at(entry.hour, session)
