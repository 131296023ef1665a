"""Values as DataFrames: numbers are numbers and times are times."""

from __future__ import annotations

from typing import Any

import orjson
import pandas as pd
import pytest

from quanticity.model import Write
from quanticity.notebook import frame
from quanticity.store import envelope
from quanticity.views import Stored
from quanticity.views.base import stored

MONDAY = 1_767_625_200.0


def value(data: Any, at: float = MONDAY) -> Stored:
    write = Write("raw:a", orjson.dumps(data), "uw.a", at, at + 1, 60.0)
    return stored(envelope.encode(write, "7-0"))


def test_rows_become_rows_with_the_values_own_time() -> None:
    table = frame(
        [value({"data": [{"strike": 1}, {"strike": 2}]}), value([{"strike": 3}], MONDAY + 60)]
    )
    assert list(table["strike"]) == [1, 2, 3]
    assert str(table.index[0]) == "2026-01-05 10:00:00-05:00"
    assert str(table.index[2]) == "2026-01-05 10:01:00-05:00"
    assert table.index.name == "time"
    assert list(table["key_source"]) == ["uw.a"] * 3
    assert (table["key_received"] - table.index).dt.total_seconds().tolist() == [1.0] * 3


def test_texts_that_are_numbers_are_numbers_and_codes_stay_codes() -> None:
    rows = [
        {"iv": "0.53", "oi": "12", "cik": "0000320193", "side": "bid", "mixed": "1", "none": None},
        {"iv": ".5", "oi": None, "cik": "0001318605", "side": "7", "mixed": 2, "none": None},
    ]
    table = frame([value(rows)])
    assert table["iv"].tolist() == [0.53, 0.5]
    assert table["oi"].iloc[0] == 12
    assert pd.isna(table["oi"].iloc[1])
    assert table["cik"].tolist() == ["0000320193", "0001318605"]
    assert table["side"].tolist() == ["bid", "7"]
    assert table["mixed"].tolist() == ["1", 2]


def test_texts_that_are_times_are_times() -> None:
    rows = [
        {"at": "2026-01-05T15:00:00Z", "day": "2026-01-05", "local": "2026-01-05 10:00:00"},
        {"at": "2026-07-05T15:00:00.5+00:00", "day": None, "local": "2026-01-05 10:00"},
    ]
    table = frame([value(rows)])
    assert [str(one) for one in table["at"]] == [
        "2026-01-05 10:00:00-05:00",
        "2026-07-05 11:00:00.500000-04:00",
    ]
    assert table["day"].iloc[0] == pd.Timestamp("2026-01-05")
    assert pd.isna(table["day"].iloc[1])
    assert table["local"].iloc[0] == pd.Timestamp("2026-01-05 10:00:00")


def test_a_day_that_is_none_stays_text() -> None:
    assert frame([value([{"day": "2026-13-45"}])])["day"].tolist() == ["2026-13-45"]


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        (3.5, {"value": 3.5}),
        ([1, 2], {"value": [1, 2]}),
        ({"total": {"gex": 1.5}, "time": "x"}, {"total.gex": 1.5, "data.time": "x"}),
    ],
)
def test_a_value_that_is_no_list_of_rows_is_one_row(data: Any, columns: dict[str, Any]) -> None:
    table = frame([value(data)])
    assert len(table) == 1
    assert {name: table[name].iloc[0] for name in columns} == columns


def test_nothing_is_an_empty_frame_with_times() -> None:
    for table in (frame([]), frame([value({"data": []})])):
        assert table.empty
        assert str(table.index.tz) == "America/New_York"  # type: ignore[attr-defined]
