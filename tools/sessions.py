"""Writes quanticity/clock/xnys.txt, the trading days of New York: `python -m tools.sessions`."""

from __future__ import annotations

import warnings
from datetime import date, timedelta

import exchange_calendars

from quanticity.clock import EASTERN
from quanticity.clock.written import CLOSED, CLOSES, FILE, OPENS

FIRST, LAST = 2016, 2036
HEAD = """\
# Weekdays on which the regular session in New York is not 9:30 to 16:00, and when it ends, Eastern.
# Made from exchange_calendars (XNYS) by `python -m tools.sessions`.
"""


def text() -> str:
    """What the library says of these years."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schedule = exchange_calendars.get_calendar(
            "XNYS", start=f"{FIRST}-01-01", end=f"{LAST}-12-31"
        ).schedule
    ends = {}
    for day, opens, closes in zip(schedule.index, schedule["open"], schedule["close"], strict=True):
        begin, end = opens.astimezone(EASTERN), closes.astimezone(EASTERN)
        if begin.time() != OPENS:
            raise SystemExit(f"{day.date()} opens at {begin:%H:%M}: xnys.txt has no word for that")
        ends[day.date()] = end.time()
    rows = [f"years {FIRST} {LAST}"]
    day = date(FIRST, 1, 1)
    while day.year <= LAST:
        if day.weekday() < 5 and ends.get(day) != CLOSES:
            rows.append(f"{day} {f'{ends[day]:%H:%M}' if day in ends else CLOSED}")
        day += timedelta(days=1)
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"wrote {FILE.name}")
