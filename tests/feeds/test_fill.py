"""Rows that one value lacks, from others that have them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import EASTERN
from quanticity.config.schema.root import Fill
from quanticity.errors import BadBody
from quanticity.feeds.fill import FROM, filled, rows_at

FILL = Fill(rows="contracts", key="name", until="expiry")
MONDAY = datetime(2026, 1, 5, 11, 0, tzinfo=EASTERN).timestamp()
NAMES = st.one_of(st.none(), st.just(""), st.sampled_from("abcdef"), st.integers(0, 3))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "expiry": st.sampled_from(["2026-01-02", "2026-01-05", "2026-02-20"])}
    )
    | st.sampled_from([None, 7, "text", {}]),
    max_size=8,
)


def contract(name: str, expiry: Any = "2026-02-20", **more: Any) -> dict[str, Any]:
    return {"name": name, "expiry": expiry, **more}


@given(ROWS, st.dictionaries(st.sampled_from(["b", "c"]), ROWS, max_size=2))
def test_the_first_keeps_all_its_rows_and_no_other_brings_one_twice(
    rows: list[Any], others: dict[str, list[Any]]
) -> None:
    made = filled({"contracts": list(rows)}, others, FILL, MONDAY)
    whole = made.value["contracts"]
    assert whole[: len(rows)] == rows
    added = whole[len(rows) :]
    assert len(added) == sum(made.counts.values())
    assert set(made.counts) == set(others)
    names = [row["name"] for row in added]
    assert len(set(names)) == len(names)
    assert not {row["name"] for row in rows if isinstance(row, dict) and row} & set(names)
    # Nothing that lives and is named is left out, and nothing else is taken.
    living = {
        row["name"]
        for given in others.values()
        for row in given
        if isinstance(row, dict) and row and row["expiry"] >= "2026-01-05"
        if row["name"] not in (None, "")
    }
    held = {row["name"] for row in rows if isinstance(row, dict) and row}
    assert set(names) == living - held
    for row in added:
        origin = {name: each for name, each in row.items() if name != FROM}
        assert origin in others[row[FROM]]


def test_the_first_source_that_has_a_row_gives_it() -> None:
    others = {"b": [contract("k", bid=1)], "c": [contract("k", bid=2), contract("m", bid=3)]}
    made = filled({"contracts": [], "date": "2026-01-05"}, others, FILL, MONDAY)
    assert made.value == {
        "contracts": [contract("k", bid=1, filled_from="b"), contract("m", bid=3, filled_from="c")],
        "date": "2026-01-05",
    }
    assert made.counts == {"b": 1, "c": 1}


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        ((2026, 1, 5, 15, 59), True),
        ((2026, 1, 5, 16, 0), False),
        ((2026, 1, 6, 0, 30), False),
        ((2026, 1, 4, 23, 0), True),
    ],
)
def test_a_contract_that_has_expired_is_not_missing(at: tuple[int, ...], taken: bool) -> None:
    year, month, day, hour, minute = at
    now = datetime(year, month, day, hour, minute, tzinfo=EASTERN).timestamp()
    made = filled({"contracts": []}, {"b": [contract("k", "2026-01-05")]}, FILL, now)
    assert bool(made.value["contracts"]) is taken


def test_on_a_half_day_contracts_expire_at_its_close() -> None:
    others = {"b": [contract("k", "2026-11-27")]}
    for hour, count in ((12, 1), (13, 0)):
        now = datetime(2026, 11, 27, hour, tzinfo=EASTERN).timestamp()
        assert filled({"contracts": []}, others, FILL, now).counts == {"b": count}


@pytest.mark.parametrize("expiry", [None, "", "2026-02-30", "soon", 20260220, ["2026-02-20"]])
def test_what_does_not_say_its_last_day_is_not_taken(expiry: Any) -> None:
    made = filled({"contracts": []}, {"b": [contract("k", expiry)]}, FILL, MONDAY)
    assert made.counts == {"b": 0}


def test_several_fields_tell_rows_apart_and_all_of_them_are_needed() -> None:
    fill = Fill(key=("strike", "right"))
    rows = [{"strike": 600, "right": "C"}]
    others = {
        "b": [
            {"strike": 600.0, "right": "C"},
            {"strike": 600, "right": "P"},
            {"strike": 605, "right": None},
            {"right": "P"},
        ]
    }
    made = filled(rows, others, fill, MONDAY)
    assert made.value == {"rows": [*rows, {"strike": 600, "right": "P", "filled_from": "b"}]}


def test_rows_may_stand_deep_in_a_value() -> None:
    fill = Fill(rows="data.chain", key="name")
    made = filled({"data": {"chain": [], "n": 1}}, {"b": [contract("k")]}, fill, MONDAY)
    assert made.value == {"data": {"chain": [contract("k", filled_from="b")], "n": 1}}


@pytest.mark.parametrize("value", [{}, {"contracts": None}, {"contracts": {}}, [], None, "text", 7])
def test_a_value_without_rows_is_told(value: Any) -> None:
    with pytest.raises(BadBody, match="there is no list of rows at 'contracts'"):
        rows_at(value, FILL)
    with pytest.raises(BadBody, match="at its root"):
        rows_at({"rows": []}, Fill(key="name"))
