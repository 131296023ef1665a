"""Days and months counted from a fixed moment: calendars, summer time, and clocks that are set."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import EASTERN, MarketCalendar, VirtualClock, run_virtual
from quanticity.model import Priority
from quanticity.pace.ledger import MemoryLedger
from quanticity.pace.limits import BudgetSpec, Reset, WindowSpec
from quanticity.pace.ports import Job
from quanticity.pace.schedule import Scheduler
from quanticity.pace.windows import Window
from tests.clock.wall import Settable
from tests.pace import SOAK, examples
from tests.pace.vendor import Log, Vendor, feed

CALENDAR = MarketCalendar()
CRITICAL, BACKGROUND = Priority.CRITICAL, Priority.BACKGROUND
DAY, MONTH = 86_400.0, 31 * 86_400.0
pytestmark = pytest.mark.timeout(3600 if SOAK else 120)


def eastern(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).timestamp()


def shown(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, EASTERN):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("reset", "monthly", "at", "last", "following"),
    [
        # Month lengths, a leap year, and a time of day that the first of a month has yet to reach.
        ("00:00", True, "2026-01-31T23:59", "2026-01-01 00:00", "2026-02-01 00:00"),
        ("00:00", True, "2026-02-28T12:00", "2026-02-01 00:00", "2026-03-01 00:00"),
        ("00:00", True, "2028-02-29T12:00", "2028-02-01 00:00", "2028-03-01 00:00"),
        ("00:00", True, "2026-12-31T23:59", "2026-12-01 00:00", "2027-01-01 00:00"),
        ("20:00", True, "2026-03-01T19:59", "2026-02-01 20:00", "2026-03-01 20:00"),
        ("20:00", True, "2026-03-01T20:00", "2026-03-01 20:00", "2026-04-01 20:00"),
        # A day with 23 hours, a day with 25, and a time that a day does not have.
        ("00:00", False, "2026-03-08T12:00", "2026-03-08 00:00", "2026-03-09 00:00"),
        ("00:00", False, "2026-11-01T12:00", "2026-11-01 00:00", "2026-11-02 00:00"),
        ("02:30", False, "2026-03-08T12:00", "2026-03-08 03:30", "2026-03-09 02:30"),
        ("01:30", False, "2026-11-01T12:00", "2026-11-01 01:30", "2026-11-02 01:30"),
    ],
)
def test_a_period_is_what_a_calendar_says(
    reset: str, monthly: bool, at: str, last: str, following: str
) -> None:
    parsed = Reset.parse(f"{reset} America/New_York", monthly=monthly)
    _, found, later = parsed.around(eastern(at))
    assert (shown(found), shown(later)) == (last, following)


def test_days_of_23_and_25_hours_are_that_long() -> None:
    reset = Reset.parse("00:00 America/New_York", monthly=False)
    hours = [
        (later - last) / 3600
        for last, later in (reset.around(eastern(day))[1:] for day in ("2026-03-08", "2026-11-01"))
    ]
    assert hours == [23, 25]


zones = st.sampled_from(["America/New_York", "UTC", "Europe/London", "Australia/Lord_Howe"])
moments = st.floats(eastern("2024-01-01"), eastern("2031-01-01"))


@given(moments, zones, st.integers(0, 23), st.integers(0, 59), st.booleans())
@examples(300)
def test_periods_follow_each_other_without_a_gap(
    wall: float, zone: str, hour: int, minute: int, monthly: bool
) -> None:
    reset = Reset.parse(f"{hour:02}:{minute:02} {zone}", monthly=monthly)
    before, last, following = reset.around(wall)
    assert before < last <= wall < following
    assert reset.around(following)[1] == following
    assert reset.around(following)[0] == last
    assert reset.around(last)[1] == last
    if monthly:
        assert datetime.fromtimestamp(last, ZoneInfo(zone)).day == 1
        assert timedelta(days=27) < timedelta(seconds=following - last) < timedelta(days=32)


def test_slots_near_a_reset_count_on_both_sides_of_it() -> None:
    """The vendor's idea of midnight may be seconds from ours."""
    reset = Reset.parse("00:00 America/New_York", monthly=False)
    midnight = eastern("2026-01-06")
    window = Window(WindowSpec(DAY, 10, 10, reset), lambda at: at)
    for base in (midnight - 60, midnight - 1, midnight + 1):
        window.add(base)
    assert window.held(midnight + 1.5) == 3
    assert window.held(midnight + 3) == 2


