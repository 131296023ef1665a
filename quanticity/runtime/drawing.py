"""The graph drawn in text: for a terminal, and as Mermaid. The picture is in `svg`."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.runtime.graph import FEED, NOBODY, OTHER, Graph, Node
from quanticity.runtime.known_keys import SYSTEM

_PLAIN = (FEED, SYSTEM, NOBODY, OTHER)


def as_text(graph: Graph) -> Iterator[str]:
    """Each component: what it reads and of whom, what it writes, and who reads it."""
    components = [node for node in graph.nodes if node.kind not in _PLAIN]
    if not components:
        yield "no component runs"
    off = {node.name: node.off for node in graph.nodes if node.off}
    for node in components:
        yield f"{label(node)}  {node.kind}"
        lines = [
            f"reads {edge.key} of {edge.writer}"
            + ("" if edge.required else ", optional")
            + (f" (off: {off[edge.writer]})" if edge.writer in off else "")
            for edge in graph.inputs(node.name)
        ]
        if node.writes:
            lines.append(f"writes {', '.join(node.writes)}")
        readers = sorted({edge.reader for edge in graph.readers(node.name)})
        if readers:
            lines.append(f"is read by {', '.join(readers)}")
        for number, line in enumerate(lines):
            yield f"  {'└─' if number == len(lines) - 1 else '├─'} {line}"
    unread = [node for node in graph.nodes if node.kind == FEED and not graph.readers(node.name)]
    if unread:
        yield "feeds that no component reads"
        for node in unread:
            why = f" (off: {node.off})" if node.off else ""
            yield f"  {node.name} writes {', '.join(node.writes)}{why}"


def as_mermaid(graph: Graph) -> Iterator[str]:
    """A flowchart, from left to right."""
    ids = {node.name: f"n{number}" for number, node in enumerate(graph.nodes)}
    yield "flowchart LR"
    for node in graph.nodes:
        shape = ("[(", ")]") if node.kind in _PLAIN else ("[", "]")
        yield f'  {ids[node.name]}{shape[0]}"{label(node)}"{shape[1]}'
    for writer, reader, required in pairs(graph):
        yield f"  {ids[writer]} {'-->' if required else '-.->'} {ids[reader]}"


def pairs(graph: Graph) -> Iterator[tuple[str, str, bool]]:
    """Writer and reader, each two once, and whether the reader cannot do without."""
    found: dict[tuple[str, str], bool] = {}
    for edge in graph.edges:
        place = (edge.writer, edge.reader)
        found[place] = found.get(place, False) or edge.required
    for (writer, reader), required in sorted(found.items()):
        yield writer, reader, required


def label(node: Node) -> str:
    """Its name, and how many of it run."""
    return node.name if node.bindings == 1 else f"{node.name} × {node.bindings}"
