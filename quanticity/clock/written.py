"""Trading days as they are written in `xnys.txt`, which is made from `exchange_calendars`.

The library brings pandas: half a second of each command, and forty megabytes of each process that
asks what day it is. So what it says of the years in use is kept beside this file, by
`python -m tools.sessions`; a test holds the one against the other.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "xnys.txt"
CLOSED = "closed"
OPENS, CLOSES = time(9, 30), time(16, 0)

Hours = tuple[date, time, time]
"""A trading day, and when its regular session begins and ends, Eastern."""


def hours_of(first: int, last: int) -> list[Hours] | None:
    """The trading days of these years, both included; None where not all of them are written."""
    low, high, special = _read()
    if not low <= first <= last <= high:
        return None
    day, end = date(first, 1, 1), date(last, 12, 31)
    found = []
    while day <= end:
        told = special.get(day)
        if day.weekday() < 5 and told != CLOSED:
            found.append((day, OPENS, time.fromisoformat(told) if told else CLOSES))
        day += timedelta(days=1)
    return found


@cache
def _read() -> tuple[int, int, dict[date, str]]:
    """The first and the last year, and of each weekday that is special when it ends, or not."""
    rows = [row.split() for row in FILE.read_text(encoding="utf-8").splitlines() if row[0] != "#"]
    (_, low, high), *special = rows
    return int(low), int(high), {date.fromisoformat(day): told for day, told in special}