@pytest.mark.parametrize(
    ("at", "first"),
    [
        # 01:30 comes twice, and nobody says which of them the vendor means.
        ("01:30", "2026-11-01T01:30"),
        # 02:30 does not come: it may be meant by the old offset or by the new.
        ("02:30", "2026-03-08T01:30"),
    ],
)
def test_a_reset_in_the_hour_that_clocks_are_set_gave_a_second_quota_in_one_day(
    at: str, first: str
) -> None:
    reset = Reset.parse(f"{at} America/New_York", monthly=False)
    early = eastern(first)
    late = early + 3600.0
    window = Window(WindowSpec(DAY, 100, 100, reset), lambda at: at)
    window.add(early - 7200.0)
    window.add(early + 60.0)
    window.add(late - 60.0)
    # Until the last moment at which it may be, the day before counts; then all since the first.
    assert window.held(early + 120.0) == 3
    assert window.held(late - 30.0) == 3
    assert window.held(late + 10.0) == 2
    assert window.held(late + 20 * 3600.0) == 2
    assert window.held(late + 25 * 3600.0) == 0


def test_a_months_quota_is_kept_and_lasts_for_the_month() -> None:
    """750 a month: critical's 24 a day last to the end, and February begins anew."""
    reset = Reset.parse("00:00 America/New_York", monthly=True)
    spec = BudgetSpec((WindowSpec(60.0, 60, 60), WindowSpec(MONTH, 950, 900, reset)))

    async def main(clock: VirtualClock) -> tuple[Vendor, Log]:
        vendor, log = Vendor(clock), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed("critical", CRITICAL, 3600.0, vendor, log)]
        jobs += [feed(f"b{index}", BACKGROUND, 1800.0, vendor, log) for index in range(3)]
        scheduler.replace(jobs, {"v": spec})
        running = asyncio.create_task(scheduler.run())
        await clock.sleep(eastern("2026-02-05") - clock.now())
        await scheduler.stop(1.0)
        await running
        return vendor, log

    begin, ends = eastern("2026-01-02T00:00"), eastern("2026-02-01")
    vendor, log = run_virtual(main, start=begin)
    january = vendor.between(begin, ends)
    assert 850 <= january <= 900
    critical = [start for _, start in log.runs["critical"] if start < ends]
    assert len(critical) >= 30 * 24 - 2
    assert log.lateness(CRITICAL, begin)[-1] < 1.0
    others = [start for name in log.runs if name != "critical" for _, start in log.runs[name]]
    # What is left over is spread: the last week has some of it, and February does.
    assert sum(ends - 7 * DAY < start < ends for start in others) >= 20
    assert sum(ends < start for start in others) >= 20


@pytest.mark.parametrize("by", [-3 * 3600.0, -1.0, 1.0, 3 * 3600.0])
def test_a_wall_clock_that_is_set_frees_no_slot_and_piles_up_no_polls(by: float) -> None:
    spec = BudgetSpec((WindowSpec(60.0, 30, 30),))

    async def main(inner: VirtualClock) -> tuple[Vendor, Log]:
        clock = Settable(inner)
        vendor, log = Vendor(inner), Log()
        scheduler = Scheduler(clock, CALENDAR)
        jobs = [feed(f"f{index}", CRITICAL, 10.0, vendor, log) for index in range(10)]
        scheduler.replace(jobs, {"v": spec})
        running = asyncio.create_task(scheduler.run())
        for _ in range(4):
            await inner.sleep(97.0)
            clock.set_by(by)
        await inner.sleep(97.0)
        await scheduler.stop(1.0)
        await running
        return vendor, log

    vendor, log = run_virtual(main)
    assert vendor.most_in(60.0) <= 30
    # 60 a minute wanted, 30 allowed: the clock cost nothing either.
    assert len(vendor.arrivals) >= 5 * 97 / 60.5 * 30 - 30
    assert min(len(runs) for runs in log.runs.values()) >= 15


