from __future__ import annotations

import io

from rich.console import Console

from quanticity.cli.board import Board, endpoint_lines
from quanticity.feeds.report import FeedRow, Summary
from quanticity.model import Priority

NOW = 1_000_000.0


def row(endpoint: str, symbol: str, status: str = "ok", **more: object) -> FeedRow:
    given = {"age": 5.0, "next_due": NOW + 10, "latency": 0.1, "calls_left": 50, **more}
    return FeedRow(
        feed=f"uw.{endpoint}:{symbol}",
        source="uw",
        endpoint=endpoint,
        group=more.pop("group", Priority.IMPORTANT),  # type: ignore[arg-type]
        key=f"raw:uw:{endpoint}:{symbol}",
        status=status,
        **{name: value for name, value in given.items() if name != "group"},  # type: ignore[arg-type]
    )


def drawn(rows: list[FeedRow], height: int = 30) -> str:
    out = io.StringIO()
    console = Console(file=out, width=160, height=height, force_terminal=True, color_system=None)
    summary = Summary(len(rows), len(rows), 0, 0, 7, 0, 0, generation=3)
    board = Board(console, "quanticity · test", lambda: rows, lambda: summary, lambda: NOW, str)
    board.problem("uw.quote:SPY", "500 from the vendor")
    console.print(board)
    return out.getvalue()


def test_feeds_of_one_endpoint_share_a_line_that_shows_the_worst() -> None:
    [(shown, count, troubled)] = endpoint_lines(
        [row("quote", "SPY"), row("quote", "QQQ", "error", reason="refused")], NOW
    )
    assert (shown.feed, shown.status, count, troubled) == ("uw.quote:QQQ", "error", 2, 1)
    assert shown.next_due == 10


def test_what_is_in_trouble_comes_first_then_by_group() -> None:
    rows = [
        row("late", "SPY", "stale", group=Priority.BACKGROUND),
        row("calm", "SPY", group=Priority.IMPORTANT),
        row("first", "SPY", group=Priority.CRITICAL),
    ]
    assert [line[0].endpoint for line in endpoint_lines(rows, NOW)] == ["late", "first", "calm"]


def test_the_picture_has_every_column_news_and_the_summary() -> None:
    text = drawn([row("quote", "SPY"), row("quote", "QQQ")])
    for word in ("feed", "group", "age", "next due", "latency", "calls left", "status"):
        assert word in text
    assert "uw.quote ×2" in text
    assert "100 ms" in text
    assert "uw.quote:SPY: 500 from the vendor" in text
    assert "generation 3" in text


def test_what_does_not_fit_is_counted() -> None:
    rows = [row(f"e{number:03}", "SPY") for number in range(50)]
    text = drawn(rows, height=20)
    assert "more endpoints; none worse than these" in text
    assert len(text.splitlines()) <= 20
