from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.feeds.deltas import Memory, calculate_deltas

FIGURES = st.integers(-(10**6), 10**6) | st.integers(-(10**8), 10**8).map(lambda n: f"{n / 100}")


def run(values: list[Any], option: Any = True) -> list[Any]:
    """One run after the other, with what was remembered in between saved and read again."""
    memory: Memory = {}
    results = []
    for value in values:
        result, memory = calculate_deltas(copy.deepcopy(value), memory, option)
        memory = orjson.loads(orjson.dumps(memory))
        results.append(result)
    return results


def test_the_first_value_has_no_delta_and_the_next_its_change() -> None:
    first, second = run([{"price": 1.5, "n": 2}, {"price": 2.0, "n": 2}])
    assert first == {"price": 1.5, "n": 2, "delta_price": None, "delta_n": None}
    assert second == {"price": 2.0, "n": 2, "delta_price": 0.5, "delta_n": 0}


@pytest.mark.parametrize("write", [str, float])
def test_decimals_are_subtracted_as_they_are_written(write: Any) -> None:
    _, second = run([{"x": write("0.3")}, {"x": write("0.1")}])
    assert second["delta_x"] == -0.2


def test_rows_are_known_by_what_tells_them_apart() -> None:
    def chain(bid: float, reverse: bool = False) -> dict[str, Any]:
        rows = [
            {"strike": 100, "expiry": "2026-01-16", "time": bid, "bid": bid},
            {"strike": 105, "expiry": "2026-01-16", "time": bid, "bid": bid * 2},
        ]
        return {"data": rows[::-1] if reverse else rows}

    _, second = run([chain(1.0), chain(1.5, reverse=True)])
    assert [row["delta_bid"] for row in second["data"]] == [1.0, 0.5]
    # What names a row is no figure of it, and neither is a time.
    assert all("delta_strike" not in row and "delta_time" not in row for row in second["data"])


def test_greeks_named_delta_do_not_name_rows() -> None:
    values = [[{"option_symbol": "A", "delta": 0.5}], [{"option_symbol": "A", "delta": 0.6}]]
    _, (row,) = run(values)
    assert row["delta_delta"] == 0.1


def test_minutes_of_a_series_are_compared_with_themselves() -> None:
    def minutes(*figures: int) -> list[Any]:
        return [
            {"ticker": "SPY", "time": f"10:0{n}", "v": figure} for n, figure in enumerate(figures)
        ]

    _, second = run([minutes(1, 2), minutes(1, 5, 7)])
    assert [row["delta_v"] for row in second] == [0, 3, None]


def test_rows_that_cannot_be_told_apart_get_no_deltas() -> None:
    _, second = run([[{"v": 1}, {"v": 2}], [{"v": 2}, {"v": 3}]])
    assert second == [{"v": 2}, {"v": 3}]


def test_key_and_fields_may_be_named() -> None:
    option = {"key": ["price"], "fields": ["lit"]}
    values = [[{"price": 1, "lit": 5, "off": 1}], [{"price": 1, "lit": 8, "off": 4}]]
    _, (row,) = run(values, option)
    assert row == {"price": 1, "lit": 8, "off": 4, "delta_lit": 3}


def test_a_vendors_own_field_is_never_overwritten() -> None:
    _, second = run([{"x": 1, "delta_x": 9}, {"x": 2, "delta_x": 9}])
    assert second == {"x": 2, "delta_x": 9}


def test_rows_that_are_gone_are_forgotten() -> None:
    _, memory = calculate_deltas([{"id": "a", "v": 1}, {"id": "b", "v": 1}], {}, True)
    _, memory = calculate_deltas([{"id": "b", "v": 1}], memory, True)
    assert list(memory) == ["[b]"]


def test_flags_and_text_have_no_deltas() -> None:
    (only,) = run([{"up": True, "name": "x", "n": None, "code": "007"}])
    assert only == {"up": True, "name": "x", "n": None, "code": "007"}


@given(st.lists(FIGURES, min_size=2, max_size=20))
def test_deltas_add_up_to_the_whole_change(figures: list[Any]) -> None:
    results = run([{"x": figure} for figure in figures])
    total = sum(Decimal(str(result["delta_x"])) for result in results[1:])
    assert float(total) == pytest.approx(
        float(Decimal(str(figures[-1])) - Decimal(str(figures[0]))), abs=1e-6
    )


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), FIGURES, min_size=1))
def test_what_does_not_change_has_a_delta_of_nothing(row: dict[str, Any]) -> None:
    _, second = run([row, row])
    assert all(second[f"delta_{name}"] == 0 for name in row)
    assert {name: second[name] for name in row} == row


def test_an_event_was_compared_with_the_one_before_of_another_symbol() -> None:
    events = [{"s": "A", "p": 10}, {"s": "B", "p": 500}, {"s": "A", "p": 11}, {"s": "B", "p": 498}]
    assert [row["delta_p"] for row in run(events, {"key": ["s"]})] == [None, None, 1, -2]
    # Without a key an object is known by its place.
    assert [row["delta_p"] for row in run(events)] == [None, 490, -489, 487]


def test_of_events_the_last_thousand_rows_are_remembered() -> None:
    memory: Memory = {}
    for number in range(1200):
        _, memory = calculate_deltas({"s": number, "p": 1}, memory, {"key": ["s"]})
    assert len(memory) == 1000
    assert (next(iter(memory)), list(memory)[-1]) == ("[200]", "[1199]")
    rows = [{"n": number, "p": 1} for number in range(3000)]
    _, memory = calculate_deltas({"s": 1, "data": rows, "p": 2}, memory, {"key": ["s"]})
    assert len(memory) <= 3001