@pytest.mark.parametrize("durable", [False, True])
def test_a_wall_clock_set_back_over_a_reset_gives_no_second_quota(durable: bool) -> None:
    """It ran ahead and saw the reset too early: what was used before that counts again."""
    reset = Reset.parse("10:05 America/New_York", monthly=False)
    spec = BudgetSpec((WindowSpec(1.0, 5, 5), WindowSpec(DAY, 40, 40, reset)))
    ahead = 240.0

    async def main(inner: VirtualClock) -> tuple[int, int]:
        clock = Settable(inner)
        clock.set_by(ahead)
        vendor, log = Vendor(inner), Log()
        scheduler = Scheduler(clock, CALENDAR, MemoryLedger(clock) if durable else None)
        scheduler.replace([feed("f", CRITICAL, 3.0, vendor, log)], {"v": spec})
        running = asyncio.create_task(scheduler.run())
        await inner.sleep(80.0)
        before = len(vendor.arrivals)
        clock.set_by(-ahead)
        await inner.sleep(200.0)
        await scheduler.stop(1.0)
        await running
        return before, len(vendor.arrivals)

    # By the true clock it was 10:00 at first, it is 10:04:40 at the end, and nothing was reset.
    before, whole = run_virtual(main)
    assert 20 <= before <= 40
    assert whole <= 40


def test_a_wall_clock_set_forwards_over_a_reset_begins_the_new_day() -> None:
    reset = Reset.parse("12:00 America/New_York", monthly=False)
    spec = BudgetSpec((WindowSpec(1.0, 5, 5), WindowSpec(DAY, 20, 20, reset)))

    async def main(inner: VirtualClock) -> tuple[int, int]:
        clock = Settable(inner)
        vendor, log = Vendor(inner), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([feed("f", CRITICAL, 1.0, vendor, log)], {"v": spec})
        running = asyncio.create_task(scheduler.run())
        await inner.sleep(60.0)
        before = len(vendor.arrivals)
        clock.set_by(3 * 3600.0)
        await inner.sleep(60.0)
        await scheduler.stop(1.0)
        await running
        return before, len(vendor.arrivals)

    before, after = run_virtual(main)
    assert before <= 20
    assert before < after <= before + 20


def daily(vendor: Vendor, log: Log) -> Job:
    job = feed("daily", CRITICAL, 1.0, vendor, log)
    return Job(job.id, job.budget, job.group, job.run, at=("16:45",))


def test_times_of_day_follow_a_wall_clock_that_is_set() -> None:
    async def main(inner: VirtualClock) -> Log:
        clock = Settable(inner)
        vendor, log = Vendor(inner), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([daily(vendor, log)], {"v": BudgetSpec()})
        running = asyncio.create_task(scheduler.run())
        await inner.sleep(60.0)
        clock.set_by(6 * 3600.0 + 43.5 * 60.0)
        await inner.sleep(60.0)
        await scheduler.stop(1.0)
        await running
        return log

    # One at once, as for every new feed; then the clock that showed 10:01 shows 16:44:30.
    assert len(run_virtual(main).runs["daily"]) == 2


def test_a_time_of_day_that_a_sleeping_machine_missed_is_made_up_for_once() -> None:
    """Asleep at 16:45, it would have waited until the next day."""

    async def main(inner: VirtualClock) -> list[int]:
        clock = Settable(inner)
        vendor, log = Vendor(inner), Log()
        scheduler = Scheduler(clock, CALENDAR)
        scheduler.replace([daily(vendor, log)], {"v": BudgetSpec()})
        running = asyncio.create_task(scheduler.run())
        runs = []
        # 10:01 becomes 18:01, then an hour forwards and back again.
        for step in (8 * 3600.0, 3600.0, -3600.0):
            await inner.sleep(60.0)
            clock.set_by(step)
            await inner.sleep(60.0)
            runs.append(len(log.runs["daily"]))
        await scheduler.stop(1.0)
        await running
        return runs

    assert run_virtual(main) == [2, 2, 2]
