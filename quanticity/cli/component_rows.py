"""Components as rows of the table: one for each, its worst binding first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

_TROUBLE = ("held", "down")
_ORDER = ("ok", "first", "waiting", "held", "down")


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A component with all its bindings. `age` and `p95` are seconds.

    `status` is that of the worst binding, `reason` why, and `such` of how many it is true; `age` is
    that of the run that lies back the longest.
    """

    name: str
    kind: str
    bindings: int
    status: str
    such: int
    reason: str = ""
    age: float | None = None
    p95: float | None = None

    @property
    def is_troubled(self) -> bool:
        """Whether it failed; who waits for an input has not."""
        return self.status in _TROUBLE


def component_rows(
    told: Mapping[str, Any], edges: Mapping[str, Any], now: float
) -> list[ComponentRow]:
    """What `runtime:components` and `runtime:edges` say: trouble first, then by name."""
    rows = [_pure(name, found, now) for name, found in _grouped(told.get("components", ()))]
    rows += [_edge(name, found, now) for name, found in _grouped(edges.get("edges", ()))]
    return sorted(rows, key=lambda row: (not row.is_troubled, row.name))


def _grouped(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    def name(row: Mapping[str, Any]) -> str:
        return str(row["id"]).partition(":")[0]

    return [(key, list(group)) for key, group in groupby(sorted(rows, key=name), key=name)]


def _pure(name: str, rows: Sequence[Mapping[str, Any]], now: float) -> ComponentRow:
    worst = max(rows, key=lambda row: _ORDER.index(row["status"]))
    ran = [row["last_run"] for row in rows if row["last_run"] is not None]
    return ComponentRow(
        name,
        str(rows[0].get("kind", "component")),
        len(rows),
        worst["status"],
        sum(row["status"] == worst["status"] for row in rows),
        worst["reason"],
        max(0.0, now - min(ran)) if ran else None,
        max((row["p95"] for row in rows if row["p95"] is not None), default=None),
    )


def _edge(name: str, rows: Sequence[Mapping[str, Any]], now: float) -> ComponentRow:
    states = [edge_state(row) for row in rows]
    worst = max(states, key=_ORDER.index)
    row = rows[states.index(worst)]
    since = [row["since"] for row in rows if row.get("since") is not None]
    reason = edge_reason(row)
    age = max(0.0, now - max(since)) if since and worst != "ok" else None
    return ComponentRow(name, row["kind"], len(rows), worst, states.count(worst), reason, age)


def edge_reason(row: Mapping[str, Any]) -> str:
    """Why an edge is not well, or what its channel last failed with; empty where it is."""
    # An error may be of before its last start.
    said = row.get("trouble") if row["running"] and not row.get("waits") else ""
    return str(said or row["error"] or row.get("waits") or row.get("problem") or "")


def edge_state(row: Mapping[str, Any]) -> str:
    """`down`, also by its own word; `waiting` for an environment variable it needs; or `ok`."""
    if not row["running"]:
        return "down"
    if row.get("waits"):
        return "waiting"
    return "down" if row.get("trouble") else "ok"
