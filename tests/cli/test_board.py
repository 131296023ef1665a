from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from quanticity.cli.board import Board
from quanticity.cli.picture import endpoint_lines
from quanticity.errors import Problem
from quanticity.feeds.report import Change, FeedRow, Summary
from quanticity.model import Priority
from tests.cli.terminal import Terminal

NOW = 1_000_000.0


def row(endpoint: str, symbol: str, status: str = "ok", **more: object) -> FeedRow:
    given = {"age": 5.0, "next_due": NOW + 10, "latency": 0.1, "calls_left": 50, **more}
    return FeedRow(
        feed=f"uw.{endpoint}:{symbol}",
        source=str(more.pop("source", "uw")),
        endpoint=endpoint,
        group=more.pop("group", Priority.IMPORTANT),  # type: ignore[arg-type]
        key=f"raw:uw:{endpoint}:{symbol}",
        status=status,
        **{name: value for name, value in given.items() if name not in ("group", "source")},  # type: ignore[arg-type]
    )


def drawn(
    rows: list[FeedRow],
    height: int = 30,
    width: int = 160,
    tell: Callable[[Board], object] = lambda _: None,
    later: float = 0.0,
) -> str:
    out, now = io.StringIO(), [NOW]
    console = Console(file=out, width=width, height=height, force_terminal=True, color_system=None)
    summary = Summary(len(rows), len(rows), 0, 0, 7, 0, 0, generation=3)
    board = Board(console, "quanticity · test", lambda: rows, lambda: summary, lambda: now[0], str)
    board.problem("uw.quote:SPY", "500 from the vendor")
    tell(board)
    now[0] += later
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
    assert "more endpoints, none of them in trouble" in text
    assert len(text.splitlines()) <= 20


@pytest.mark.parametrize("width", [80, 100, 160])
def test_at_80_columns_the_source_is_cut_and_not_the_endpoints_name(width: int) -> None:
    long = row("strike_expiry_exposure", "SPY", source="unusual_whales")
    text = drawn([long, row("quote", "SPY", source="unusual_whales")], width=width)
    assert re.search(r"^(\S*\.)?strike_expiry_exposure ", text, re.MULTILINE)
    assert re.search(r"^unusual_\S*\.quote ", text, re.MULTILINE)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", [40, 50, 63])
def test_at_40_columns_names_were_cut_to_two_letters(width: int) -> None:
    rows = [row("spot_gex", "SPY", source="unusual_whales"), row("quote", "SPY", source="fmp")]
    text = drawn(rows, width=width)
    assert re.search(r"^(\S*\.)?spot_gex +\S+ s +ok", text, re.MULTILINE)
    assert re.search(r"^fmp\.quote ", text, re.MULTILINE)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_a_feed_that_an_edit_added_is_on_top_and_not_below_what_does_not_fit() -> None:
    rows = [row(f"e{number:03}", "SPY", group=Priority.CRITICAL) for number in range(50)]
    rows.append(row("mine", "SPY", group=Priority.NICE_TO_HAVE))
    change = Change(2, added=("uw.mine:SPY",), kept=50)
    text = drawn(rows, height=20, tell=lambda board: board.reloaded(change))
    first = next(line for line in text.splitlines() if "uw." in line)
    assert first.startswith("uw.mine")
    assert "new, ok" in first
    text = drawn(rows, height=20, tell=lambda board: board.reloaded(change), later=600)
    assert "uw.mine " not in text, "after a while it takes its place again"


def test_an_edit_of_very_many_endpoints_does_not_hide_what_is_in_trouble() -> None:
    rows = [row(f"e{number:03}", "SPY") for number in range(50)]
    rows.append(row("broken", "SPY", "error", reason="refused"))
    change = Change(2, changed=tuple(f"uw.e{number:03}:SPY" for number in range(50)))
    text = drawn(rows, height=20, tell=lambda board: board.reloaded(change))
    assert "uw.broken" in text


def test_the_trouble_of_a_feed_that_is_removed_goes_with_it() -> None:
    change = Change(2, removed=("uw.quote:SPY",))
    text = drawn([row("news", "SPY")], tell=lambda board: board.reloaded(change))
    assert "500 from the vendor" not in text
    assert "1 removed" in text


def test_what_waits_for_its_first_turn_reads_as_one_plain_phrase() -> None:
    text = drawn([row("quote", "SPY", "first", reason="for its first turn")])
    assert "waiting: for its first turn" in text


def test_a_list_that_was_cut_looked_whole() -> None:
    text = drawn([row("quote", "SPY", reason="cut at 2 pages (max_pages)")])
    assert "ok: cut at 2 pages (max_pages)" in text
    assert "not modified" not in drawn([row("quote", "SPY", reason="not modified")])


def refused(count: int) -> Callable[[Board], object]:
    text = "unknown field 'interval_second'; did you mean 'interval_seconds'?"
    problems = [Problem("data_sources.yaml", 62 + line, 9, text) for line in range(count)]
    return lambda board: board.rejected(problems)


