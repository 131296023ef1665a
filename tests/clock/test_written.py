"""The trading days that are written down, beside what the library says of the same years."""

import subprocess
import sys

import pytest

from quanticity.clock import calendar
from quanticity.clock.written import FILE, hours_of
from tools import sessions


def test_what_is_written_is_what_the_library_says():
    """Fails after a new version of it knows of a holiday: `python -m tools.sessions`."""
    assert FILE.read_text(encoding="utf-8") == sessions.text()


def test_days_are_the_same_by_either_way():
    first, last = sessions.FIRST, sessions.LAST
    assert calendar._years(first, last).days == calendar._from_library(first, last)


@pytest.mark.parametrize(
    ("first", "last"), [(sessions.FIRST - 1, 2026), (2026, sessions.LAST + 1), (2010, 2011)]
)
def test_other_years_are_asked_of_the_library(first, last):
    assert hours_of(first, last) is None
    assert len(calendar._years(first, last).days) > 250


def test_what_day_it_is_took_pandas_and_forty_megabytes_of_each_process():
    asks = (
        "import sys; from quanticity.clock import MarketCalendar; "
        "print(MarketCalendar().session(1767625200.0), 'pandas' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["market_hours", "False"]
