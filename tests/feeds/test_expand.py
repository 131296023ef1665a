"""One endpoint, many feeds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from quanticity.config.schema.endpoint import ExpandFrom
from quanticity.feeds.expand import (
    bindings,
    borrowed,
    calls_per_run,
    chosen,
    lacking_field,
    products,
)
from tests.feeds.test_request import endpoint

TODAY = date(2026, 1, 5)


def test_symbols_times_lists() -> None:
    made = endpoint(
        symbols=["SPY", "QQQ"],
        expand={"delta": [10, 25], "side": ["call", "put"]},
        redis_key="raw:v:{symbol}:{delta}:{side}",
    )
    assert len(bindings(made)) == 8
    assert bindings(made)[0] == {"symbol": "SPY", "delta": "10", "side": "call"}
    assert bindings(made)[-1] == {"symbol": "QQQ", "delta": "25", "side": "put"}


def test_without_either_there_is_one_feed() -> None:
    assert bindings(endpoint()) == [{}]


def test_borrowed_values_make_no_feeds_of_their_own() -> None:
    made = endpoint(symbols=["SPY"], expand={"expiry": {"from": "chains", "select": "next:4"}})
    assert bindings(made) == [{"symbol": "SPY"}]
    assert list(borrowed(made)) == ["expiry"]


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        ({}, 1),
        ({"max_calls": 7}, 7),
        ({"paging": {"type": "page", "param": "p", "max_pages": 4}}, 4),
        ({"expand": {"e": {"from": "x", "select": "next:10"}}}, 10),
        ({"expand": {"e": {"from": "x"}}}, 20),
        (
            {
                "expand": {"e": {"from": "x", "select": "first:3"}},
                "paging": {"type": "page", "param": "p", "max_pages": 2},
            },
            6,
        ),
    ],
)
def test_the_calls_of_a_run_are_known_beforehand(fields: dict[str, Any], calls: int) -> None:
    assert calls_per_run(endpoint(**fields)) == calls


def pick(payload: Any, select: str = "all", name: str = "expiry", **fields: Any) -> list[str]:
    path = fields.pop("path", None)
    given = ExpandFrom.model_validate({"from": "chains", "select": select, "path": path})
    return chosen(name, given, endpoint(**fields), payload, TODAY)


ROWS = [
    {"expires": "2026-02-20"},
    {"expires": "2026-01-02"},
    {"expires": "2026-01-05"},
    {"expires": "2026-02-20"},
    {"expires": None},
    {"expires": "2026-01-16"},
]


@pytest.mark.parametrize(
    ("select", "found"),
    [
        ("all", ["2026-01-02", "2026-01-05", "2026-01-16", "2026-02-20"]),
        ("first:1", ["2026-01-02"]),
        ("last:1", ["2026-02-20"]),
        ("next:2", ["2026-01-05", "2026-01-16"]),
        ("next:9", ["2026-01-05", "2026-01-16", "2026-02-20"]),
    ],
)
def test_dates_come_in_order_each_once(select: str, found: list[str]) -> None:
    assert pick({"data": ROWS}, select) == found


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        ([{"expiry": "2026-01-16"}], {}),
        ({"data": [{"expiration": "2026-01-16"}]}, {}),
        ({"chains": [{"expiry": "2026-01-16"}], "date": "x"}, {}),
        ({"a": {"b": [{"expiry": "2026-01-16"}]}}, {"rows": "a.b"}),
        # XML of which the content type told that it is XML: `rows` is the element of a row.
        ([{"expiry": "2026-01-16"}], {"rows": "entry"}),
        ({"data": [{"deep": {"when": "2026-01-16"}}]}, {"path": "deep.when"}),
        ({"data": ["SPY260116C00500000", "SPY   260116P00500000"]}, {}),
        ({"data": [{"option_symbol": "SPY260116C00500000"}]}, {}),
        ({"data": [{"contractID": "SPY260116C00500000"}]}, {}),
        (
            {"items": [{"expiry": "2026-01-16"}], "other": []},
            {"paging": {"type": "page", "param": "p", "rows": "items"}},
        ),
    ],
)
def test_values_are_found_wherever_vendors_put_them(payload: Any, fields: dict[str, Any]) -> None:
    assert pick(payload, **fields) == ["2026-01-16"]


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        # As Tradier has them: the list under a name of its own, or the one value without it.
        ({"expirations": {"date": ["2026-01-16"]}}, {"path": "expirations.date"}),
        ({"expirations": {"date": "2026-01-16"}}, {"path": "expirations.date"}),
        ({"quotes": {"quote": {"expiry": "2026-01-16"}}}, {"rows": "quotes.quote"}),
        ({"data": [{"dates": ["2026-01-16"]}]}, {"path": "dates"}),
    ],
)
def test_a_lone_value_and_a_list_within_a_row_gave_no_values_or_a_list_as_text(
    payload: Any, fields: dict[str, Any]
) -> None:
    assert pick(payload, **fields) == ["2026-01-16"]


def test_a_path_that_begins_nowhere_in_the_body_was_a_feed_in_order_without_values() -> None:
    wanted = ExpandFrom.model_validate({"from": "chains", "path": "expiration.date"})
    said = lacking_field("expiry", wanted, endpoint(), {"expirations": {"date": []}})
    assert said.startswith("has 'expiration.date'; they have expirations")
    nothing: list[Any] = [{"expiration": None}, {"expiration": {"date": []}}, {"data": None}, {}]
    for empty in nothing:
        assert lacking_field("expiry", wanted, endpoint(), empty) == ""
        assert pick(empty, path="expiration.date") == []


def test_other_values_keep_their_order() -> None:
    rows = [{"strike": 500}, {"strike": 400.5}, {"strike": 500}]
    assert pick(rows, name="strike") == ["500", "400.5"]
    assert pick(["b", "a"], name="sector") == ["b", "a"]


@pytest.mark.parametrize("payload", [{}, [], {"data": []}, {"data": None}, "text", None, 3])
def test_nothing_gives_no_values(payload: Any) -> None:
    assert pick(payload) == []


def test_combinations_are_bounded_and_counted() -> None:
    combined, whole = products(
        {"symbol": "SPY"}, {"expiry": ["a", "b", "c"], "delta": ["1", "2"]}, 4
    )
    assert whole == 6
    assert len(combined) == 4
    assert combined[0] == {"symbol": "SPY", "expiry": "a", "delta": "1"}


def test_two_long_lists_of_a_vendor_took_all_memory_before_they_were_cut() -> None:
    many = [str(number) for number in range(20_000)]
    combined, whole = products({}, {"strike": many, "expiry": many}, 3)
    assert combined == [{"strike": "0", "expiry": str(number)} for number in range(3)]
    assert whole == 400_000_000


@pytest.mark.parametrize(
    ("given", "payload", "said"),
    [
        ({}, {"data": [{"expires": "2026-01-09"}]}, ""),
        ({}, {"data": [{"option_symbol": "SPY260109C00600000"}]}, ""),
        ({}, {"data": []}, ""),
        ({}, None, ""),
        ({}, {"message": "none today"}, ""),
        ({}, ["2026-01-09"], ""),
        # It is there, and empty in all of them.
        ({}, [{"expiry": None}, {"expiry": ""}], ""),
        ({"path": "a.b"}, [{"a": {"c": 1}}, {"a": {"b": None}}], ""),
        # No date to come is no mistake either.
        ({"select": "next:2"}, [{"expiry": "2020-01-03"}], ""),
        ({"path": "a.b"}, [{"a": {"c": 1}, "d": 2}], "has 'a.b'; they have a, d"),
        ({}, [{"x": 1}, {"y": 1}], "has 'expiry'; they have x, y"),
        ({"path": "expiry"}, [1, 2], "has 'expiry': they have no fields"),
        (
            {"path": "expirse"},
            [{"expires": 1, **{f"f{n}": n for n in range(8)}}],
            (
                "has 'expirse'; they have expires, f0, f1, f2, f3, f4 and 3 more; "
                "did you mean 'expires'?"
            ),
        ),
    ],
)
def test_a_field_that_no_row_has_is_told_with_those_they_have(
    given: dict[str, Any], payload: Any, said: str
) -> None:
    wanted = ExpandFrom.model_validate({"from": "chains", **given})
    assert lacking_field("expiry", wanted, endpoint(), payload) == said
