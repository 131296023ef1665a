"""Times of `at`: on trading days or on days of the week, and what is nearly one."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from quanticity.clock import EASTERN, MarketCalendar
from quanticity.config.times import BadTime, WeekTime, longest_pause, moments

CALENDAR = MarketCalendar()


def shown(times: list[str], first: str, last: str) -> list[str]:
    found = moments(times, CALENDAR, date.fromisoformat(first), date.fromisoformat(last))
    return [datetime.fromtimestamp(at, EASTERN).strftime("%a %d %H:%M") for at in found]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("16:45", None),
        ("sun 18:00", {6}),
        ("mon-fri 16:45", {0, 1, 2, 3, 4}),
        ("sat,sun 10:00", {5, 6}),
        ("fri-mon 10:00", {4, 5, 6, 0}),
        ("mon,wed-thu 10:00", {0, 2, 3}),
    ],
)
def test_an_entry_may_name_its_days(text, days):
    assert WeekTime.parse(text).days == days


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("sum 18:00", "'sum' in 'sum 18:00' is no day of the week", "did you mean 'sun 18:00'?"),
        ("Sun 18:00", "'Sun' in 'Sun 18:00'", "did you mean 'sun 18:00'?"),
        ("sunday 18:00", "'sunday' in", "did you mean 'sun 18:00'?"),
        ("Mon-Friday 16:45", "'Mon' in", "did you mean 'mon-fri 16:45'?"),
        ("xyz 16:45", "'xyz' in", "days are mon, tue, wed, thu, fri, sat, sun"),
        ("mon- 16:45", "'' in 'mon- 16:45' is no day", "for example 'sun 18:00'"),
        ("6:00", "'6:00' is no time of day", "did you mean '06:00'?"),
        ("sun 6:00", "'sun 6:00' is no time of day", "did you mean 'sun 06:00'?"),
        ("sun 25:00", "'sun 25:00' is no time of day", "for example '06:00'"),
        ("sat, sun 10:00", "'sat, sun 10:00' is no time", "did you mean 'sat,sun 10:00'?"),
        ("noon", "'noon' is no time of day", "for example '06:00' or 'sun 18:00'"),
    ],
)
def test_what_is_nearly_a_time_says_what_was_meant(text, said, hint):
    with pytest.raises(BadTime) as refused:
        WeekTime.parse(text)
    assert str(refused.value).startswith(said)
    assert refused.value.hint.startswith(hint)


def test_a_plain_time_is_of_trading_days_and_named_days_are_kept_on_holidays():
    """Thanksgiving is Thursday the 26th of November 2026; the 27th is a half day."""
    assert shown(["16:45"], "2026-11-25", "2026-11-30") == [
        "Wed 25 16:45",
        "Fri 27 16:45",
        "Mon 30 16:45",
    ]
    assert shown(["thu 16:45", "sun 18:00"], "2026-11-25", "2026-11-30") == [
        "Thu 26 16:45",
        "Sun 29 18:00",
    ]


def test_the_same_moment_named_twice_comes_once():
    assert shown(["16:45", "mon-fri 16:45"], "2026-03-06", "2026-03-06") == ["Fri 06 16:45"]


def test_changes_of_the_clocks_run_a_time_once():
    """On 8 March 2026 there is no 02:30, on 1 November there are two 01:30."""
    assert shown(["sun 02:30"], "2026-03-07", "2026-03-09") == ["Sun 08 03:30"]
    found = moments(["sun 01:30"], CALENDAR, date(2026, 10, 31), date(2026, 11, 2))
    assert found == [datetime.fromisoformat("2026-11-01T01:30-04:00").timestamp()]
    # Left out, it comes later than one that is written later.
    assert shown(["sun 02:30", "sun 03:10"], "2026-03-08", "2026-03-08") == [
        "Sun 08 03:10",
        "Sun 08 03:30",
    ]


def test_the_longest_pause_of_a_week():
    assert longest_pause(["06:00", "16:30"]) == ("Friday 16:30", "Monday 06:00", 221_400)
    assert longest_pause(["16:45", "sun 18:00"]) == ("Friday 16:45", "Sunday 18:00", 177_300)
    assert longest_pause(["sun 18:00"]) == ("Sunday 18:00", "Sunday 18:00", 7 * 86_400)
