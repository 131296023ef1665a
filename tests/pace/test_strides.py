"""How soon the later requests of runs come: by whole runs, once enough of them were seen."""

from __future__ import annotations

import random

import pytest

from quanticity.pace.round_trip import LATELY, RoundTrip
from quanticity.pace.strides import MOST, SLACK, Strides


class Runs:
    """Runs of so many requests one after another, of which each takes from nothing to `longest`."""

    def __init__(self, requests: int, longest: float) -> None:
        self.random, self.trip = random.Random(7), RoundTrip()
        self.strides, self.requests, self.longest = Strides(self.trip), requests, longest

    def run(self, longest: float | None = None) -> list[float]:
        """When each of its requests but the first comes, seconds after the first."""
        spent, found = 0.0, []
        for number in range(1, self.requests + 1):
            took = self.random.uniform(0, self.longest if longest is None else longest)
            spent += took
            self.trip.add(took, 0.0)
            self.strides.add(number, spent)
            found.append(spent)
        return found[:-1]


def test_each_request_of_a_run_was_taken_to_be_as_quick_as_the_quickest_of_any() -> None:
    runs = Runs(5, 0.8)
    for _ in range(LATELY - 1):
        runs.run()
    quickest = [later * runs.trip.low + SLACK for later in range(1, 5)]
    means = [later * runs.trip.mean for later in range(1, 5)]
    # Few runs say little.
    assert runs.strides.after(range(1, 5)) == pytest.approx([*map(min, means, quickest)])
    waits = []
    for _ in range(400):
        foreseen = runs.strides.after(range(1, 5))
        waits += [at - came for at, came in zip(foreseen, runs.run(), strict=True)]
    # The fifth comes 1.6 s after the first, not 0.6 s.
    assert runs.strides.after([4])[0] > 1.0
    waits.sort()
    # The shortest is not known to a hair.
    assert waits[int(len(waits) * 0.99)] <= 1.2 * SLACK


def test_a_quick_feed_is_looked_ahead_for_among_many_slow_runs() -> None:
    runs = Runs(5, 4.0)
    for number in range(600):
        foreseen = runs.strides.after(range(1, 5))
        if number % 60 == 59:
            quick = runs.run(0.1)
            if number > 60:
                assert foreseen[-1] - quick[-1] <= 1.0
        else:
            runs.run()


def test_what_is_beyond_the_runs_that_were_seen_may_be_as_quick_as_the_quickest() -> None:
    runs = Runs(3, 0.4)
    for _ in range(2 * LATELY):
        runs.run()
    second, tenth = runs.strides.after([2, 10])
    assert second == pytest.approx(2 * runs.trip.mean)
    assert 7 * runs.trip.low + SLACK < tenth < 10 * runs.trip.mean
    runs.strides.add(MOST + 1, 9.0)
    assert runs.strides.after([10]) == [tenth]
    assert runs.strides.after([0]) == [0.0]
