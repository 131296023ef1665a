from __future__ import annotations

import asyncio
import io
from typing import cast

import pytest

from quanticity.app import App
from quanticity.cli.lines import Lines, describe_change, describe_summary
from quanticity.cli.run import _show
from quanticity.clock import VirtualClock, run_virtual
from quanticity.errors import Problem
from quanticity.feeds.report import Change, Summary
from quanticity.words import count, per, seconds


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "–"),
        (0.42, "0.4 s"),
        (12.3, "12 s"),
        (119, "119 s"),
        (180, "3 min"),
        (7200, "2 h"),
        (172_800, "2 d"),
        (-5, "-5.0 s"),
    ],
)
def test_durations_read_as_people_say_them(given: float | None, said: str) -> None:
    assert seconds(given) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [(1, "a second"), (60, "a minute"), (86_400, "a day"), (5, "in 5.0 s"), (300, "in 5 min")],
)
def test_the_window_of_a_limit_reads_as_people_say_it(length: float, said: str) -> None:
    assert per(length) == said


def test_one_thing_is_not_told_in_the_plural() -> None:
    assert count(1, "endpoint") == "1 endpoint"
    assert count(0, "endpoint") == "0 endpoints"
    assert count(39_500, "fetch", "fetches") == "39,500 fetches"


def test_a_summary_adds_up_and_counts_messages_apart_from_fetches() -> None:
    summary = Summary(9, 5, 1, 1, 40, 2, 0, generation=1, endpoints=4, messages=1)
    assert describe_summary(summary) == (
        "9 feeds of 4 endpoints: 5 alive, 2 waiting, 1 stale, 1 failing; "
        "40 fetches, 2 failed, 1 message, 0 skipped; generation 1"
    )


class Quiet:
    """A system in which nothing happens."""

    def summary(self) -> Summary:
        return Summary(2, 2, 0, 0, 7, 0, 0, generation=1)


def test_where_there_is_no_table_a_summary_is_told_each_minute() -> None:
    out = io.StringIO()

    async def main(clock: VirtualClock) -> None:
        began = clock.now()
        lines = Lines(out, lambda: f"{clock.now() - began:.0f}")
        showing = asyncio.create_task(_show(cast(App, Quiet()), None, lines, clock))
        await clock.sleep(185)
        showing.cancel()

    run_virtual(main)
    told = [line.split()[:3] for line in out.getvalue().splitlines()]
    assert told == [[at, "·", "summary"] for at in ("60", "120", "180")]


def test_a_reload_names_what_changed_where_that_is_little() -> None:
    change = Change(4, added=("a.b:SPY",), changed=tuple("wxyz"), kept=7, seconds=0.084)
    assert describe_change(change) == (
        "generation 4: 1 added (a.b:SPY), 0 removed, 4 changed, 7 kept (84 ms)"
    )
    edited = Change(5, kept=8, seconds=0.01, anew=("transform mine for 1 feed", "contract x.json"))
    assert describe_change(edited).endswith(
        "8 kept (10 ms); loaded anew: transform mine for 1 feed, contract x.json"
    )


def test_a_refused_edit_is_told_with_every_line() -> None:
    out = io.StringIO()
    problems = [Problem("f.yaml", 3, 5, "unknown field 'pathh'", "did you mean 'path'?")]
    Lines(out, lambda: "10:00:00").rejected(problems)
    assert out.getvalue().splitlines() == [
        "10:00:00 ✗ reload     1 problem; the last good config runs on",
        "10:00:00              f.yaml:3:5: unknown field 'pathh'; did you mean 'path'?",
    ]


class Gone(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_the_system_goes_on_when_nobody_reads_its_output_any_more() -> None:
    lines = Lines(Gone(), str)
    lines.problem("a.b", "one")
    lines.problem("a.b", "two")


def test_a_full_disk_under_the_output_does_not_stop_the_system() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  # a device
        lines = Lines(full, lambda: "10:00:00")
        lines.step("one", True, "1")
        lines.step("two", True, "2")
        with pytest.raises(OSError, match="No space"):
            full.close()


def test_what_a_vendor_says_neither_clears_the_screen_nor_forges_a_line() -> None:
    out = io.StringIO()
    Lines(out, lambda: "10:00:00").problem("a.b", "no\x1b[2J\n10:00:01 ✓ all is well")
    assert out.getvalue() == "10:00:00 ✗ problem    a.b: no [2J 10:00:01 ✓ all is well\n"
