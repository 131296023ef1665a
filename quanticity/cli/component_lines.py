"""What the table has no room for: which components wait for what, and how others failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quanticity.cli.component_rows import edge_reason, edge_state


def component_lines(told: Mapping[str, Any], edges: Mapping[str, Any], now: float) -> Iterator[str]:
    """What `runtime:components` and `runtime:edges` say; nothing where there are no components.

    One line for each that failed, one for all bindings of a component that wait for the same, one
    for each channel.
    """
    rows = sorted(told.get("components", ()), key=lambda row: str(row["id"]))
    working = edges.get("edges", ())
    if not rows and not working:
        return
    well = sum(row["status"] == "ok" for row in rows)
    well += sum(edge_state(row) == "ok" for row in working)
    yield f"components: {well:,} of {len(rows) + len(working):,} at work"
    yield from (_held(row, now) for row in rows if row["status"] == "held")
    yield from _waiting(rows)
    for row in working:
        # A source at work has nothing to say that the table does not.
        if "delivered" in row or edge_state(row) != "ok":
            yield f"  {row['id']} ({row['kind']}): {_edge(row)}"
    if told.get("last_error"):
        yield f"  last refused change of plugins: {told['last_error']}"


def _held(row: Mapping[str, Any], now: float) -> str:
    where = f" ({row['where']})" if row["where"] else ""
    again = max(0.0, row["until"] - now)
    return f"  {row['id']} is held, again in {again:.0f} s: {row['reason']}{where}"


def _waiting(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    waiting: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["status"] != "held" and row["reason"]:
            waiting.setdefault((row["component"], _whoever(row)), []).append(row["id"])
    for (component, reason), ids in waiting.items():
        if len(ids) == 1:
            yield f"  {ids[0]} waits: {_own(reason, ids[0])}"
        else:
            yield f"  {component} ×{len(ids)} wait: {reason}"


def _whoever(row: Mapping[str, Any]) -> str:
    """Its reason without the value that only this binding has, and without an age."""
    symbol = row["id"].partition(":")[2]
    reason = str(row["reason"])
    if symbol:
        reason = re.sub(rf"(?<=:){re.escape(symbol)}(?![\w.])", "{…}", reason)
    return re.sub(r"is [\d,]+ s old, and", "is too old:", reason)


def _own(reason: str, id: str) -> str:
    return reason.replace("{…}", id.partition(":")[2])


def _edge(row: Mapping[str, Any]) -> str:
    if edge_state(row) == "waiting":
        return f"waits: {row['waits']}"
    said = "down" if edge_state(row) == "down" else "at work"
    if "delivered" in row:
        said += f", {row['delivered']:,} delivered, {row['dead']:,} given up"
    trouble = edge_reason(row)
    where = f" ({row['where']})" if row["where"] and trouble == row["error"] else ""
    return f"{said}: {trouble}{where}" if trouble else said
