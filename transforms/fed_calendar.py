"""The Federal Reserve Board's calendar: days and hours in words become dates and moments."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from quanticity.api import State, moment, rows, transform

_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))? *([ap])\.?m\.?", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@transform
def fed_calendar(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`rows` by date: `first_date`, `last_date`, `time` (epoch seconds, null where none is set).

    A meeting's decision comes on the last of its days, and so does its `time`. Titles and
    descriptions are plain text; the calendar escapes its HTML twice. The empty event at the end
    is left out; `rejected` counts events whose date cannot be read.
    """
    events = [event for event in rows(payload, "events") if event]
    found = [row for event in events if (row := _row(event)) is not None]
    found.sort(key=lambda row: (row["last_date"], row["time"] or 0.0, row["title"]))
    return {"rejected": len(events) - len(found), "rows": found}, None


def _row(event: Mapping[str, Any]) -> dict[str, Any] | None:
    days = _days(str(event.get("month", "")), str(event.get("days", "")))
    if days is None:
        return None
    first, last = days
    return {
        "type": _text(event.get("type")) or "Other",
        "title": _text(event.get("title")),
        "first_date": first.isoformat(),
        "last_date": last.isoformat(),
        "time": _moment(last, str(event.get("time") or "")),
        "description": _text(event.get("description")),
        "location": _text(event.get("location")),
        "link": event.get("link") or None,
        "live": event.get("live") or None,
    }


def _days(month: str, days: str) -> tuple[date, date] | None:
    figures = [int(figure) for figure in re.findall(r"[0-9]+", days)]
    try:
        year, number = (int(part) for part in month.split("-"))
        first = date(year, number, figures[0])
        last = first.replace(day=figures[-1]) if figures[-1] >= figures[0] else None
        if last is None:
            # 31-1: the meeting ends in the next month.
            last = (first.replace(day=28) + timedelta(days=4)).replace(day=figures[-1])
    except (ValueError, IndexError):
        return None
    return first, last


def _moment(on: date, text: str) -> float | None:
    found = _CLOCK.search(text)
    if found is None:
        return None
    hour = int(found[1]) % 12 + (12 if found[3].lower() == "p" else 0)
    return moment(f"{on.isoformat()}T{hour:02}:{found[2] or '00'}", "America/New_York")


def _text(given: Any) -> str:
    plain = _TAG.sub(" ", html.unescape(html.unescape(str(given or ""))))
    return " ".join(plain.split())
