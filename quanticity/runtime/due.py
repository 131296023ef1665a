"""When triggers of time are due: every so often, at times of day, around a session's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import floor, inf

from xxhash import xxh3_64_intdigest

from quanticity.clock import EASTERN, Calendar
from quanticity.clock.calendar import TradingDay
from quanticity.component import Around, At, Every, Trigger

# Days looked ahead for the next trading day; no closure was longer since 1914.
_AHEAD = 14
# A time of day that passed while nobody ran is made up for within these seconds, and no later.
LATE = 60.0


class Due:
    """The moments of one binding's triggers of time. All moments are epoch seconds."""

    def __init__(self, id: str, triggers: tuple[Trigger, ...], calendar: Calendar) -> None:
        self._calendar = calendar
        self._every = [one for one in triggers if isinstance(one, Every)]
        self._daily = [one for one in triggers if isinstance(one, At | Around)]
        # Bindings of one cadence start apart from each other, and the same in every run.
        self._phase = xxh3_64_intdigest(id.encode()) % 1000 / 1000

    @property
    def repeats(self) -> bool:
        """Whether it comes again soon, so that a late run is worth having."""
        return bool(self._every)

    def first(self, now: float, ran: float | None) -> float:
        """When it is first due, seen at `now`; `ran` is when it ran last, None for never."""
        if ran is None:
            since = now if self._every else now - LATE
            return min(now if self._every else inf, self._next_daily(since))
        # A clock that went back, as the demo's does at each start, has its times of day before it.
        ran = min(ran, now)
        missed = self._next_daily(max(ran, now - LATE))
        return min(self.next_repeat(ran), missed)

    def next(self, after: float) -> float:
        """The next moment after `after`; inf where there is none."""
        return min(self.next_repeat(after), self._next_daily(after))

    def next_repeat(self, after: float) -> float:
        """The next moment of what comes every so often; inf where nothing does."""
        return min((self._next_of(one, after) for one in self._every), default=inf)

    def _next_of(self, one: Every, after: float) -> float:
        at = self._step(one.seconds, after)
        if not one.sessions:
            return at
        end = after + _AHEAD * 86_400.0
        while at < end and self._calendar.session(at) not in one.sessions:
            at = self._step(one.seconds, self._calendar.next_change(at) - 1e-6)
        return at

    def _step(self, seconds: float, after: float) -> float:
        shift = self._phase * seconds
        return (floor((after - shift) / seconds + 1e-9) + 1) * seconds + shift

    def _next_daily(self, after: float) -> float:
        if not self._daily:
            return inf
        first = datetime.fromtimestamp(after, EASTERN).date() - timedelta(days=1)
        days = self._calendar.trading_days(first, first + timedelta(days=_AHEAD))
        moments = [moment for one in self._daily for moment in _moments(one, days)]
        return min((moment for moment in moments if moment > after), default=inf)


def _moments(one: At | Around, days: Sequence[TradingDay]) -> list[float]:
    moments = []
    for day in days:
        if isinstance(one, At):
            moments += [_at(day.day, text) for text in one.times]
        else:
            moments.append(_EVENTS[one.event](day) + one.seconds)
    return moments


def _at(day: date, text: str) -> float:
    return datetime.combine(day, time.fromisoformat(text), EASTERN).timestamp()


_EVENTS: Mapping[str, Callable[[TradingDay], float]] = {
    "pre_market": lambda day: day.pre_market,
    "open": lambda day: day.opens,
    "close": lambda day: day.closes,
    "after_hours_end": lambda day: day.after_hours_end,
}