def test_what_a_refused_edit_should_have_said_was_cut_off_at_80_columns() -> None:
    rows = [row(f"e{number:03}", "SPY") for number in range(50)]
    text = drawn(rows, height=24, width=80, tell=refused(1))
    assert "did you mean 'interval_seconds'?" in " ".join(text.split())
    assert len(text.splitlines()) <= 24


def test_of_many_problems_of_an_edit_the_rest_was_not_mentioned() -> None:
    rows = [row(f"e{number:03}", "SPY") for number in range(50)]
    text = drawn(rows, height=24, width=80, tell=refused(11))
    assert "6 more: `check` lists them" in " ".join(text.split())
    assert len(text.splitlines()) <= 24


def test_the_mistakes_of_an_edit_stood_there_in_red_after_they_were_mended() -> None:
    def tell(board: Board) -> None:
        refused(1)(board)
        refused(2)(board)
        board.reloaded(Change(2, added=("uw.quote:SPY",)))

    text = drawn([row("quote", "SPY")], tell=tell)
    assert "refused" not in text
    assert "interval_second" not in text
    assert "1 added" in text


def test_an_edit_that_is_refused_again_is_told_once() -> None:
    def tell(board: Board) -> None:
        refused(1)(board)
        refused(1)(board)

    text = drawn([row("quote", "SPY")], tell=tell)
    assert text.count("edit refused") == 1


def test_news_say_when_they_came() -> None:
    out = io.StringIO()
    console = Console(file=out, width=120, height=30, force_terminal=True, color_system=None)
    summary = Summary(1, 1, 0, 0, 7, 0, 0)
    when = "2026-01-05 10:02:07 ET"
    board = Board(console, "test", lambda: (), lambda: summary, lambda: NOW, lambda: when)
    board.problem("uw.quote:SPY", "500 from the vendor")
    console.print(board)
    assert "✗ 10:02:07 uw.quote:SPY: 500 from the vendor" in out.getvalue()


def test_a_terminal_that_became_narrower_kept_lines_of_the_wider_table() -> None:
    """It had broken each of them in two, and only as many were taken away as had been drawn."""
    terminal = Terminal(120)
    console = Console(file=terminal, width=120, height=40, force_terminal=True, color_system=None)
    rows = [row(f"endpoint_{number}", "SPY") for number in range(8)]
    summary = Summary(8, 8, 0, 0, 7, 0, 0)
    board = Board(console, "the title", lambda: rows, lambda: summary, lambda: NOW, str)
    board.step("config", True, "12 sources on")
    board.start()
    board.draw()
    for width in (90, 70, 70, 100):
        if width < console.width:
            terminal.narrow(width)
        terminal.width = console.width = width
        board.draw()
        board.draw()
        shown = "\n".join(terminal.rows)
        assert shown.count("the title") == 1, shown
        assert all(shown.count(f"endpoint_{number}") == 1 for number in range(8)), shown
    board.stop()


def test_a_plugin_that_was_mended_stood_there_in_red_and_was_never_said_to_be_good() -> None:
    def tell(board: Board) -> None:
        board.start()
        board.step("plugins", False, "plugins/x.py:3:1: not Python")
        board.step("plugins", False, "plugins/x.py:3:1: not Python")
        board.step("plan", False, "uw: critical wants 120 calls a minute")
        assert [line.plain.count("✗") for _, line in board._news] == [1, 1, 1]
        board.step("plugins", True, "plugins/x.py is live (80 ms)")
        board.step("plan", True, "the schedule fits every limit")
        board.stop()
        board._console.file.truncate(0)

    text = drawn([row("quote", "SPY")], tell=tell)
    assert "not Python" not in text
    assert "calls a minute" not in text
    assert "✓ plugins: plugins/x.py is live" in text
    assert "✓ plan: the schedule fits every limit" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_end_of_a_long_line_of_news_was_cut_off_the_end_says_what_to_do(width: int) -> None:
    changed = ("uw.some_very_long_name_of_an_endpoint:SPY", "uw.another_name_as_long:SPY")
    change = Change(2, changed=changed, kept=50, seconds=0.084)
    said = "plugins/a.py:3:1: " + "the input of it that comes from elsewhere is none; " * 9

    def tell(board: Board) -> None:
        board.reloaded(change)
        board.problem("", said + "name it so: reads")

    text = drawn([row("quote", "SPY")], width=width, tell=tell)
    told = " ".join(text.split())
    assert "50 kept (84 ms)" in told
    assert "plugins/a.py:3:1" in told
    assert " … " in told
    assert "name it so: reads" in told
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_of_plugins_saved_one_after_another_the_table_told_the_last_only() -> None:
    def tell(board: Board) -> None:
        board.start()
        for name in ("one", "two", "three"):
            board.step("plugins", True, f"plugins/{name}.py is live (80 ms)")
        board.stop()
        board._console.file.truncate(0)

    text = drawn([row("quote", "SPY")], tell=tell)
    assert [
        f"✓ plugins: plugins/{name}.py is live" in text for name in ("one", "two", "three")
    ] == [
        True,
        True,
        True,
    ]
