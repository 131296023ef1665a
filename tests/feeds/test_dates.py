"""Words for dates count trading days, in Eastern time."""

from __future__ import annotations

from datetime import datetime

import pytest

from quanticity.clock import EASTERN
from quanticity.feeds.dates import good_until, is_date_word, resolve
from tests.feeds.loopback import CALENDAR


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


@pytest.mark.parametrize(
    ("word", "moment", "date"),
    [
        ("today", "2026-01-05 10:00", "2026-01-05"),
        ("today", "2026-01-05 03:59", "2026-01-02"),  # before the pre-market: still Friday
        ("today", "2026-01-05 04:00", "2026-01-05"),
        ("today", "2026-01-10 12:00", "2026-01-09"),  # Saturday
        ("today:%Y%m%d", "2026-01-05 10:00", "20260105"),
        ("last_trading_day", "2026-01-05 15:59", "2026-01-02"),
        ("last_trading_day", "2026-01-05 16:00", "2026-01-05"),
        ("last_trading_day:%Y%m%d", "2026-01-04 10:00", "20260102"),
        ("last_trading_day", "2025-11-28 13:00", "2025-11-28"),  # a half day ends at 13:00
        ("last_n_days:1", "2026-01-05 10:00", "2026-01-05"),
        ("last_n_days:5", "2026-01-05 10:00", "2025-12-29"),  # over New Year
        ("last_n_days:252", "2026-01-05 10:00", "2025-01-02"),
        ("next_n_days:1", "2026-01-16 10:00", "2026-01-16"),
        ("next_n_days:2", "2026-01-16 10:00", "2026-01-20"),  # over Martin Luther King day
        ("next_n_days:5:%m/%d", "2026-01-05 10:00", "01/09"),
    ],
)
def test_a_word_means_a_date(word: str, moment: str, date: str) -> None:
    assert resolve(word, at(moment), CALENDAR) == date


@pytest.mark.parametrize(
    "text", ["tomorrow", "last_n_days", "last_n_days:0", "today:", "yesterday", "Today", "5"]
)
def test_other_text_is_no_word_for_a_date(text: str) -> None:
    assert not is_date_word(text)
    with pytest.raises(ValueError, match="is not a word for a date"):
        resolve(text, at("2026-01-05 10:00"), CALENDAR)


def test_a_word_keeps_its_meaning_until_the_session_changes() -> None:
    moment = at("2026-01-05 02:00")
    until = good_until(moment, CALENDAR)
    assert resolve("today", until - 1, CALENDAR) == resolve("today", moment, CALENDAR)
    assert resolve("today", until, CALENDAR) == "2026-01-05"
