"""Sessions of the US equity market: when it is open, and which date it trades.

Trading days, holidays and half days come from `exchange_calendars` (XNYS), those of the years in
use by way of `written`. Around the regular session of a trading day lie a pre-market from 04:00 and
an after-hours session to 20:00 Eastern (17:00 on a half day).
"""

from __future__ import annotations

import bisect
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from quanticity.clock.written import hours_of

EASTERN = ZoneInfo("America/New_York")


def eastern(now: float) -> datetime:
    """Epoch second `now` on the exchange's clock."""
    return datetime.fromtimestamp(now, EASTERN)


def closing_time(day: date) -> time:
    """When the regular session of a trading day ends, Eastern: 16:00, on a half day 13:00.

    Written out, because every reader of a chain would otherwise load years of sessions for it;
    a test holds it against them.
    """
    if (day.month, day.day) in {(7, 3), (12, 24)}:
        is_half = day.weekday() < 4  # on a Friday the holiday itself is kept
    else:
        is_half = day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29
    return time(13, 0) if is_half else time(16, 0)


_PRE_OPEN = time(4, 0)
_AFTER_CLOSE = timedelta(hours=4)
_SPAN = timedelta(days=420)


class Session(StrEnum):
    """What part of the trading week a moment lies in. Every moment lies in exactly one."""

    PRE_MARKET = "pre_market"
    MARKET_HOURS = "market_hours"
    AFTER_HOURS = "after_hours"
    OVERNIGHT = "overnight"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class TradingDay:
    """One day's boundaries, epoch seconds."""

    day: date
    pre_market: float
    opens: float
    closes: float
    after_hours_end: float

    @property
    def is_half_day(self) -> bool:
        """True where the regular session ends early."""
        return self.closes - self.opens < 6 * 3600


class Calendar(Protocol):
    """What core code asks about sessions."""

    def session(self, at: float) -> Session:
        """The session that epoch second `at` lies in."""
        ...

    def next_change(self, at: float) -> float:
        """Epoch second of the next boundary after `at`."""
        ...

    def trading_date(self, at: float) -> date:
        """The Eastern date now trading, or the last one that did (from 04:00 on its day)."""
        ...

    def trading_days(self, first: date, last: date) -> Sequence[TradingDay]:
        """The trading days from `first` to `last`, both included."""
        ...


class MarketCalendar:
    """The XNYS calendar around the moments it is asked about; loaded when first asked."""

    def __init__(self) -> None:
        self._table = _Table((), (), 0.0, 0.0)
        self._segment: tuple[float, float, Session] = (0.0, 0.0, Session.WEEKEND)
        self._reading = threading.Lock()

    def session(self, at: float) -> Session:
        """The session that epoch second `at` lies in."""
        return self._find(at)[2]

    def next_change(self, at: float) -> float:
        """Epoch second of the next boundary after `at`."""
        return self._find(at)[1]

    def trading_date(self, at: float) -> date:
        """The Eastern date now trading, or the last one that did."""
        table = self._load(at)
        return table.days[bisect.bisect_right(table.starts, at) - 1].day

    def trading_days(self, first: date, last: date) -> Sequence[TradingDay]:
        """The trading days from `first` to `last`, both included."""
        for day in (first, last):
            table = self._load(datetime.combine(day, time(12), EASTERN).timestamp())
        low = bisect.bisect_left(table.days, first, key=_date)
        return list(table.days[low : bisect.bisect_right(table.days, last, key=_date)])

    def _find(self, at: float) -> tuple[float, float, Session]:
        segment = self._segment
        if not segment[0] <= at < segment[1]:
            segment = self._segment = _locate(self._load(at), at)
        return segment

    def _load(self, at: float) -> _Table:
        """The days around `at`. What was read stays as it is: several threads may ask at once."""
        if not self._table.covers(at):
            with self._reading:
                if not self._table.covers(at):
                    self._table = _read(at, self._table.days)
                return self._table
        return self._table


@dataclass(frozen=True, slots=True)
class _Table:
    """Trading days in order, when each begins, and the span of moments they are enough for."""

    days: tuple[TradingDay, ...]
    starts: tuple[float, ...]
    low: float
    high: float

    def covers(self, at: float) -> bool:
        """Whether the days are enough for all that is asked about `at`."""
        return self.low <= at < self.high


def _read(at: float, known: Sequence[TradingDay]) -> _Table:
    """The days around `at`, and `known` ones with all that lie between."""
    middle = datetime.fromtimestamp(at, EASTERN).date()
    first, last = (middle - _SPAN).year, (middle + _SPAN).year
    if known:
        first, last = min(first, known[0].day.year), max(last, known[-1].day.year)
    return _years(first, last)


@lru_cache(maxsize=8)
def _years(first: int, last: int) -> _Table:
    """All days of these years, both included: read once for all calendars of a process."""
    written = hours_of(first, last)
    if written is None:
        days = _from_library(first, last)
    else:
        days = tuple(
            _trading_day(day, _moment(day, opens), _moment(day, closes))
            for day, opens, closes in written
        )
    starts = tuple(day.pre_market for day in days)
    return _Table(days, starts, starts[1], starts[-2])


def _from_library(first: int, last: int) -> tuple[TradingDay, ...]:
    """Of years that are not written down."""
    # Imported here: it brings pandas, which costs as much as the rest of a short command.
    import exchange_calendars

    with warnings.catch_warnings():
        # What exchange_calendars asks of pandas, it is warned of; nobody here can act on it.
        warnings.simplefilter("ignore")
        schedule = exchange_calendars.get_calendar(
            "XNYS", start=f"{first}-01-01", end=f"{last}-12-31"
        ).schedule
    return tuple(
        _trading_day(day.date(), opens.timestamp(), closes.timestamp())
        for day, opens, closes in zip(
            schedule.index, schedule["open"], schedule["close"], strict=True
        )
    )


def _locate(table: _Table, at: float) -> tuple[float, float, Session]:
    index = bisect.bisect_right(table.starts, at) - 1
    today, following = table.days[index], table.days[index + 1]
    for start, end, session in (
        (today.pre_market, today.opens, Session.PRE_MARKET),
        (today.opens, today.closes, Session.MARKET_HOURS),
        (today.closes, today.after_hours_end, Session.AFTER_HOURS),
    ):
        if start <= at < end:
            return start, end, session
    local = datetime.fromtimestamp(at, EASTERN)
    midnight = datetime.combine(local.date(), time(), EASTERN).timestamp()
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), EASTERN).timestamp()
    if local.date() in (today.day, following.day):
        kind = Session.OVERNIGHT
    elif local.weekday() >= 5:
        kind = Session.WEEKEND
    else:
        kind = Session.HOLIDAY
    return (
        max(midnight, today.after_hours_end),
        min(tomorrow, following.pre_market),
        kind,
    )


def _date(day: TradingDay) -> date:
    return day.day


def _moment(day: date, at: time) -> float:
    return datetime.combine(day, at, EASTERN).timestamp()


def _trading_day(day: date, opens: float, closes: float) -> TradingDay:
    pre = _moment(day, _PRE_OPEN)
    return TradingDay(day, pre, opens, closes, closes + _AFTER_CLOSE.total_seconds())
