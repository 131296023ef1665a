"""The running system as a live table in a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from quanticity.cli.lines import describe_change
from quanticity.cli.picture import endpoint_lines, picture
from quanticity.errors import Problem
from quanticity.feeds.report import Change, FeedRow, Summary
from quanticity.logs import redact

_NEWS = 6
# Each is told whole, in up to so many lines; all together take these.
_LINES_EACH = 3
_NEWS_LINES = 9
# What is told of an edit of the config is about no feed; the next edit takes it away.
_EDIT = "\n"
# So are the steps of the start that are told again.
_STEP = "\nstep "
# An endpoint that an edit added or changed stands on top for so long (seconds), the latest few.
_FRESH_FOR = 120.0
_FRESH = 5
# Of `2026-01-05 10:00:12 ET`.
_TIME_OF_DAY = slice(11, 19)


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
        # Each line with the feed that it is about, empty for the whole.
        self._news: deque[tuple[str, Text]] = deque(maxlen=_NEWS)
        # By endpoint: until when it stands on top, and what the edit did to it.
        self._fresh: dict[str, tuple[float, str]] = {}
        self._console = console
        self._live = self._new_live()
        self._width = console.width

    def _new_live(self) -> Live:
        return Live(self, console=self._console, auto_refresh=False, transient=False, screen=False)

    def start(self) -> None:
        """Take the lower part of the terminal."""
        self._live.start()

    def draw(self) -> None:
        """Draw the present."""
        width = self._console.width
        if width < self._width:
            self._begin_again()
        self._width = width
        self._live.refresh()

    def _begin_again(self) -> None:
        """On an empty screen: a terminal that became narrower broke the lines that stand there.

        There are more of them than were drawn, and what is not known of is never taken away.
        """
        self._live.transient = True
        self._live.stop()
        self._console.clear()
        self._live = self._new_live()
        self._live.start()

    def stop(self) -> None:
        """Leave the last picture standing."""
        self._live.refresh()
        self._live.stop()

    def step(self, name: str, ok: bool, detail: str) -> None:
        """A line of the start's list, above the table; once that is drawn, a line of news.

        What is good again takes away the news that it was not.
        """
        self._step(*(("✓", "green") if ok else ("✗", "red")), name, detail)

    def warned(self, name: str, detail: str) -> None:
        """The same in yellow, of what stops nothing."""
        self._step("!", "yellow", name, detail)

    def _step(self, mark: str, colour: str, name: str, detail: str) -> None:
        if self._live.is_started:
            topic, told = f"{_STEP}{name}", f"{name}: {detail}"
            ok = mark == "✓"
            self._forget(
                lambda line: line[0] == topic and (_is_over(line[1], ok) or told in line[1].plain)
            )
            self._tell(mark, colour, told, topic)
            return
        start = Text.assemble((f"{mark} ", colour), (f"{name:<10} ", "bold"), redact(detail))
        self._console.print(start)

    def first_value(self, feed: str, key: str, age: float) -> None:
        """The table shows it; no line is spent on it."""

    def problem(self, feed: str, text: str) -> None:
        """One line of news in red."""
        self._tell("✗", "red", f"{feed + ': ' if feed else ''}{text}", feed)

    def recovered(self, feed: str, text: str) -> None:
        """One line of news in green."""
        self._tell("✓", "green", f"{feed + ': ' if feed else ''}{text}", feed)

    def reloaded(self, change: Change) -> None:
        """One line of news; what was added or changed stands on top for a while."""
        gone = {*change.removed, _EDIT}
        self._forget(lambda line: line[0] in gone)
        self._tell("↻", "cyan", f"reload: {describe_change(change)}")
        until = self._now() + _FRESH_FOR
        for word, feeds in (("changed", change.changed), ("new", change.added)):
            for endpoint in dict.fromkeys(feed.partition(":")[0] for feed in feeds):
                self._fresh.pop(endpoint, None)
                self._fresh[endpoint] = until, word
        for endpoint in list(self._fresh)[:-_FRESH]:
            del self._fresh[endpoint]

    def rejected(self, problems: Sequence[Problem]) -> None:
        """The first problems of a refused edit, in place of those of the edit before it."""
        self._forget(lambda line: line[0] == _EDIT)
        for problem in list(problems)[: _NEWS - 1]:
            self._tell("✗", "red", str(problem), _EDIT)
        more = len(problems) - (_NEWS - 1)
        told = f" ({more} more: `check` lists them)" if more > 0 else ""
        self._tell("✗", "red", f"edit refused{told}: the last good config runs on", _EDIT)

    def _forget(self, is_old: Callable[[tuple[str, Text]], bool]) -> None:
        self._news = deque((line for line in self._news if not is_old(line)), maxlen=_NEWS)

    def _tell(self, mark: str, colour: str, text: str, feed: str = "") -> None:
        at = self._when()[_TIME_OF_DAY]
        line = Text.assemble((f"{mark} ", colour), (f"{at} " if at else "", "dim"), redact(text))
        self._news.append((feed, line))

    def _shown_news(self, console: Console, width: int) -> list[Text]:
        """The latest news as lines of the screen."""
        shown: list[Text] = []
        for _, news in reversed(self._news):
            lines = _wrapped(news, console, width)
            if len(shown) + len(lines) > _NEWS_LINES:
                break
            shown[:0] = lines
        return shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw table, news and summary into the height there is."""
        height = options.max_height or console.size.height
        now = self._now()
        fresh = {name: word for name, (until, word) in self._fresh.items() if now < until}
        news = self._shown_news(console, options.max_width)
        yield picture(
            self._title,
            self._when(),
            endpoint_lines(self._rows(), now, fresh),
            max(3, height - 7 - len(news)),
            news,
            self._summary(),
            options.max_width,
            fresh,
        )


def _is_over(line: Text, ok: bool) -> bool:
    """Whether what is good again takes a line away: news that was good stays beside it."""
    return ok and not line.plain.startswith("✓")


def _wrapped(news: Text, console: Console, width: int) -> list[Text]:
    """In few lines; of what is too long the middle goes: where it is, and what to do, stay."""
    lines = news.wrap(console, width, overflow="fold")
    most = _LINES_EACH * width
    while len(lines) > _LINES_EACH and most > width:
        most -= max(1, width // 8)
        tail = most // 2
        short = Text.assemble(news[: most - tail - 3], " … ", news[len(news) - tail :])
        lines = short.wrap(console, width, overflow="fold")
    return list(lines)[:_LINES_EACH]
