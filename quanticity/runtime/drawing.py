"""The graph drawn: for a terminal, as Mermaid, as an SVG picture."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from quanticity.runtime.graph import FEED, NOBODY, OTHER, Graph, Node
from quanticity.runtime.known_keys import SYSTEM

_WIDTH, _HEIGHT, _GAP, _BETWEEN, _EDGE = 220, 34, 14, 110, 20
_OFF = "#eeeeee"
_SWEEPS = 4
_PLAIN = (FEED, SYSTEM, NOBODY, OTHER)
_FILL = {
    FEED: "#e8f1fb",
    SYSTEM: "#e8f1fb",
    NOBODY: "#fde8e8",
    OTHER: "#f2f2f2",
    "analytic": "#e9f7ec",
    "strategy": "#fff4d6",
    "source": "#efe9fb",
    "distributor": "#fbe9f3",
}


def as_text(graph: Graph) -> Iterator[str]:
    """Each component: what it reads and of whom, what it writes, and who reads it."""
    components = [node for node in graph.nodes if node.kind not in _PLAIN]
    if not components:
        yield "no component runs"
    off = {node.name: node.off for node in graph.nodes if node.off}
    for node in components:
        yield f"{_label(node)}  {node.kind}"
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
        yield f'  {ids[node.name]}{shape[0]}"{_label(node)}"{shape[1]}'
    for writer, reader, required in _pairs(graph):
        yield f"  {ids[writer]} {'-->' if required else '-.->'} {ids[reader]}"


def as_svg(graph: Graph) -> Iterator[str]:
    """A picture: columns from feeds on the left to what only tells people on the right."""
    columns = _ordered(graph)
    rows = max((len(nodes) for nodes in columns.values()), default=0)
    height = 2 * _EDGE + max(1, rows) * (_HEIGHT + _GAP)
    width = 2 * _EDGE + max(1, len(columns)) * (_WIDTH + _BETWEEN) - _BETWEEN
    places: dict[str, tuple[float, float]] = {}
    for number, column in enumerate(sorted(columns)):
        step = (height - 2 * _EDGE) / len(columns[column])
        for row, node in enumerate(columns[column]):
            top = _EDGE + step * (row + 0.5) - _HEIGHT / 2
            places[node.name] = (_EDGE + number * (_WIDTH + _BETWEEN), top)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">'
    )
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    for writer, reader, required in _pairs(graph):
        (x1, y1), (x2, y2) = places[writer], places[reader]
        x1, y1, y2 = x1 + _WIDTH, y1 + _HEIGHT / 2, y2 + _HEIGHT / 2
        bend = max(40.0, (x2 - x1) / 2)
        dash = "" if required else ' stroke-dasharray="4 3"'
        yield (
            f'<path d="M{x1:g},{y1:g} C{x1 + bend:g},{y1:g} {x2 - bend:g},{y2:g} {x2:g},{y2:g}" '
            f'fill="none" stroke="#8a97a6"{dash}/>'
        )
    for node in graph.nodes:
        left, top = places[node.name]
        fill = _OFF if node.off else _FILL[node.kind]
        about = f"{node.kind}: {', '.join(node.writes) or 'writes nothing'}"
        if node.off:
            about += f" (off: {node.off})"
        yield (
            f'<g><title>{escape(about)}</title><rect x="{left:g}" y="{top:g}" width="{_WIDTH}" '
            f'height="{_HEIGHT}" rx="5" fill="{fill}" stroke="#5b6773"/>'
        )
        yield (
            f'<text x="{left + _WIDTH / 2:g}" y="{top + _HEIGHT / 2 + 4:g}" '
            f'text-anchor="middle">{escape(_label(node))}</text></g>'
        )
    yield "</svg>"


def _ordered(graph: Graph) -> dict[int, list[Node]]:
    """Nodes by column, each near the middle of what it is joined to: fewer lines cross."""
    columns: dict[int, list[Node]] = {}
    for node in graph.nodes:
        columns.setdefault(node.column, []).append(node)
    beside: dict[str, set[str]] = {node.name: set() for node in graph.nodes}
    for edge in graph.edges:
        beside[edge.writer].add(edge.reader)
        beside[edge.reader].add(edge.writer)
    for _ in range(_SWEEPS):
        places = {
            node.name: (row + 0.5) / len(nodes)
            for nodes in columns.values()
            for row, node in enumerate(nodes)
        }

        def middle(node: Node, places: dict[str, float] = places) -> tuple[float, str]:
            others = [places[one] for one in beside[node.name]] or [places[node.name]]
            return sum(others) / len(others), node.name

        columns = {column: sorted(nodes, key=middle) for column, nodes in columns.items()}
    return columns


def _pairs(graph: Graph) -> Iterator[tuple[str, str, bool]]:
    found: dict[tuple[str, str], bool] = {}
    for edge in graph.edges:
        place = (edge.writer, edge.reader)
        found[place] = found.get(place, False) or edge.required
    for (writer, reader), required in sorted(found.items()):
        yield writer, reader, required


def _label(node: Node) -> str:
    return node.name if node.bindings == 1 else f"{node.name} × {node.bindings}"
