"""Calendar files (iCalendar) to rows: one for each event."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from quanticity.errors import BadBody

# Whose values are more than text: the library keeps what it cannot read, and raises later.
_READ = ("DTSTART", "DTEND", "RECURRENCE-ID", "CATEGORIES", "EXDATE")
_STANDS = "CONFIRMED"
_LINE_END = re.compile("\r\n|\n|\r")


def events_of(text: str) -> list[dict[str, Any]]:
    """The events of a calendar file, in its order.

    Each has `uid`, `summary`, `start`, `end`, `description`, `location`, `categories` and `url`;
    what an event does not have is null. `start` and `end` are ISO: a date for a whole day, else
    a time with its offset. An event that recurs is one row, its first time, and has `recurs`: the
    rule as it stands there (`FREQ=DAILY;COUNT=5`), and `excludes`, its times that fall out; one
    that replaces a time of it has `replaces`, that time. One that is not sure to come has its
    `status` (`CANCELLED`, `TENTATIVE`).
    """
    # Imported here: it costs a tenth of a second, and few sources send calendars.
    import icalendar

    # Some files carry blank lines, which the format does not have. `splitlines` would end a line
    # at a U+2028 within a text as well, and lose what follows it.
    lines = "\r\n".join(line for line in _LINE_END.split(text) if line.strip())
    try:
        calendar = icalendar.Calendar.from_ical(lines)
    except ValueError as error:
        raise BadBody(f"the body is not a calendar file: {error}") from None
    return [_event(event) for event in calendar.walk("VEVENT")]


def _event(event: Any) -> dict[str, Any]:
    for name in _READ:
        for given in _all(event, name):
            if why := getattr(given, "parse_error", None):
                whose = _text(event.get("SUMMARY")) or _text(event.get("UID")) or "without a name"
                raise BadBody(f"the event '{whose[:60]}' has a {name} that cannot be read: {why}")
    row = {
        "uid": _text(event.get("UID")),
        "summary": _text(event.get("SUMMARY")),
        "start": _moment(event.get("DTSTART")),
        "end": _moment(event.get("DTEND")) or _after(event),
        "description": _text(event.get("DESCRIPTION")),
        "location": _text(event.get("LOCATION")),
        "categories": [str(name) for line in _all(event, "CATEGORIES") for name in line.cats],
        "url": _text(event.get("URL")),
    }
    # What hardly any has stands only where it is.
    if rules := _all(event, "RRULE"):
        row["recurs"] = "; ".join(rule.to_ical().decode() for rule in rules)
    left_out = (_moment(each) for line in _all(event, "EXDATE") for each in line.dts)
    if excludes := [at for at in left_out if at is not None]:
        row["excludes"] = excludes
    if replaced := _moment(event.get("RECURRENCE-ID")):
        row["replaces"] = replaced
    if (status := str(event.get("STATUS") or _STANDS).upper()) != _STANDS:
        row["status"] = status
    return row


def _after(event: Any) -> str | None:
    """The end of an event that has a duration instead (RFC 5545, 3.6.1)."""
    start = getattr(event.get("DTSTART"), "dt", None)
    lasts = getattr(event.get("DURATION"), "dt", None)
    if not isinstance(start, date) or not isinstance(lasts, timedelta):
        return None
    return (start + lasts).isoformat()


def _all(event: Any, name: str) -> list[Any]:
    """The lines of that name: several of some are legal (RFC 5545, 3.8.1.2)."""
    given = event.get(name)
    return given if isinstance(given, list) else [] if given is None else [given]


def _text(given: Any) -> str | None:
    return None if given is None else str(given)


def _moment(given: Any) -> str | None:
    moment = getattr(given, "dt", None)
    return moment.isoformat() if isinstance(moment, (date, datetime)) else None
