"""When options expire: every trading day, every week, every month, and years ahead."""

from __future__ import annotations

from datetime import date, timedelta

from quanticity.clock import Calendar
from quanticity.sim.market.instruments import Instrument

_DAILIES = 10
_WEEKS = 8
_MONTHS = 12


def third_friday(year: int, month: int) -> date:
    """The standard monthly expiry, before holidays are looked at."""
    first = date(year, month, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


def is_monthly(expiry: date) -> bool:
    """Whether `expiry` is a standard monthly one (the Friday, or the Thursday before it)."""
    friday = third_friday(expiry.year, expiry.month)
    return expiry in (friday, friday - timedelta(days=1))


def expiries(instrument: Instrument, day: date, calendar: Calendar) -> list[date]:
    """Listed expiries seen from trading day `day`, which is one itself where there are dailies."""
    wanted = {day + timedelta(days=(4 - day.weekday()) % 7 + 7 * week) for week in range(_WEEKS)}
    for ahead in range(_MONTHS):
        month = day.month - 1 + ahead
        wanted.add(third_friday(day.year + month // 12, month % 12 + 1))
    wanted.add(third_friday(day.year + 1, 1))
    last = max(wanted)
    trading = [each.day for each in calendar.trading_days(day, last)]
    open_days = set(trading)
    found = {friday if friday in open_days else friday - timedelta(days=1) for friday in wanted}
    if instrument.has_dailies:
        found.update(trading[:_DAILIES])
    return sorted(expiry for expiry in found if expiry >= day and expiry in open_days)
