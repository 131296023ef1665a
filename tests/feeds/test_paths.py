"""Dotted paths into decoded bodies."""

from __future__ import annotations

from typing import Any

import pytest

from quanticity.feeds.paths import MISSING, find, first, put

BODY: dict[str, Any] = {
    "data": [{"t": 1}, {"t": 2}, {"x": 3}],
    "Meta Data": {"3. Last Refreshed": "2026-01-05", "1: Symbol": "SPY"},
    "a.b": {"c": 7},
    "a": {"b": {"c": 8, "d": 9}},
    "by_day": {"mon": {"v": 1}, "tue": {"v": 2}},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data.*.t", [1, 2]),
        ("data.0.t", [1]),
        ("data.-1.x", [3]),
        ("data.7.t", []),
        ("Meta Data.3. Last Refreshed", ["2026-01-05"]),
        ("a.b.c", [7]),  # the longest key that fits
        ("by_day.*.v", [1, 2]),
        ("nowhere", []),
        ("data.t", []),
        ("", [BODY]),
    ],
)
def test_what_stands_at_a_path(path: str, found: list[Any]) -> None:
    assert list(find(BODY, path)) == found
    assert first(BODY, path) == (found[0] if found else MISSING)


def test_a_bare_list_is_reached_by_a_star() -> None:
    assert list(find([{"t": 1}, 2], "*.t")) == [1]


def test_putting_back_replaces_one_place() -> None:
    assert put({"a": {"b": [1]}, "c": 2}, "a.b", []) == {"a": {"b": []}, "c": 2}
    assert put([1], "", [2]) == [2]
    with pytest.raises(KeyError):
        put({"a": 1}, "x.y", 2)
