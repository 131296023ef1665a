"""Where in their intervals feeds run: spread, and so that few feeds hold few slots at a peak."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.pace.overlap import common_measure
from quanticity.pace.phases import Phases
from tests.pace import examples

WINDOW = 60.0
INTERVALS = [5.0, 15.0, 60.0, 61.0, 75.0, 90.0, 120.0, 300.0, 601.0, 3600.0]


def most_held(feeds: list[tuple[float, float]], seconds: float) -> int:
    """The most slots that (interval, phase) hold in any of so many seconds, at WINDOW each."""
    found = 0
    for second in range(int(seconds)):
        held = 0
        for interval, phase in feeds:
            # Runs that began within the window before this second.
            held += int((second - phase * interval) // interval + 1)
            held -= int((second - WINDOW - phase * interval) // interval + 1)
        found = max(found, held)
    return found


def test_few_feeds_that_met_held_slots_that_no_other_group_could_have() -> None:
    # 10 slots a window on an average; 13 were held at a peak.
    phases = Phases(WINDOW)
    feeds = [
        (interval, phases.take("critical", interval, 1)[1])
        for interval in (60.0, 15.0, 300.0, 60.0, 30.0, 100.0, 60.0, 300.0)
    ]
    assert most_held(feeds, 1500.0) <= 11


@pytest.mark.parametrize(("interval", "count"), [(120.0, 10), (300.0, 10), (150.0, 5)])
def test_feeds_of_one_interval_hold_hardly_more_than_on_an_average(
    interval: float, count: int
) -> None:
    phases = Phases(WINDOW)
    feeds = [(interval, phases.take("critical", interval, 1)[1]) for _ in range(count)]
    assert most_held(feeds, 2 * interval) <= count * WINDOW / interval + 1


@pytest.mark.parametrize("window", [0.0, 10.0, 60.0])
@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("count", [5, 20, 40, 200])
def test_feeds_of_one_interval_do_not_burst(window: float, interval: float, count: int) -> None:
    phases = Phases(window)
    places = sorted(phases.take("nice_to_have", interval, 1)[1] for _ in range(count))
    assert len(set(places)) == count
    around = places + [place + 1 for place in places]
    most = max(bisect_left(around, at + 0.1) - index for index, at in enumerate(places))
    assert most <= 2 * count * 0.1 + 3


@given(st.lists(st.tuples(st.sampled_from(INTERVALS), st.integers(0, 5)), max_size=60))
@examples(50)
def test_a_feed_removed_moves_no_other_and_the_next_gets_its_phase(
    feeds: list[tuple[float, int]],
) -> None:
    phases = Phases(WINDOW)
    handed: dict[tuple[float, int], float] = {}
    for interval, place in feeds:
        if (interval, place) in handed:
            phases.give_back("background", interval, place)
            index, phase = phases.take("background", interval, 3)
            assert (index, phase) == (place, handed[interval, place])
        else:
            index, phase = phases.take("background", interval, 3)
            assert 0 <= phase < 1
            handed[interval, index] = phase


def test_feeds_that_run_at_times_of_day_have_no_say() -> None:
    phases, alone = Phases(WINDOW), Phases(WINDOW)
    phases.take("critical", None, 100)
    alone.take("other", 5.0, 1)
    assert phases.take("critical", 120.0, 1) == alone.take("critical", 120.0, 1)


@pytest.mark.parametrize(
    ("one", "other", "measure"),
    [
        (60.0, 300.0, 60.0),
        (300.0, 120.0, 60.0),
        (100.0, 300.0, 100.0),
        (86_400.0, 90.0, 90.0),
        (0.3, 0.2, 0.1),
        (60.0, 84.8528137423857, 0.0),
        (601.0, 600.0, 0.0),
    ],
)
def test_the_common_measure_of_two_intervals(one: float, other: float, measure: float) -> None:
    assert common_measure(one, other) == pytest.approx(measure)
    assert common_measure(other, one) == pytest.approx(measure)
