"""Rows of several sources, merged where their times meet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quanticity.feeds.steps import is_time_name
from quanticity.parse import moment

Row = Mapping[str, Any]
Timed = tuple[float, Row]

_ROWS = ("data", "rows", "contracts", "feed", "events", "observations")
_BEST_TIMES = ("time", "timestamp", "tape_time", "executed_at", "created_at", "start_time")


def merge_on_timestamp(inputs: Mapping[str, Sequence[Timed]], tolerance: float) -> list[Any]:
    """One row for each moment at which anything happened, oldest first.

    `inputs` are rows with their epoch seconds, by source. Rows whose times differ by less than
    `tolerance` seconds from the first of them are one: `{"timestamp": of the first, "sources":
    {source: its latest row in there}, "counts": {source: how many it had}}`. A source that has
    nothing there is not named. Every row of the inputs is counted in exactly one row of the
    result, and the order in which inputs and rows come does not matter where times differ.
    """
    ordered = sorted(
        (at, source, index)
        for source, timed in inputs.items()
        for index, (at, _) in enumerate(timed)
    )
    merged: list[Any] = []
    for at, source, index in ordered:
        if not merged or at - merged[-1]["timestamp"] >= tolerance:
            merged.append({"timestamp": at, "sources": {}, "counts": {}})
        group = merged[-1]
        group["sources"][source] = inputs[source][index][1]
        group["counts"][source] = group["counts"].get(source, 0) + 1
    return merged


def timed_rows(payload: Any, otherwise: float) -> list[Timed]:
    """The rows of a value with their times; one that is no list is one row.

    Rows stand at the root or under a usual name (`data`, `rows`, ...). A row's time is what stands
    under its best name of time; where none reads as a moment, it is `otherwise`.
    """
    found = payload
    if isinstance(payload, dict):
        found = next(
            (payload[name] for name in _ROWS if isinstance(payload.get(name), list)), payload
        )
    rows = found if isinstance(found, list) else [found]
    return [(time_of(row, otherwise), row) for row in rows if isinstance(row, dict)]


def time_of(row: Row, otherwise: float) -> float:
    """Epoch seconds of a row; `otherwise` where it names no moment."""
    names = [name for name in _BEST_TIMES if name in row]
    names += [name for name in row if name not in names and is_time_name(name)]
    for name in names:
        at = moment(row[name])
        if at is not None:
            return at
    return otherwise
