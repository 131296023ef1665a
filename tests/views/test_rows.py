"""Lists of objects, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quanticity.errors import UndeclaredRead
from quanticity.views import Rows
from tests.views.making import stored_as, view_of

ROWS = [
    {"time": "2026-01-05T15:00:00Z", "price": "1.5", "name": "a", "tags": [1]},
    {"time": None, "price": "n/a", "name": None},
]


def test_columns_of_a_body():
    rows = view_of(Rows, {"data": ROWS})
    assert len(rows) == 2
    assert rows.numbers("price")[0] == 1.5
    assert np.isnan(rows.numbers("price")[1])
    assert rows.moments("time")[0] == 1_767_625_200
    assert rows.texts("name") == ("a", None)
    assert [row["name"] for row in rows] == ["a", None]
    assert np.isnan(rows.numbers("nobody")).all()


def test_a_bare_list_an_empty_one_and_null():
    assert len(view_of(Rows, ROWS)) == 2
    assert len(view_of(Rows, [])) == 0
    assert len(view_of(Rows, {"data": None})) == 0


def test_rows_of_our_transforms_are_rows_too():
    rows = view_of(Rows, {"symbol": "SPY", "rows": ROWS})
    assert rows.texts("name") == ("a", None)
    assert len(view_of(Rows, {"data": ROWS[:1], "rows": ROWS})) == 1
    assert len(view_of(Rows, {"rows": None})) == 0


def test_rows_by_day_are_in_order_and_once_each():
    rows = view_of(
        Rows,
        [
            {"date": "2026-01-06", "close": "2"},
            {"date": "2026-01-05", "close": "n/a"},
            {"date": "2026-02-30", "close": "9"},
            {"close": "9"},
            {"date": "2026-01-06", "close": 3},
        ],
    )
    days, (closes,) = rows.by_day("close")
    assert days == ("2026-01-05", "2026-01-06")
    assert np.isnan(closes[0])
    assert closes[1] == 3
    assert view_of(Rows, []).by_day("close")[0] == ()


def test_what_is_no_row_is_left_out():
    rows = view_of(Rows, [*ROWS, 7, "x"])
    assert (rows.given, len(rows)) == (4, 2)


def test_each_event_is_a_row():
    rows = Rows.of_events([stored_as(ROWS[0], seq="1-0"), stored_as(ROWS, seq="2-0")])
    assert len(rows) == 3
    assert rows.seq == "2-0"
    assert len(Rows.of_events([])) == 0


@pytest.mark.parametrize("data", [{}, {"data": {}}, 3, None])
def test_what_has_no_rows_says_so(data):
    with pytest.raises(ValueError, match="no rows"):
        view_of(Rows, data)


def test_nothing_in_rows_can_be_changed():
    rows = view_of(Rows, ROWS)
    row: Any = rows[0]
    with pytest.raises(TypeError):
        row["name"] = "b"
    with pytest.raises(ValueError, match="read-only"):
        rows.numbers("price")[0] = 2
    with pytest.raises(UndeclaredRead):
        rows.given = 9
    assert rows[0]["tags"] == (1,)
