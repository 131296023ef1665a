"""The table of a running system: one line an endpoint or component, its name never cut first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from quanticity.cli.component_rows import ComponentRow
from quanticity.cli.lines import describe_summary
from quanticity.feeds.report import FeedRow, Summary
from quanticity.feeds.stats import NOT_MODIFIED
from quanticity.logs import redact
from quanticity.words import count, seconds

_COLOURS = {
    "ok": "green",
    "first": "cyan",
    "running": "cyan",
    "waiting": "dim",
    "held": "dim",
    "down": "red",
    "off": "dim",
    "stale": "yellow",
    "drift": "yellow",
    "error": "red",
}
_TROUBLE = ("error", "stale", "drift")
# Statuses whose own word says little to a person.
_SHOWN = {"first": "waiting"}
_NARROW = 100
# Here there is room for a name, its age and its status, and for nothing else.
_TINY = 64
_LEAST_STATUS = 11

Line = tuple[FeedRow, int, int]
"""An endpoint: its worst feed, how many feeds it has, how many of them are in trouble."""


def endpoint_lines(rows: Sequence[FeedRow], now: float, first: Collection[str] = ()) -> list[Line]:
    """One line an endpoint: those of `first` (`source.endpoint`), then trouble, then by group."""
    found = []
    ordered = sorted(rows, key=lambda row: (row.source, row.endpoint))
    for _, members in groupby(ordered, key=lambda row: (row.source, row.endpoint)):
        feeds = list(members)
        worst = max(feeds, key=lambda row: (_weight(row), row.age or 0.0))
        dues = [row.next_due for row in feeds if row.next_due is not None]
        shown = FeedRow(
            feed=worst.feed,
            source=worst.source,
            endpoint=worst.endpoint,
            group=worst.group,
            key=worst.key,
            status=worst.status,
            reason=worst.reason,
            age=worst.age,
            next_due=min(dues) - now if dues else None,
            latency=_mean([row.latency for row in feeds if row.latency is not None]),
            calls_left=worst.calls_left,
            fetches=sum(row.fetches for row in feeds),
            failures=sum(row.failures for row in feeds),
            skipped=sum(row.skipped for row in feeds),
            messages=sum(row.messages for row in feeds),
        )
        found.append((shown, len(feeds), sum(row.status in _TROUBLE for row in feeds)))
    found.sort(
        key=lambda line: (
            name_of(line[0]) not in first,
            not line[2],
            line[0].group.rank,
            line[0].feed,
        )
    )
    return found


def name_of(row: FeedRow) -> str:
    """`source.endpoint`."""
    return f"{row.source}.{row.endpoint}"


def picture(
    title: str,
    when: str,
    lines: Sequence[Line],
    room: int,
    news: Sequence[Text],
    summary: Summary,
    width: int,
    fresh: Mapping[str, str] | None = None,
    components: Sequence[ComponentRow] = (),
) -> RenderableType:
    """The whole picture: table, what did not fit into `room` lines, news, summary.

    `fresh` says of endpoints that an edit touched what it did to them; `components` follow the
    endpoints.
    """
    shown = lines if len(lines) <= room else lines[: room - 1]
    parts: list[RenderableType] = [
        _table(f"{title}   {when}", shown, width, fresh or {}, components)
    ]
    hidden = lines[len(shown) :]
    if hidden:
        troubled = sum(bool(trouble) for _, _, trouble in hidden)
        state = f"{troubled} of them in trouble" if troubled else "none of them in trouble"
        parts.append(Text(f"… {count(len(hidden), 'more endpoint')}, {state}", "dim"))
    parts.extend(news)
    parts.append(Text(redact(describe_summary(summary)), "bold"))
    return Group(*parts)


def _table(
    title: str,
    lines: Sequence[Line],
    width: int,
    fresh: Mapping[str, str],
    components: Sequence[ComponentRow],
) -> Table:
    narrow, tiny = width < _NARROW, width < _TINY
    gap = 1 if narrow else 2
    table = Table(
        title=Text(title, "bold"),
        title_justify="left",
        expand=True,
        box=None,
        header_style="dim",
        pad_edge=False,
        padding=(0, gap, 0, 0),
    )
    heads = ("age", "next due", "latency", "left" if narrow else "calls left")[: 1 if tiny else 4]
    cells = [_figures(row)[: len(heads)] for row, _, _ in lines]
    others = [_component_figures(row)[: len(heads)] for row in components]
    columns = [
        max([len(head), *(len(each[number]) for each in (*cells, *others))])
        for number, head in enumerate(heads)
    ]
    group = 0 if tiny else 9 if narrow else 12
    left = width - group - sum(columns) - gap * (len(columns) + (1 if tiny else 2))
    names = [cell_len(row.name + _times(row.bindings)) for row in components]
    title_of_names = "feed, component" if components else "feed"
    name = _name_width(lines, left, max([len(title_of_names), *names]))
    table.add_column(title_of_names, no_wrap=True, width=name)
    heading = "group, kind" if components else "group"
    if not tiny:
        table.add_column(heading, no_wrap=True, width=group, overflow="ellipsis")
    for head, size in zip(heads, columns, strict=True):
        table.add_column(head, justify="right", no_wrap=True, width=size)
    table.add_column("status", no_wrap=True, ratio=1)
    for line, figures in zip(lines, cells, strict=True):
        row = line[0]
        kind = () if tiny else (row.group.value,)
        status = _status(line, fresh.get(name_of(row), ""))
        table.add_row(_name(line, name), *kind, *figures, status)
    for component, figures in zip(components, others, strict=True):
        title_of = Text.assemble(component.name, (_times(component.bindings), "dim"))
        title_of.overflow = "ellipsis"
        kind = () if tiny else (component.kind,)
        table.add_row(title_of, *kind, *figures, _component_status(component))
    return table


def _name_width(lines: Sequence[Line], left: int, least: int) -> int:
    """Wide enough for the endpoints' own names; for their sources where status has room too.

    `least` is what the heading and the names of components need.
    """
    endpoints = (cell_len(row.endpoint + _times(many)) for row, many, _ in lines)
    own = max([least, *endpoints])
    full = max([own, *(cell_len(name_of(row) + _times(many)) for row, many, _ in lines)])
    fair = min(full, left * 5 // 11)
    return max(4, min(max(own, fair), left - _LEAST_STATUS))


def _times(many: int) -> str:
    return f" ×{many}" if many > 1 else ""


def _name(line: Line, width: int) -> Text:
    """`source.endpoint ×3`; where that is too long, it is the source that is cut."""
    row, many, _ = line
    endpoint = f"{row.endpoint}{_times(many)}"
    room = width - cell_len(endpoint) - 1
    source = row.source
    if len(source) > room:
        source = source[: room - 1] + "…" if room >= 2 else ""
    dot = "." if source else ""
    text = Text.assemble((f"{source}{dot}", "dim"), row.endpoint, (_times(many), "dim"))
    text.overflow = "ellipsis"
    return text


def _status(line: Line, fresh: str) -> Text:
    row, many, troubled = line
    state = _SHOWN.get(row.status, row.status)
    if troubled > 1 and many > 1:
        state += f" ×{troubled}"
    status = Text(overflow="ellipsis")
    if fresh:
        status.append(f"{fresh}, ", "bold cyan")
    status.append(state, _COLOURS.get(row.status, ""))
    # That nothing changed is no news; that a list was cut is.
    if row.reason and (row.status != "ok" or row.reason != NOT_MODIFIED):
        status.append(f": {redact(row.reason)}", "dim")
    return status


def _component_status(row: ComponentRow) -> Text:
    state = _SHOWN.get(row.status, row.status)
    if row.bindings > 1 and row.status != "ok":
        state += f" ×{row.such}"
    status = Text(state, _COLOURS.get(row.status, ""), overflow="ellipsis")
    if row.is_troubled:
        status.stylize("red")
    if row.reason and row.status != "ok":
        status.append(f": {redact(row.reason)}", "dim")
    return status


def _component_figures(row: ComponentRow) -> tuple[str, str, str, str]:
    took = "–" if row.p95 is None else f"{row.p95 * 1000:.1f} ms"
    return seconds(row.age), "–", took, "–"


def _figures(row: FeedRow) -> tuple[str, str, str, str]:
    return (
        seconds(row.age),
        "now" if row.next_due is not None and row.next_due <= 0 else seconds(row.next_due),
        "–" if row.latency is None else f"{row.latency * 1000:.0f} ms",
        "–" if row.calls_left is None else str(row.calls_left),
    )


def _weight(row: FeedRow) -> int:
    order = ("off", "ok", "running", "held", "waiting", "first", "drift", "stale", "error")
    index = order.index(row.status) if row.status in order else 0
    return {"drift": 3, "stale": 4, "error": 5}.get(row.status, index // 4)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
