"""Alpha Vantage series and indicators: an object keyed by time becomes rows, oldest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from quanticity.api import State, day, moment, number, transform

_NUMBERED = re.compile(r"^[0-9]+[a-z]?[.:] *")
# The vendor's name is an old alias, which not every time zone database has.
_ZONES = {"US/Eastern": "America/New_York", "US/Eastern Time": "America/New_York"}


@transform
def av_series(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`rows` of numbers with `time` in epoch seconds (or `date`, for daily series and longer).

    The object of rows is whichever does not hold the meta data: its name carries the interval,
    and a delay where the data is delayed. Times are Eastern unless the meta data says otherwise.
    Field names lose their numbers (`1. open` is `open`) and become `snake_case`.
    """
    if not isinstance(payload, dict):
        raise ValueError("the body is no object")
    meta = {_plain(name): item for name, item in (payload.get("Meta Data") or {}).items()}
    series = [
        (name, item)
        for name, item in payload.items()
        if name != "Meta Data" and isinstance(item, dict)
    ]
    if len(series) != 1:
        raise ValueError(f"the body holds {len(series)} series, not one")
    name, points = series[0]
    zone = str(meta.get("time_zone") or "America/New_York")
    zone = _ZONES.get(zone, zone)
    value = {
        "symbol": meta.get("symbol") or config["context"].values.get("symbol"),
        "series": name,
        "interval": meta.get("interval"),
        "last_refreshed": _at(meta.get("last_refreshed"), zone),
        "rows": sorted(
            (_row(when, fields, zone) for when, fields in points.items()),
            key=lambda row: str(row.get("date") or f"{row['time']:020.6f}"),
        ),
    }
    return value, None


def _row(when: str, fields: Any, zone: str) -> dict[str, Any]:
    if not isinstance(fields, dict):
        raise ValueError(f"'{when}' holds no fields")
    at = _at(when, zone)
    if at is None:
        raise ValueError(f"'{when}' is neither a time nor a date")
    key = "date" if isinstance(at, str) else "time"
    return {key: at, **{_plain(name): number(item) for name, item in fields.items()}}


def _at(given: Any, zone: str) -> float | str | None:
    return day(given) or moment(given, zone)


@lru_cache(maxsize=256)  # each row has the same names
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _NUMBERED.sub("", name).lower()).strip("_")
