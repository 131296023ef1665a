"""What the first runs of a new version are told as."""

from __future__ import annotations

from quanticity.errors import Problem
from quanticity.runtime.rehearsal import told_once


def failed(owner: str, line: int, said: str = "ValueError: no") -> Problem:
    return Problem("plugins/a.py", line, 1, f"{owner}: {said}", "the old version goes on")


def test_one_mistake_in_a_plugin_was_told_once_for_each_symbol() -> None:
    wrong = [failed(f"a:{symbol}", 3) for symbol in ("SPY", "QQQ", "IWM")]
    assert [str(one) for one in told_once([*wrong, failed("a:TSLA", 9)])] == [
        "plugins/a.py:3:1: a:SPY and 2 more: ValueError: no; the old version goes on",
        "plugins/a.py:9:1: a:TSLA: ValueError: no; the old version goes on",
    ]


def test_a_problem_that_many_share_stays_one() -> None:
    shared = failed("a:SPY", 3, "its first run did not end well: it hung")
    assert told_once([shared, shared]) == [shared]
