"""The order of bindings in one moment: whoever writes a key before whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from quanticity.runtime.binding import Binding


def ranks(bindings: Iterable[Binding]) -> dict[str, int]:
    """A number for each id, lower first. Those in a circle keep the order they came in."""
    listed = list(bindings)
    writers = {write.key: one.id for one in listed for write in one.writes.values()}
    graph: dict[str, list[str]] = {}
    for one in listed:
        reads = (writers.get(key) for key in (*one.latest, *one.events))
        graph[one.id] = sorted({name for name in reads if name is not None and name != one.id})
    sorter = TopologicalSorter(graph)
    try:
        ordered = list(sorter.static_order())
    except CycleError:
        ordered = list(graph)  # refused where the graph is drawn; here the show goes on
    return {name: number for number, name in enumerate(ordered)}
