"""Configs of which a plan said too little, or too much, or said it too slowly."""

from __future__ import annotations

from quanticity.clock import Session
from quanticity.model import Priority
from quanticity.pace.ages import LONGEST
from quanticity.pace.limits import BudgetSpec, WindowSpec
from quanticity.pace.planned import PlannedFeed
from quanticity.pace.ports import Job, Lane
from quanticity.pace.rehearsal import Extent, rehearse
from quanticity.pace.rules import Rules
from tests.pace.random_configs import RandomConfig, planned, random_config, run_of

CRITICAL, IMPORTANT, NICE, BACKGROUND = Priority
TRIP = 0.4


def config_of(
    spec: BudgetSpec, *kinds: tuple[Priority, float, int, int], trip: float = TRIP
) -> RandomConfig:
    """Of each group, interval and calls a run so many feeds, one of each in turn."""
    most = max(count for *_, count in kinds)
    marks = [kind[:3] for index in range(most) for kind in kinds if index < kind[3]]
    feeds = [
        PlannedFeed(f"f{index}", "v", "v", group, interval, calls=calls)
        for index, (group, interval, calls) in enumerate(marks)
    ]
    return RandomConfig(0, spec, tuple(feeds), trip, 1.0)


def held(
    config: RandomConfig,
    runs: int,
    seconds: float,
    *,
    near: float = 1.2,
    lowest: Priority = BACKGROUND,
) -> None:
    """What is planned is no less than some runs show, and so many times as much at most.

    Of the groups down to the `lowest` that is looked at.
    """
    ages = {mark: age for mark, age in planned(config).items() if mark[0].rank <= lowest.rank}
    found = [run_of(config, 1_000 * again, seconds) for again in range(runs)]
    for mark, age in ages.items():
        seen = max(one[mark] for one in found)
        if age is None:
            continue
        assert seen <= age, (mark, age, seen)
        assert age <= near * seen, (mark, age, seen)


def test_a_rehearsal_ended_before_the_start_of_a_wide_window_was_over() -> None:
    """1,401 a minute, 1.6 of it wanted: 2.34 s old, where 1.97 were planned after 6,000 calls."""
    config = random_config(48)
    assert config.spec.windows[-1] == WindowSpec(60.0, 1401, 1401)
    # The rehearsals meet one that comes once in a thousand seconds.
    held(config, 3, 900.0, near=1.5, lowest=IMPORTANT)


def test_an_age_was_planned_of_a_group_that_the_higher_ones_leave_nothing() -> None:
    """2,747 s were planned where 211 were seen: nothing keeps it from any age."""
    spec = BudgetSpec((WindowSpec(10.0, 50, 50),))
    config = config_of(
        spec, (CRITICAL, 5.0, 1, 10), (IMPORTANT, 1.0, 1, 4), (BACKGROUND, 3.0, 1, 5), trip=0.01
    )
    ages = planned(config)
    assert ages[BACKGROUND, 3.0, 1] is None
    assert ages[CRITICAL, 5.0, 1] is not None


def test_a_slot_that_stands_idle_for_a_higher_group_was_not_waited_for() -> None:
    """One a second, a fifth of it wanted: 59.0 s old, where 58.2 were planned."""
    critical = ((CRITICAL, 23.0, 1, 1), (CRITICAL, 29.7, 1, 1), (CRITICAL, 37.1, 1, 1))
    important = ((IMPORTANT, 43.3, 1, 1), (IMPORTANT, 51.9, 1, 1))
    spec = BudgetSpec((WindowSpec(1.0, 10, 10),), burst=1)
    held(config_of(spec, *critical, *important, (NICE, 161.3, 5, 1)), 4, 25_000.0)


