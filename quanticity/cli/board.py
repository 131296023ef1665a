"""The running system as a live table in a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from quanticity.cli.lines import describe_change, describe_summary, seconds
from quanticity.errors import Problem
from quanticity.feeds.report import Change, FeedRow, Summary
from quanticity.logs import redact

_COLOURS = {
    "ok": "green",
    "first": "cyan",
    "running": "cyan",
    "waiting": "dim",
    "held": "dim",
    "off": "dim",
    "stale": "yellow",
    "drift": "yellow",
    "error": "red",
}
_TROUBLE = ("error", "stale", "drift")
_NEWS = 6


class Board:
    """A `Report` that draws: one line an endpoint, what is in trouble first, news below."""

    def __init__(
        self,
        console: Console,
        title: str,
        rows: Callable[[], Sequence[FeedRow]],
        summary: Callable[[], Summary],
        now: Callable[[], float],
        when: Callable[[], str],
    ) -> None:
        self._title = title
        self._rows = rows
        self._summary = summary
        self._now = now
        self._when = when
        self._news: deque[Text] = deque(maxlen=_NEWS)
        self._console = console
        self._live = Live(self, console=console, auto_refresh=False, transient=False, screen=False)

    def start(self) -> None:
        """Take the lower part of the terminal."""
        self._live.start()

    def draw(self) -> None:
        """Draw the present."""
        self._live.refresh()

    def stop(self) -> None:
        """Leave the last picture standing."""
        self._live.refresh()
        self._live.stop()

    def step(self, name: str, ok: bool, detail: str) -> None:
        """A line of the start's list, above the table."""
        mark = ("✓ ", "green") if ok else ("✗ ", "red")
        self._console.print(Text.assemble(mark, (f"{name:<10} ", "bold"), redact(detail)))

    def first_value(self, feed: str, key: str, age: float) -> None:
        """The table shows it; no line is spent on it."""

    def problem(self, feed: str, text: str) -> None:
        """One line of news in red."""
        self._tell("✗", "red", f"{feed + ': ' if feed else ''}{text}")

    def recovered(self, feed: str, text: str) -> None:
        """One line of news in green."""
        self._tell("✓", "green", f"{feed + ': ' if feed else ''}{text}")

    def reloaded(self, change: Change) -> None:
        """One line of news."""
        self._tell("↻", "cyan", f"reload: {describe_change(change)}")

    def rejected(self, problems: Sequence[Problem]) -> None:
        """The first problems of a refused edit; the last good config runs on."""
        for problem in list(problems)[: _NEWS - 1]:
            self._tell("✗", "red", str(problem))
        self._tell("✗", "red", "edit refused: the last good config runs on")

    def _tell(self, mark: str, colour: str, text: str) -> None:
        line = Text.assemble((f"{mark} ", colour), redact(text), overflow="ellipsis")
        line.no_wrap = True
        self._news.append(line)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw table, news and summary into the height there is."""
        height = options.max_height or console.size.height
        lines = endpoint_lines(self._rows(), self._now())
        room = max(3, height - 7 - len(self._news))
        yield picture(self._title, self._when(), lines, room, list(self._news), self._summary())


def endpoint_lines(rows: Sequence[FeedRow], now: float) -> list[tuple[FeedRow, int, int]]:
    """One row an endpoint: its worst feed, how many feeds it has, how many are in trouble."""
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
        )
        found.append((shown, len(feeds), sum(row.status in _TROUBLE for row in feeds)))
    found.sort(key=lambda line: (-(_weight(line[0]) >= 3), line[0].group.rank, line[0].feed))
    return found


def picture(
    title: str,
    when: str,
    lines: Sequence[tuple[FeedRow, int, int]],
    room: int,
    news: Sequence[Text],
    summary: Summary,
) -> RenderableType:
    """The whole picture: table, what did not fit, news, summary."""
    table = Table(
        title=Text(f"{title}   {when}", "bold"),
        title_justify="left",
        expand=True,
        box=None,
        header_style="dim",
        pad_edge=False,
    )
    table.add_column("feed", no_wrap=True, ratio=5)
    table.add_column("group", no_wrap=True, min_width=9)
    for name in ("age", "next due", "latency", "calls left"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True, ratio=6)
    shown = lines if len(lines) <= room else lines[: room - 1]
    for row, count, troubled in shown:
        table.add_row(*_cells(row, count, troubled))
    parts: list[RenderableType] = [table]
    if len(shown) < len(lines):
        hidden = len(lines) - len(shown)
        parts.append(Text(f"… {hidden} more endpoints; none worse than these", "dim"))
    parts.extend(news)
    parts.append(Text(redact(describe_summary(summary)), "bold"))
    return Group(*parts)


def _cells(row: FeedRow, count: int, troubled: int) -> list[Text | str]:
    times = f" ×{count}" if count > 1 else ""
    name = Text.assemble((f"{row.source}.", "dim"), row.endpoint, (times, "dim"))
    state = row.status if troubled <= 1 or count == 1 else f"{row.status} ×{troubled}"
    status = Text.assemble((state, _COLOURS.get(row.status, "")), overflow="ellipsis")
    if row.reason and row.status != "ok":
        status.append(f" {redact(row.reason)}", "dim")
    return [
        name,
        row.group.value,
        seconds(row.age),
        "now" if row.next_due is not None and row.next_due <= 0 else seconds(row.next_due),
        "–" if row.latency is None else f"{row.latency * 1000:.0f} ms",
        "–" if row.calls_left is None else str(row.calls_left),
        status,
    ]


def _weight(row: FeedRow) -> int:
    order = ("off", "ok", "running", "held", "waiting", "first", "drift", "stale", "error")
    index = order.index(row.status) if row.status in order else 0
    return {"drift": 3, "stale": 4, "error": 5}.get(row.status, index // 4)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
