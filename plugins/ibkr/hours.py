"""When an instrument trades, as its contract details say, and whether a silence is a gap."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Spans = tuple[tuple[float, float], ...]
"""(epoch second it opens, epoch second it closes), oldest first."""

_SPAN = re.compile(r"(\d{8}):(\d{4})-(\d{8}):(\d{4})")
_OLD_SPAN = re.compile(r"(\d{8}):(\d{4})-(\d{4})$")
# What it calls zones that the database has no more.
_ZONES = {
    "EST": "America/New_York",
    "EST5EDT": "America/New_York",
    "CST": "America/Chicago",
    "CST6CDT": "America/Chicago",
    "MET": "Europe/Berlin",
    "GMT": "Europe/London",
    "JST": "Asia/Tokyo",
}


def spans(text: str, zone: str) -> Spans:
    """Read `20261130:0930-20261130:1600;20261201:CLOSED`; what cannot be read is left out."""
    name = zone.partition(" ")[0] or "America/New_York"
    try:
        local = ZoneInfo(_ZONES.get(name, name))
    except (ZoneInfoNotFoundError, ValueError):
        return ()
    found = []
    for part in text.split(";"):
        for piece in part.split(","):
            if match := _SPAN.search(piece):
                day, start, last, end = match.groups()
            elif match := _OLD_SPAN.search(piece):
                day, start, end = match.groups()
                last = day
            else:
                continue
            try:
                opens = datetime.strptime(day + start, "%Y%m%d%H%M").replace(tzinfo=local)
                closes = datetime.strptime(last + end, "%Y%m%d%H%M").replace(tzinfo=local)
            except ValueError:
                continue
            if closes <= opens:
                closes += timedelta(days=1)
            found.append((opens.timestamp(), closes.timestamp()))
    return tuple(sorted(found))


def is_open(hours: Spans, at: float) -> bool | None:
    """Whether it trades at a moment; None where the hours do not reach there."""
    if not hours or not hours[0][0] - 86_400 <= at <= hours[-1][1] + 86_400:
        return None
    return any(opens <= at < closes for opens, closes in hours)


def open_seconds(hours: Spans, since: float, until: float) -> float | None:
    """Seconds between two moments in which it trades; None where the hours do not reach there."""
    if is_open(hours, since) is None or is_open(hours, until) is None:
        return None
    return sum(max(0.0, min(until, closes) - max(since, opens)) for opens, closes in hours)


def gap(hours: Spans, since: float, now: float, most: float) -> float | None:
    """Seconds of trading time without a word, where they are more than `most`; else None.

    Nights, breaks and holidays are no gaps. Of hours that nobody told nothing is a gap.
    """
    silent = open_seconds(hours, since, now)
    return silent if silent is not None and silent > most else None