def test_a_rehearsal_too_short_for_one_round_stood_for_how_old_values_get() -> None:
    """What took all of one to have a first run was twice as old as any run showed."""
    spec = BudgetSpec((WindowSpec(1.0, 2, 2), WindowSpec(15.0, 14, 14)), 5, None, reserve=1)
    kinds = ((BACKGROUND, 68.3, 1, 25), (IMPORTANT, 135.7, 1, 14), (IMPORTANT, 90.0, 3, 21))
    held(config_of(spec, *kinds, trip=0.623), 3, 9000.0)


def test_ages_hold_where_a_round_trip_is_longer_than_the_window() -> None:
    spec = BudgetSpec((WindowSpec(1.0, 1, 1),))
    kinds = ((CRITICAL, 30.0, 1, 4), (IMPORTANT, 20.0, 1, 3), (NICE, 60.0, 2, 3))
    held(config_of(spec, *kinds, trip=1.4), 3, 2000.0)


def test_ages_hold_where_runs_of_several_requests_have_one_place_in_flight() -> None:
    spec = BudgetSpec((WindowSpec(10.0, 40, 40),), max_in_flight=1)
    kinds = ((CRITICAL, 5.5, 1, 1), (IMPORTANT, 5.0, 3, 1), (NICE, 20.0, 5, 1))
    held(config_of(spec, *kinds, (BACKGROUND, 30.0, 2, 1)), 6, 1400.0)


def test_a_run_longer_than_its_interval_was_planned_to_be_followed_at_once() -> None:
    """Every 3 s, and up to 10 s each: 21.5 s old, where 13.0 were planned."""
    spec = BudgetSpec((WindowSpec(10.0, 109, 109),))
    held(config_of(spec, (NICE, 3.0, 1, 5), trip=9.95), 4, 2000.0)


async def nothing(_lane: Lane) -> None:
    """Stands for a run."""


def test_to_rehearse_what_is_overloaded_took_ten_times_as_long_as_the_calls_that_it_made() -> None:
    """Two in 5 s, 2.4 of it wanted, 15 s of work: most looks at the desk let nobody start."""
    spec = BudgetSpec((WindowSpec(5.0, 2, 2),), max_in_flight=8)
    config = config_of(spec, (CRITICAL, 25.0, 2, 3), (NICE, 300.0, 5, 20), (BACKGROUND, 30.0, 1, 9))
    jobs = [
        Job(one.id, "v", one.group, nothing, interval=one.interval, max_calls=one.calls)
        for one in config.feeds
    ]
    extent = Extent(50_000.0, 4_800, LONGEST, 100.0)
    made = rehearse(spec, jobs, Rules(), Session.MARKET_HOURS, extent=extent, trip=TRIP)
    assert made.looks == LONGEST
    assert 100.0 < made.seconds < extent.seconds


def test_a_rehearsal_goes_on_until_the_start_is_over_and_no_further_than_its_looks() -> None:
    extent = Extent(seconds=100.0, looks=500, most_looks=1000, start=50.0)
    assert extent.goes_on(200.0, 400)
    assert not extent.goes_on(200.0, 600)
    assert not extent.goes_on(600.0, 400)
    assert extent.goes_on(40.0, 1500)
    assert not extent.goes_on(60.0, 1500)
    assert not extent.goes_on(40.0, 3000)


def test_a_plan_looked_four_times_for_what_comes_once_in_hours() -> None:
    """10 in 5 s, two in flight: 54.6 s old in one run of twelve, where 42.2 were planned."""
    (age,) = (age for mark, age in planned(random_config(26)).items() if mark[0] is BACKGROUND)
    assert age is not None
    assert 54.6 / 1.2 <= age <= 54.6 * 1.2


def test_each_of_five_requests_was_planned_to_take_its_longest_two_runs_in_a_row() -> None:
    """Of 11 s a request at the most: 83 s old in twelve runs, where 116 were planned."""
    ages = planned(random_config(21)).items()
    (age,) = (age for mark, age in ages if mark[0] is IMPORTANT and mark[2] == 5)
    assert age is not None
    assert 83.1 <= age <= 83.1 * 1.2
