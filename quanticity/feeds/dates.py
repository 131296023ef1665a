"""Words for dates, which mean another date tomorrow: `today`, `last_n_days:5`, `0-2`.

All of them count trading days of the exchange calendar, in Eastern time:

- `today`: the date now trading, or the last one that did (a new one begins at 04:00);
- `last_trading_day`: the last day whose regular session has ended;
- `last_n_days:5`: the first day of a window of five trading days that ends today;
- `next_n_days:5`: the last day of a window of five trading days that begins today.

Each may carry a format: `today:%Y%m%d`. Without one it is ISO, `2026-01-05`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from quanticity.clock import EASTERN, Calendar

DATE_WORD = re.compile(
    r"^(?P<word>today|last_trading_day|(?P<window>last|next)_n_days:(?P<days>[1-9]\d{0,3}))"
    r"(?::(?P<format>%.+))?$"
)


def is_date_word(text: str) -> bool:
    """Whether `text` is one of the words above."""
    return DATE_WORD.match(text) is not None


def resolve(text: str, now: float, calendar: Calendar) -> str:
    """The date that a word means at epoch second `now`. ValueError where it is no date word."""
    match = DATE_WORD.match(text)
    if match is None:
        raise ValueError(f"'{text}' is not a word for a date")
    day = _day(match, now, calendar)
    written = match["format"]
    return day.strftime(written) if written else day.isoformat()


def _day(match: re.Match[str], now: float, calendar: Calendar) -> date:
    today = calendar.trading_date(now)
    if match["word"] == "today":
        return today
    if match["word"] == "last_trading_day":
        return last_trading_day(now, calendar)
    days = int(match["days"])
    if match["window"] == "last":
        return days_back(today, days, calendar)[0]
    return days_ahead(today, days, calendar)[-1]


def last_trading_day(now: float, calendar: Calendar) -> date:
    """The last day whose regular session has ended."""
    today = calendar.trading_date(now)
    ended = [
        day.day
        for day in calendar.trading_days(today - timedelta(days=14), today)
        if day.closes <= now
    ]
    return ended[-1]


def days_back(today: date, count: int, calendar: Calendar) -> list[date]:
    """The `count` trading days that end with `today`, oldest first."""
    # Ten days hold at least five trading days, whatever the holidays.
    span = timedelta(days=2 * count + 10)
    return [day.day for day in calendar.trading_days(today - span, today)][-count:]


def days_ahead(today: date, count: int, calendar: Calendar) -> list[date]:
    """The `count` trading days that begin with `today`, in order."""
    span = timedelta(days=2 * count + 10)
    return [day.day for day in calendar.trading_days(today, today + span)][:count]


def good_until(now: float, calendar: Calendar) -> float:
    """Epoch second until which every word above means what it means at `now`."""
    return calendar.next_change(now)


def eastern_date(now: float) -> date:
    """The date on a clock in New York."""
    return datetime.fromtimestamp(now, EASTERN).date()
