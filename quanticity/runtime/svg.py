"""The graph as a picture: boxes in columns, and lines that never pass behind a box."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from quanticity.runtime.drawing import label, pairs
from quanticity.runtime.graph import FEED, NOBODY, OTHER, Graph, Node
from quanticity.runtime.known_keys import SYSTEM

_WIDTH, _HEIGHT, _GAP, _BETWEEN, _EDGE = 220, 34, 14, 110, 20
# What a line that passes through a column takes of its height.
_LANE = 12
_OFF = "#eeeeee"
_SWEEPS = 4
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

# What has a place in a column: a node by its name, or the lane of a line (writer, reader, column).
Slot = str | tuple[str, str, int]
Columns = dict[int, list[Slot]]


def as_svg(graph: Graph) -> Iterator[str]:
    """A picture: columns from feeds on the left to what only tells people on the right."""
    lines = [(_route(graph, writer, reader), required) for writer, reader, required in pairs(graph)]
    columns = _ordered(graph, [route for route, _ in lines])
    height = 2 * _EDGE + max([_HEIGHT + _GAP, *map(_tall, columns.values())])
    width = 2 * _EDGE + max(1, len(columns)) * (_WIDTH + _BETWEEN) - _BETWEEN
    places = _places(columns, height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">'
    )
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    for route, required in lines:
        dash = "" if required else ' stroke-dasharray="4 3"'
        yield f'<path d="{_path(route, places)}" fill="none" stroke="#8a97a6"{dash}/>'
    for node in graph.nodes:
        left, middle = places[node.name]
        yield from _box(node, left, middle - _HEIGHT / 2)
    yield "</svg>"


def _box(node: Node, left: float, top: float) -> Iterator[str]:
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
        f'text-anchor="middle">{escape(label(node))}</text></g>'
    )


def _route(graph: Graph, writer: str, reader: str) -> list[Slot]:
    """From writer to reader, by a lane in each column between them."""
    columns = {node.name: node.column for node in graph.nodes}
    between = range(columns[writer] + 1, columns[reader])
    return [writer, *((writer, reader, column) for column in between), reader]


def _path(route: Sequence[Slot], places: Mapping[Slot, tuple[float, float]]) -> str:
    x, y = places[route[0]]
    x += _WIDTH
    drawn = [f"M{x:g},{y:g}"]
    for slot in route[1:]:
        to_x, to_y = places[slot]
        bend = max(40.0, (to_x - x) / 2)
        drawn.append(f"C{x + bend:g},{y:g} {to_x - bend:g},{to_y:g} {to_x:g},{to_y:g}")
        x, y = to_x, to_y
        if not isinstance(slot, str):
            x += _WIDTH
            drawn.append(f"H{x:g}")
    return " ".join(drawn)


def _ordered(graph: Graph, routes: Sequence[Sequence[Slot]]) -> Columns:
    """Slots by column, each near the middle of what it is joined to: fewer lines cross."""
    columns: Columns = {}
    for node in graph.nodes:
        columns.setdefault(node.column, []).append(node.name)
    beside: dict[Slot, set[Slot]] = {node.name: set() for node in graph.nodes}
    for route in routes:
        for slot in route[1:-1]:
            columns.setdefault(int(slot[2]), []).append(slot)
        for one, other in pairwise(route):
            beside.setdefault(one, set()).add(other)
            beside.setdefault(other, set()).add(one)
    for _ in range(_SWEEPS):
        rows = {
            slot: (row + 0.5) / len(slots)
            for slots in columns.values()
            for row, slot in enumerate(slots)
        }

        def middle(slot: Slot, rows: dict[Slot, float] = rows) -> tuple[float, str]:
            others = sorted(rows[one] for one in beside[slot]) or [rows[slot]]
            return sum(others) / len(others), str(slot)

        columns = {column: sorted(slots, key=middle) for column, slots in columns.items()}
    return columns


def _places(columns: Columns, height: float) -> dict[Slot, tuple[float, float]]:
    """The left end and the middle of each slot; what a column leaves free is shared out."""
    places: dict[Slot, tuple[float, float]] = {}
    for number, column in enumerate(sorted(columns)):
        slots = columns[column]
        spare = (height - 2 * _EDGE - _tall(slots)) / len(slots)
        top = float(_EDGE)
        for slot in slots:
            takes = _takes(slot) + spare
            places[slot] = (_EDGE + number * (_WIDTH + _BETWEEN), top + takes / 2)
            top += takes
    return places


def _tall(slots: Sequence[Slot]) -> int:
    return sum(map(_takes, slots))


def _takes(slot: Slot) -> int:
    return _HEIGHT + _GAP if isinstance(slot, str) else _LANE
