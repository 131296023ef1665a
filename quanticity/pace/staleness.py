"""How old a feed's value may be: a reader's limit, stretched with the session's cadence.

A feed of 60 s whose readers accept 180 s is not stale at 250 s in a session that polls it every
300 s: its limit there is 420 s. What is added is what the cadence adds to the interval. Just
after a session that polled less often, its limit holds on until the first poll at the new pace
had the time to come.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from quanticity.clock import EASTERN, Calendar, Session
from quanticity.config.times import moments
from quanticity.model import Priority
from quanticity.pace.rules import Rules

_DAYS_BACK = 14
# A session is looked for this far back at most: longer than any weekend with its holidays.
_LONGEST_GAP = timedelta(days=6).total_seconds()


class Staleness:
    """Limits of age under one config's session rules. Moments are epoch seconds (wall)."""

    def __init__(self, rules: Rules, calendar: Calendar) -> None:
        self._rules = rules
        self._calendar = calendar
        self._segment = (0.0, 0.0, Session.WEEKEND, Session.WEEKEND)

    def limit(self, max_age: float, group: Priority, interval: float | None, now: float) -> float:
        """The most seconds since it was fetched that a value may show at `now`.

        `max_age` is the reader's limit at the feed's own `interval` (seconds); a feed without
        an interval is judged by `limit_at`.
        """
        if interval is None:
            return max_age
        begins, _, session, before = self._around(now)
        every = self._rules.rule(session, group).interval(interval)
        limit = max_age + every - interval
        earlier = self._rules.rule(before, group).interval(interval)
        if earlier > every and now - begins < every + max_age - interval:
            # The last poll of the slower session may be this old, and the next is yet to come.
            limit = max(limit, max_age + earlier - interval + (now - begins))
        return limit

    def limit_at(self, max_age: float, times: tuple[str, ...], now: float) -> float:
        """The same for a feed that runs at Eastern times of day, on trading days or named ones.

        Its value may be as old as its last time but one, until `max_age` after its last time.
        """
        moments = self._moments(times, now)
        if not moments:
            return max_age
        last = moments[-1]
        if now - last < max_age and len(moments) > 1:
            return max(max_age, now - moments[-2])
        return max(max_age, now - last + max_age)

    def limit_pushed(self, max_age: float, now: float) -> float:
        """The same for what a vendor pushes: nothing is to be expected while nobody trades.

        From the end of after-hours on, and until the first message of the next day had the time
        to come, the last value of the day may grow old.
        """
        today = datetime.fromtimestamp(now, EASTERN).date()
        days = self._calendar.trading_days(today - timedelta(days=_DAYS_BACK), today)
        opened = next((day.pre_market for day in days if now < day.after_hours_end), now)
        ended = [day.after_hours_end for day in days if day.after_hours_end <= now]
        if not ended or now - opened >= max_age:
            return max_age
        return max_age + now - ended[-1]

    def life(self, ttl: float, group: Priority, interval: float | None, now: float) -> float:
        """Seconds that a value stored at `now` must live, of which `ttl` at the usual interval.

        The next poll comes at the pace of this session, or of the next one where that begins
        first: no key expires only because nobody was due to fetch it.
        """
        if interval is None:
            return ttl
        _, ends, session, _ = self._around(now)
        every = self._rules.rule(session, group).interval(interval)
        if ends - now < every + ttl - interval:
            following = self._rules.rule(self._calendar.session(ends), group)
            every = max(every, (ends - now) + following.interval(interval))
        return ttl + max(0.0, every - interval)

    def _moments(self, times: tuple[str, ...], now: float) -> list[float]:
        today = datetime.fromtimestamp(now, EASTERN).date()
        found = moments(times, self._calendar, today - timedelta(days=_DAYS_BACK), today)
        return [moment for moment in found if moment <= now]

    def _around(self, now: float) -> tuple[float, float, Session, Session]:
        """When the session of `now` began and ends, which it is, and which was before it.

        Kept for as long as the session lasts: a table of thousands of feeds asks it of each.
        """
        begins, ends, *_ = self._segment
        if begins <= now < ends:
            return self._segment
        ends = self._calendar.next_change(now)
        begins = before = now - _LONGEST_GAP
        change = self._calendar.next_change(begins)
        while change <= now:
            before, begins = begins, change
            change = self._calendar.next_change(change)
        session = self._calendar.session
        self._segment = (begins, ends, session(now), session(before))
        return self._segment
