"""When the requests of a run need their slots: one after another."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.model import Priority
from quanticity.pace.following import STEPS, Following, one_by_one, one_by_one_arrays
from quanticity.pace.ports import Job
from quanticity.pace.round_trip import RoundTrip
from quanticity.pace.strides import SLACK, Strides
from quanticity.pace.turns import Turn


def seen(*seconds: float) -> Strides:
    trip = RoundTrip()
    for each in seconds:
        trip.add(each, 0.0)
    return Strides(trip)


STEADY = seen(0.2, 0.2, 0.2)
RUNS = st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 400)), max_size=20)


async def nothing(_lane: object) -> None:
    """Sends nothing."""


def test_those_of_steady_round_trips_come_one_after_another() -> None:
    found = one_by_one([(10.0, 3), (50.0, 1)], STEADY)
    assert [at for at, _ in found] == pytest.approx([10.0, 10.2, 10.4, 50.0])
    assert [calls for _, calls in found] == [1, 1, 1, 1]


@given(RUNS, st.lists(st.floats(0.001, 5), min_size=1, max_size=20))
def test_nothing_is_forgotten_nothing_is_sooner_than_its_run_and_steps_are_few(
    runs: list[tuple[float, int]], seconds: list[float]
) -> None:
    strides = seen(*seconds)
    found = one_by_one(runs, strides)
    assert sum(calls for _, calls in found) == sum(calls for _, calls in runs)
    assert len(found) <= STEPS * len(runs)
    assert all(calls > 0 for _, calls in found)
    for run in runs:
        moments = [at for at, _ in one_by_one([run], strides)]
        assert moments[0] == run[0]
        assert moments == sorted(moments)


@given(RUNS, st.lists(st.floats(0.001, 5), min_size=1, max_size=20))
def test_arrays_have_the_same(runs: list[tuple[float, int]], seconds: list[float]) -> None:
    strides = seen(*seconds)
    moments = np.array([at for at, _ in runs])
    calls = np.array([calls for _, calls in runs], dtype=np.int64)
    got = one_by_one_arrays(moments, calls, strides)
    assert list(zip(got[0].tolist(), got[1].tolist(), strict=True)) == one_by_one(runs, strides)


@pytest.mark.parametrize("longest", [0.1, 0.4, 1.0, 3.0])
@pytest.mark.parametrize("requests", [1, 2, 4, 9])
def test_one_that_comes_sooner_than_foreseen_hardly_ever_waits_for_much_longer_than_the_slack(
    longest: float, requests: int
) -> None:
    chance, trip = random.Random(1), RoundTrip()
    strides = Strides(trip)
    waits = []
    for _ in range(4000):
        took = [chance.uniform(0, longest) for _ in range(requests)]
        waits.append(strides.after([requests])[0] - sum(took))
        for each in took:
            trip.add(each, 0.0)
    waits.sort()
    # The shortest is not known to a hair.
    assert waits[int(len(waits) * 0.98)] <= 1.2 * SLACK
    # And no sooner than it must be for that: it would keep slots for nothing.
    assert sum(waits) / len(waits) >= -max(0.0, longest * requests / 2 - SLACK) - 0.05


def test_a_run_under_way_needs_what_it_still_may_ask_for() -> None:
    job = Job("paged", "v", Priority.CRITICAL, nothing, interval=60.0, max_calls=4)
    turn, following = Turn(job, 0, 0.0), Following()
    turn.taken = 1
    following.granted(turn, 100.0)
    assert following.slots(0) == 3
    # The first is overdue: it is needed now.
    needs = following.needs(0, 100.3, STEADY)
    assert [at for at, _ in needs] == pytest.approx([100.3, 100.4, 100.6])
    assert [calls for _, calls in needs] == [1, 1, 1]
    turn.taken = 4
    following.granted(turn, 101.0)
    assert (following.slots(0), following.needs(0, 101.0, STEADY)) == (0, [])
    turn.taken = 3
    following.granted(turn, 102.0)
    following.over(turn)
    assert following.slots(0) == 0
