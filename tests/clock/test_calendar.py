"""Sessions of trading days, half days, holidays and weekends; asked by several threads at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.clock import EASTERN, MarketCalendar, Session

CALENDAR = MarketCalendar()
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=EASTERN).timestamp()
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


@pytest.mark.parametrize(
    ("moment", "session"),
    [
        ("2026-01-05T03:59:59", Session.OVERNIGHT),
        ("2026-01-05T04:00", Session.PRE_MARKET),
        ("2026-01-05T09:30", Session.MARKET_HOURS),
        ("2026-01-05T15:59:59", Session.MARKET_HOURS),
        ("2026-01-05T16:00", Session.AFTER_HOURS),
        ("2026-01-05T20:00", Session.OVERNIGHT),
        ("2026-01-10T12:00", Session.WEEKEND),
        ("2026-01-19T12:00", Session.HOLIDAY),
        ("2025-11-28T12:59", Session.MARKET_HOURS),
        ("2025-11-28T13:00", Session.AFTER_HOURS),
        ("2025-11-28T17:00", Session.OVERNIGHT),
    ],
)
def test_each_moment_lies_in_its_session(moment, session):
    assert CALENDAR.session(at(moment)) is session


@settings(max_examples=200, deadline=None)
@given(moment=MOMENTS)
def test_a_session_lasts_until_the_next_change_and_no_longer(moment):
    change = CALENDAR.next_change(moment)
    assert change > moment
    session = CALENDAR.session(moment)
    assert CALENDAR.session(change - 1) is session
    assert CALENDAR.session(change) is not session or session in (
        Session.WEEKEND,
        Session.HOLIDAY,
        Session.OVERNIGHT,
    )


def test_the_trading_date_begins_at_four_and_holds_over_a_weekend():
    assert CALENDAR.trading_date(at("2026-01-05T03:59")) == date(2026, 1, 2)
    assert CALENDAR.trading_date(at("2026-01-05T04:00")) == date(2026, 1, 5)
    assert CALENDAR.trading_date(at("2026-01-11T12:00")) == date(2026, 1, 9)


def test_trading_days_leave_out_holidays_and_know_half_days():
    days = CALENDAR.trading_days(date(2025, 11, 24), date(2025, 11, 30))
    assert [day.day.day for day in days] == [24, 25, 26, 28]
    assert [day.is_half_day for day in days] == [False, False, False, True]


def test_what_one_calendar_read_no_other_of_the_process_reads_again():
    first, last = date(2026, 3, 2), date(2026, 3, 13)
    one, other = (MarketCalendar().trading_days(first, last) for _ in range(2))
    assert len(one) == 10
    assert all(mine is yours for mine, yours in zip(one, other, strict=True))


def test_threads_that_ask_about_different_years_each_get_their_own_answer():
    shared = MarketCalendar()
    asked = [
        (at(f"{year}-03-{day:02}T{hour:02}:30"), year)
        for year in range(2022, 2028)
        for day in range(1, 29, 9)
        for hour in (2, 5, 11, 18)
    ]

    def look(one: tuple[float, int]) -> tuple[Session, date, int]:
        moment, year = one
        days = shared.trading_days(date(year, 1, 1), date(year, 12, 31))
        return shared.session(moment), shared.trading_date(moment), len(days)

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(look, asked))
    assert together == [look(one) for one in asked]


@pytest.mark.parametrize(
    ("friday", "monday", "hours"),
    [
        ("2026-01-09T20:00", "2026-01-12T04:00", 56),
        ("2026-03-06T20:00", "2026-03-09T04:00", 55),
        ("2026-10-30T20:00", "2026-11-02T04:00", 57),
    ],
)
def test_a_weekend_with_a_change_of_the_clocks_is_an_hour_shorter_or_longer(friday, monday, hours):
    moment, changes = at(friday), []
    while moment < at(monday):
        assert CALENDAR.session(moment) in (Session.OVERNIGHT, Session.WEEKEND)
        moment = CALENDAR.next_change(moment)
        changes.append(datetime.fromtimestamp(moment, EASTERN).strftime("%a %H:%M"))
    assert moment == at(monday)
    assert moment - at(friday) == hours * 3600
    assert changes[0] == "Sat 00:00"
    assert changes[-2:] == ["Mon 00:00", "Mon 04:00"]


@pytest.mark.parametrize("day", ["2026-03-09", "2026-11-02"])
def test_sessions_keep_to_the_clock_on_the_wall_after_it_was_changed(day):
    (found,) = CALENDAR.trading_days(date.fromisoformat(day), date.fromisoformat(day))
    edges = (found.pre_market, found.opens, found.closes, found.after_hours_end)
    assert [datetime.fromtimestamp(each, EASTERN).strftime("%H:%M") for each in edges] == [
        *("04:00", "09:30", "16:00", "20:00"),
    ]
