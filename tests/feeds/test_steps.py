from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.steps import flatten, is_id_name, is_time_name, numbers, parse_timestamps

NAMES = st.sampled_from(["a", "b", "a.b", "b.a", "time", "x"])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=15,
)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    if isinstance(value, dict) and value:
        return [leaf for item in value.values() for leaf in leaves(item)]
    return [value]


def test_objects_in_rows_become_dotted_names_and_lists_stay() -> None:
    row = {"quote": {"bid": {"price": 1}, "sizes": [{"a": {"b": 2}}]}, "n": 3}
    assert flatten([row]) == [{"quote.bid.price": 1, "quote.sizes": [{"a.b": 2}], "n": 3}]
    assert flatten({"data": [{"a": {"b": 1}}], "empty": {}}) == {"data": [{"a.b": 1}], "empty": {}}


@given(VALUES)
def test_flattening_loses_nothing_and_twice_is_once(value: Any) -> None:
    flat = flatten(copy.deepcopy(value))
    assert sorted(map(repr, leaves(flat))) == sorted(map(repr, leaves(value)))
    assert flatten(copy.deepcopy(flat)) == flat


def test_names_that_would_collide_stay_apart() -> None:
    assert flatten({"a": {"b": 1}, "a.b": 2}) == {"a": {"b": 1}, "a.b": 2}


def test_a_name_that_stood_in_the_way_is_out_of_it_once_it_is_longer() -> None:
    value = {"a": {"b": 1}, "a.b": {"c": 2}}
    assert flatten(value) == {"a.b": 1, "a.b.c": 2}


def test_moments_under_names_of_time_become_epochs_and_dates_stay_dates() -> None:
    value = {
        "time": "2026-01-05T15:00:00.500000Z",
        "executed_at": "2026-01-05T10:00:00-05:00",
        "start_time": 1_767_625_200_500,
        "tape_time": 1_767_625_200,
        "date": "2026-01-05",
        "report_time": "postmarket",
        "headline": "2026-01-05T15:00:00Z",
        "rows": [{"lastTradeTime": "2026-01-05 10:00"}],
    }
    parsed = parse_timestamps(copy.deepcopy(value), {"zone": "America/New_York"})
    assert parsed == value | {
        "time": 1_767_625_200.5,
        "executed_at": 1_767_625_200.0,
        "start_time": 1_767_625_200.5,
        "tape_time": 1_767_625_200.0,
        "rows": [{"lastTradeTime": 1_767_625_200.0}],
    }
    assert parse_timestamps(copy.deepcopy(parsed), True) == parsed


def test_names_of_time() -> None:
    for name in ("time", "timestamp", "created_at", "tapeTime", "quote.time", "time_published"):
        assert is_time_name(name), name
    for name in ("what", "format", "sometimes", "timespan", "flat", "days"):
        assert not is_time_name(name), name
    assert is_id_name("politician_id")
    assert is_id_name("cik")
    assert not is_id_name("bid")


def test_decimals_become_numbers_and_what_only_looks_like_one_stays_text() -> None:
    value = {"price": "1.50", "size": 3, "id": "42", "cusip": "912810", "code": "007", "x": "N/A"}
    assert numbers(copy.deepcopy(value), True) == value | {"price": 1.5}
    named = numbers({"eps": "($0.10)", "other": "1.5", "none": "N/A"}, ["eps", "none"])
    assert named == {"eps": -0.10, "other": "1.5", "none": None}


def test_rows_that_are_lists_kept_their_decimals_as_text() -> None:
    candles = [
        [1767625200000, "91000.10", "0.5", "N/A", ["1.0", "007"]],
        [1767625260000, "1", None],
    ]
    assert numbers(copy.deepcopy(candles), True) == [
        [1767625200000, 91000.1, 0.5, "N/A", [1.0, "007"]],
        [1767625260000, 1.0, None],
    ]
    # Beside a name they are what that says, and may be names of things.
    listed = {"symbols": ["1", "2"], "books": {"asks": [["1.5", "2"]]}}
    assert numbers(copy.deepcopy(listed), True) == listed | {"books": {"asks": [[1.5, 2.0]]}}
    assert numbers(copy.deepcopy(candles), ["price"]) == candles
