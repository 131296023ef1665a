"""The health of components as lines: one for each component, and one for each that has trouble."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any


def component_lines(told: Mapping[str, Any], edges: Mapping[str, Any], now: float) -> Iterator[str]:
    """What `runtime:components` and `runtime:edges` say; nothing where there are no components."""
    rows = sorted(told.get("components", ()), key=lambda row: str(row["id"]))
    working = edges.get("edges", ())
    if not rows and not working:
        return
    well = sum(row["status"] == "ok" for row in rows) + sum(row["running"] for row in working)
    yield f"components: {well:,} of {len(rows) + len(working):,} at work"
    for component, group in groupby(rows, key=lambda row: str(row["component"])):
        yield from _component(component, list(group), now)
    for row in working:
        yield f"  {row['id']} ({row['kind']}): {_edge(row)}"
    if told.get("last_error"):
        yield f"  last refused change of plugins: {told['last_error']}"


def _component(component: str, rows: Sequence[Mapping[str, Any]], now: float) -> Iterator[str]:
    well = sum(row["status"] == "ok" for row in rows)
    slowest = max((row["p95"] for row in rows if row["p95"] is not None), default=None)
    took = f", p95 {slowest * 1000:.1f} ms" if slowest is not None else ""
    runs = sum(row["runs"] for row in rows)
    yield f"  {component}: {well:,} of {len(rows):,} ok, {runs:,} runs{took}"
    for row in rows:
        if row["status"] == "held":
            where = f" ({row['where']})" if row["where"] else ""
            again = max(0.0, row["until"] - now)
            yield f"    {row['id']} is held, again in {again:.0f} s: {row['reason']}{where}"
        elif row["reason"]:
            yield f"    {row['id']} waits: {row['reason']}"


def _edge(row: Mapping[str, Any]) -> str:
    said = "at work" if row["running"] else "down"
    if "delivered" in row:
        said += f", {row['delivered']:,} delivered, {row['dead']:,} given up"
    trouble = row["error"] or row.get("problem", "")
    where = f" ({row['where']})" if row["where"] else ""
    return f"{said}: {trouble}{where}" if trouble else said
