"""When each kind of listing trades: sessions that begin, end, and pause for a halt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from quanticity.clock import EASTERN, Calendar


class Span(NamedTuple):
    """One session: the date it belongs to, and when it begins and ends (epoch seconds)."""

    day: date
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Local:
    """Hours of a place, on weekdays."""

    zone: ZoneInfo
    opens: time
    closes: time


_LOCAL = {
    name: _Local(ZoneInfo(zone), time(*opens), time(*closes))
    for name, zone, opens, closes in (
        ("frankfurt", "Europe/Berlin", (9, 0), (17, 30)),
        ("london", "Europe/London", (8, 0), (16, 30)),
        ("tokyo", "Asia/Tokyo", (9, 0), (15, 30)),
        ("hong kong", "Asia/Hong_Kong", (9, 30), (16, 0)),
        ("sydney", "Australia/Sydney", (10, 0), (16, 0)),
        ("seoul", "Asia/Seoul", (9, 0), (15, 30)),
        ("sao paulo", "America/Sao_Paulo", (10, 0), (17, 0)),
        ("toronto", "America/Toronto", (9, 30), (16, 0)),
    )
}
HOURS = ("stocks", "index", "internals", "futures", "fx", "crypto", *_LOCAL)
_BACK = 12  # days looked back for the session before: longer than any holiday


class Sessions:
    """Sessions of every kind of hours.

    `stocks` is the pre-market to the end of the after-hours session, `index` and `internals` the
    regular session in New York, `futures` 18:00 of the evening before to an hour after the close,
    `fx` 17:00 to 17:00 Eastern on weekdays, `crypto` every day from midnight to midnight Eastern;
    the rest are the hours of a city, on weekdays.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.span = lru_cache(maxsize=4096)(self._span)
        self._latest: dict[str, tuple[Span, float]] = {}

    def at(self, hours: str, at: float) -> Span | None:
        """The session that a moment lies in, or None where there is none."""
        span = self.last(hours, at)
        return span if at < span.end else None

    def last(self, hours: str, at: float) -> Span:
        """The session that a moment lies in, or the last one that ended before it."""
        span, until = self._latest.get(hours, (None, 0.0))
        if span is not None and span.start <= at < until:
            return span
        ahead = datetime.fromtimestamp(at, EASTERN).date() + timedelta(days=1)
        following = float("inf")
        for back in range(_BACK):
            found = self.span(hours, ahead - timedelta(days=back))
            if found is None:
                continue
            if found.start <= at:
                self._latest[hours] = (found, min(following, max(found.end, at)))
                return found
            following = found.start
        raise ValueError(f"no session of {hours} within {_BACK} days before {at}")

    def next_start(self, hours: str, at: float) -> float:
        """When the first session after a moment begins, infinity where none is near."""
        day = datetime.fromtimestamp(at, EASTERN).date()
        for ahead in range(_BACK):
            found = self.span(hours, day + timedelta(days=ahead))
            if found is not None and found.start > at:
                return found.start
        return float("inf")

    def _span(self, hours: str, day: date) -> Span | None:
        """The session that belongs to a date, None where that date has none."""
        local = _LOCAL.get(hours)
        if local is not None:
            if day.weekday() >= 5:
                return None
            begin, end = (
                datetime.combine(day, edge, local.zone).timestamp()
                for edge in (local.opens, local.closes)
            )
            return Span(day, begin, end)
        if hours == "crypto":
            return Span(day, _eastern(day, 0), _eastern(day + timedelta(days=1), 0))
        if hours == "fx":
            if day.weekday() >= 5:
                return None
            return Span(day, _eastern(day - timedelta(days=1), 17), _eastern(day, 17))
        found = self._calendar.trading_days(day, day)
        if not found:
            return None
        (trading,) = found
        if hours == "futures":
            return Span(day, _eastern(day - timedelta(days=1), 18), trading.closes + 3600)
        if hours == "stocks":
            return Span(day, trading.pre_market, trading.after_hours_end)
        return Span(day, trading.opens, trading.closes)


def _eastern(day: date, hour: int) -> float:
    return datetime.combine(day, time(hour), EASTERN).timestamp()
