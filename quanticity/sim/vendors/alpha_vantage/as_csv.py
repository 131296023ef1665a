"""`datatype=csv`: the same figures as lines, where the vendor offers it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from quanticity.sim.vendors.vendor import Answer

_META = "Meta Data"


def as_csv(body: Mapping[str, Any]) -> Answer | None:
    """The body as CSV; None where it holds no table (an error, news)."""
    rows = _rows(body)
    if rows is None:
        return None
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]) if rows else [])
    table.writeheader()
    table.writerows(rows)
    return Answer.text(text.getvalue(), 200, "application/x-download")


def _rows(body: Mapping[str, Any]) -> list[Mapping[str, str]] | None:
    if _META in body:
        root, series = next((name, each) for name, each in body.items() if name != _META)
        # Series are keyed by `timestamp` and lose their numbers; indicators by `time`.
        key = "timestamp" if root.startswith("Time Series") else "time"
        return [{key: at, **dict(_plain(fields.items()))} for at, fields in series.items()]
    if isinstance(body.get("data"), list):
        dated = "date" in body["data"][0] and "name" in body if body["data"] else False
        if dated:
            return [{"timestamp": row["date"], "value": row["value"]} for row in body["data"]]
        return list(body["data"])
    return None


def _plain(fields: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name.partition(". ")[2] or name, value) for name, value in fields)
