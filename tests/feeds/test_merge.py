from __future__ import annotations

import itertools
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.merge import merge_on_timestamp, time_of, timed_rows

TIMES = st.lists(st.integers(0, 2000).map(lambda tenth: 1_767_625_200 + tenth / 10), max_size=20)
INPUTS = st.dictionaries(st.sampled_from(["a", "b", "c"]), TIMES, max_size=3).map(
    lambda given: {
        source: [(at, {"n": number}) for number, at in enumerate(times)]
        for source, times in given.items()
    }
)
TOLERANCES = st.sampled_from([0.1, 1.0, 5.0, 60.0])


@given(INPUTS, TOLERANCES)
def test_every_row_is_counted_once(inputs: dict[str, Any], tolerance: float) -> None:
    merged = merge_on_timestamp(inputs, tolerance)
    for source, timed in inputs.items():
        assert sum(row["counts"].get(source, 0) for row in merged) == len(timed)


@given(INPUTS, TOLERANCES)
def test_rows_are_in_order_and_farther_apart_than_the_tolerance(
    inputs: dict[str, Any], tolerance: float
) -> None:
    times = [row["timestamp"] for row in merge_on_timestamp(inputs, tolerance)]
    assert times == sorted(times)
    assert all(later - earlier >= tolerance for earlier, later in itertools.pairwise(times))


@given(INPUTS, TOLERANCES)
def test_what_a_row_shows_of_a_source_is_its_latest_within(
    inputs: dict[str, Any], tolerance: float
) -> None:
    merged = merge_on_timestamp(inputs, tolerance)
    ends = [row["timestamp"] for row in merged[1:]] + [float("inf")]
    for row, end in zip(merged, ends, strict=False):
        for source, shown in row["sources"].items():
            within = [
                (at, each["n"]) for at, each in inputs[source] if row["timestamp"] <= at < end
            ]
            assert shown["n"] == max(within)[1]


@given(INPUTS, TOLERANCES, st.integers())
def test_the_order_in_which_rows_come_does_not_matter(
    inputs: dict[str, Any], tolerance: float, seed: int
) -> None:
    distinct = {
        source: list({at: (at, row) for at, row in timed}.values())
        for source, timed in inputs.items()
    }
    chance = random.Random(seed)
    shuffled = {source: chance.sample(timed, len(timed)) for source, timed in distinct.items()}
    backwards = dict(reversed(shuffled.items()))
    assert merge_on_timestamp(backwards, tolerance) == merge_on_timestamp(distinct, tolerance)


@given(TIMES, TOLERANCES)
def test_one_source_whose_rows_are_far_apart_comes_back_as_it_was(
    times: list[float], tolerance: float
) -> None:
    apart = [(number * tolerance * 1.5, {"n": number}) for number in range(len(times))]
    merged = merge_on_timestamp({"a": apart}, tolerance)
    assert [(row["timestamp"], row["sources"]["a"]) for row in merged] == apart


def test_minutes_of_two_vendors_meet_though_their_seconds_differ() -> None:
    merged = merge_on_timestamp(
        {"uw": [(60.0, {"flow": 1}), (120.0, {"flow": 2})], "ib": [(63.0, {"trades": 9})]}, 60
    )
    assert merged == [
        {
            "timestamp": 60.0,
            "sources": {"uw": {"flow": 1}, "ib": {"trades": 9}},
            "counts": {"uw": 1, "ib": 1},
        },
        {"timestamp": 120.0, "sources": {"uw": {"flow": 2}}, "counts": {"uw": 1}},
    ]


def test_rows_are_found_where_vendors_put_them() -> None:
    minute = {"timestamp": "2026-01-05T15:00:00Z"}
    assert timed_rows({"data": [minute]}, 7.0) == [(1_767_625_200.0, minute)]
    assert timed_rows([minute], 7.0) == [(1_767_625_200.0, minute)]
    assert timed_rows({"price": 1}, 7.0) == [(7.0, {"price": 1})]
    assert timed_rows({"rows": [1, None, {"x": 1}]}, 7.0) == [(7.0, {"x": 1})]
    assert timed_rows("text", 7.0) == []


def test_a_rows_best_time_is_taken() -> None:
    assert time_of({"created_at": 1_767_625_300, "time": 1_767_625_200}, 0.0) == 1_767_625_200.0
    assert time_of({"sent_at": 1_767_625_200_000}, 0.0) == 1_767_625_200.0
    assert time_of({"time": "postmarket"}, 5.0) == 5.0
