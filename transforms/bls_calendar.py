"""The Bureau of Labor Statistics' release schedule, as rows of releases and moments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, day, moment, rows, transform


@transform
def bls_calendar(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`rows` by time: `release`, `date`, `time` in epoch seconds (null for a whole day).

    Times that name no zone are Eastern. `important` is the Bureau's own mark. An event without a
    date, and one that is called off, is left out and counted in `rejected`.
    """
    events = rows(payload)
    found = [row for event in events if (row := _row(event)) is not None]
    found.sort(key=lambda row: (row["date"], row["time"] or 0.0, row["release"]))
    return {"rejected": len(events) - len(found), "rows": found}, None


def _row(event: Mapping[str, Any]) -> dict[str, Any] | None:
    start = str(event.get("start") or "")
    on = day(start[:10])
    if on is None or event.get("status") == "CANCELLED":
        return None
    categories = [str(name) for name in event.get("categories") or ()]
    return {
        "release": " ".join(str(event.get("summary") or "").split()),
        "date": on,
        "time": moment(start, "America/New_York"),
        "important": "IMPORTANT" in (name.upper() for name in categories),
        "location": event.get("location"),
        "uid": event.get("uid"),
    }
