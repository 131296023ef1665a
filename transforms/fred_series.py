"""FRED series, from its interface or its graph's CSV: dates and numbers, oldest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, day, number, rows, transform


@transform
def fred_series(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """`rows` of `date` and `value` in the series' own unit, and the `latest` that has a value.

    A missing observation (`.` in the interface, empty in the CSV) is a row with a null value.
    """
    given = rows(payload, "observations")
    found = []
    for row in given:
        on = day(row.get("date") or row.get("observation_date") or row.get("DATE"))
        if on is not None:
            found.append({"date": on, "value": number(_observed(row))})
    found.sort(key=lambda point: str(point["date"]))
    latest = next((point for point in reversed(found) if point["value"] is not None), None)
    value = {
        "series": config["context"].values.get("series") or _named(given),
        "latest": latest,
        "rows": found,
    }
    return value, None


def _observed(row: Mapping[str, Any]) -> Any:
    if "value" in row:
        return row["value"]
    # A CSV names the column after the series.
    return next((item for name, item in row.items() if name not in _DATES), None)


def _named(given: list[dict[str, Any]]) -> str | None:
    names = (name for row in given[:1] if "value" not in row for name in row)
    return next((name for name in names if name not in _DATES), None)


_DATES = ("date", "observation_date", "DATE")
