"""Who writes what and who reads it: feeds and components, joined at their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from quanticity.component import Component
from quanticity.config.effective import Effective
from quanticity.runtime.binding import Binding
from quanticity.runtime.declared import kind_of
from quanticity.runtime.known_keys import SYSTEM, SYSTEM_KEYS, KnownKeys

FEED = "feed"
NOBODY = "nobody"
OTHER = "other"
"""An aggregate, or a component that has nothing to run for."""


@dataclass(frozen=True, slots=True)
class Node:
    """A feed, or a component with all its bindings.

    `column` counts the steps from what comes from outside, `off` says why a feed does not run,
    `writes` are patterns of keys.
    """

    name: str
    kind: str
    bindings: int = 1
    column: int = 0
    off: str = ""
    writes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`reader` reads at `key`, a pattern as it has it, what `writer` writes."""

    writer: str
    key: str
    reader: str
    required: bool = True


@dataclass(frozen=True)
class Graph:
    """Components, and the feeds that they read; `nodes` by column, then by name."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]

    def inputs(self, name: str) -> Sequence[Edge]:
        """What a node reads, and of whom."""
        return self._by_reader.get(name, [])

    def readers(self, name: str) -> Sequence[Edge]:
        """Who reads a node."""
        return self._by_writer.get(name, [])

    @cached_property
    def _by_reader(self) -> Mapping[str, list[Edge]]:
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.reader, []).append(edge)
        return found

    @cached_property
    def _by_writer(self) -> Mapping[str, list[Edge]]:
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.writer, []).append(edge)
        return found


def graph_of(bindings: Sequence[Binding], known: KnownKeys) -> Graph:
    """The graph of what is bound; `known` are the keys of feeds and components."""
    components = {binding.component.name: binding.component for binding in bindings}
    counts: dict[str, int] = {}
    for binding in bindings:
        counts[binding.component.name] = counts.get(binding.component.name, 0) + 1
    found: dict[tuple[str, str, str], bool] = {}
    off: dict[str, str] = {}
    for writer, why, key, reader, required in _reads(bindings, known):
        found[writer, key, reader] = found.get((writer, key, reader), False) or required
        if why:
            off[writer] = why
        elif writer in off:
            del off[writer]
    edges = sorted(Edge(*place, required) for place, required in found.items())
    columns = _columns(components, edges)
    nodes = [
        Node(name, kind_of(one), counts[name], columns[name], "", _writes(name, one))
        for name, one in components.items()
    ]
    for name in {edge.writer for edge in edges} - set(components):
        kind = name if name in (NOBODY, SYSTEM) else FEED if "." in name else OTHER
        keys = tuple(dict.fromkeys(edge.key for edge in edges if edge.writer == name))
        nodes.append(Node(name, kind, 1, 0, off.get(name, ""), keys))
    return Graph(sorted(nodes, key=lambda node: (node.column, node.name)), edges)


def with_all_feeds(graph: Graph, effective: Effective) -> Graph:
    """The same with the feeds that no component reads."""
    there = {node.name for node in graph.nodes}
    more = [
        Node(one.id, FEED, off=one.off or "", writes=(one.endpoint.redis_key,))
        for one in effective.endpoints()
        if one.id not in there
    ]
    nodes = sorted([*graph.nodes, *more], key=lambda node: (node.column, node.name))
    return Graph(nodes, graph.edges)


def _reads(
    bindings: Sequence[Binding], known: KnownKeys
) -> Iterator[tuple[str, str, str, str, bool]]:
    """(writer, why it is off, pattern, reader, required) of each input of each binding.

    An optional input that nobody writes is no part of the graph.
    """
    writers: dict[str, dict[str, None]] = {key: {SYSTEM: None} for key in SYSTEM_KEYS}
    for binding in bindings:
        for write in binding.writes.values():
            writers.setdefault(write.key, {})[binding.component.name] = None
    for binding in bindings:
        reader = binding.component.name
        for name, read in binding.reads.items():
            pattern = _named(reader, binding.component.reads[name].name)
            for key in read.keys.values():
                found = [(one, "") for one in writers.get(key, ())] or [_feed(key, known)]
                for writer, off in found:
                    if writer != NOBODY or not read.optional:
                        yield writer, off, pattern, reader, not read.optional


def _feed(key: str, known: KnownKeys) -> tuple[str, str]:
    """The feed that writes a key, and why it is off."""
    feed = known.writer(key)
    if feed is not None:
        return feed, ""
    name, _, why = (known.why_off(key) or NOBODY).partition(", which is off: ")
    return name, why


def _writes(name: str, component: type[Component]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_named(name, key.name) for key in component.writes.values()))


def _named(component: str, pattern: str) -> str:
    """A pattern with the component's own name in it."""
    return pattern.replace("{strategy}", component)


def _columns(components: Mapping[str, type[Component]], edges: Sequence[Edge]) -> dict[str, int]:
    """How many steps each component is from what comes from outside."""
    waits: dict[str, set[str]] = {name: set() for name in components}
    for edge in edges:
        if edge.writer in components and edge.writer != edge.reader:
            waits[edge.reader].add(edge.writer)
    try:
        ordered = list(TopologicalSorter(waits).static_order())
    except CycleError:
        ordered = list(waits)  # told as a problem; the drawing shows it all the same
    columns: dict[str, int] = {}
    reads = {edge.reader for edge in edges}
    for name in ordered:
        before = max((columns.get(one, 0) for one in waits[name]), default=0)
        columns[name] = 1 + before if name in reads else 0
    return columns
