"""How many calls one feed wants: a second, in a session, in a day, in a month, in a window."""

from __future__ import annotations

from quanticity.clock import Session
from quanticity.pace.hours import DAYS_OFF, TRADING_DAYS
from quanticity.pace.limits import WindowSpec
from quanticity.pace.occasions import calls_at, calls_at_in_month
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.rules import Rules

TRADING_DAY = (
    Session.PRE_MARKET,
    Session.MARKET_HOURS,
    Session.AFTER_HOURS,
    Session.OVERNIGHT,
)
DAY = 86_400.0


def rate(feed: PlannedFeed, rules: Rules, session: Session) -> float:
    """Calls a second of a polled feed in the hours of a session at which it runs."""
    if feed.interval is None or feed.hours.inside(session) == 0:
        return 0.0
    return feed.calls / rules.rule(session, feed.group).interval(feed.interval)


def calls_in(feed: PlannedFeed, rules: Rules, session: Session) -> float:
    """Calls of a feed in one whole session."""
    if feed.at:
        return calls_at(feed, (session,))
    return rate(feed, rules, session) * feed.hours.inside(session) * 3600


def calls_a_day(feed: PlannedFeed, rules: Rules) -> float:
    """Calls of a feed on a trading day."""
    if feed.at:
        return calls_at(feed, TRADING_DAY)
    return sum(calls_in(feed, rules, session) for session in TRADING_DAY)


def calls_a_month(feed: PlannedFeed, rules: Rules) -> float:
    """Calls of a feed in the longest month."""
    if feed.at:
        return calls_at_in_month(feed)
    trading, off = feed.hours.days_a_month
    return trading * calls_a_day(feed, rules) + off * calls_in(feed, rules, Session.WEEKEND)


def calls_in_window(
    feed: PlannedFeed, window: WindowSpec, rules: Rules, session: Session | None
) -> float:
    """Calls of a feed in one window; for a day or longer, of days with all their sessions."""
    if window.length < DAY and session is not None:
        return rate(feed, rules, session) * window.length
    if window.length == DAY:
        return max(calls_a_day(feed, rules), calls_in(feed, rules, Session.WEEKEND))
    return calls_a_month(feed, rules) * window.length / (DAY * (TRADING_DAYS + DAYS_OFF))
