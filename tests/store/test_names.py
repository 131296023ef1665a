"""The grammar of keys, and the registry of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.model import bind, can_fill_key
from quanticity.store.names import (
    heartbeat_key,
    output_key,
    problem_with,
    slots_key,
    state_key,
    timestamp_key,
    writer_mark,
)


@pytest.mark.parametrize(
    "name",
    [
        "raw:uw:spot_gex:{symbol}",
        "raw:uw:gex_matrix:{symbol}:{expiry}",
        "raw:ibkr:options:SPY:440C:2026-01-16",
        "aggregated:flow:{symbol}",
        "av:options:timestamp",
        "raw:futures:ES=F",
        "raw:index:^GSPC",
    ],
)
def test_good_names_pass(name: str) -> None:
    assert problem_with(name) == ""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "needs a name"),
        ("raw::x", "no empty part"),
        ("raw:x:", "no empty part"),
        ("raw:a b", "'a b' cannot stand in a key"),
        ("raw:{symbol", "cannot stand"),
        ("raw:{sym bol}", "cannot stand"),
        ("raw:*", "cannot stand"),
        ("raw:\n", "cannot stand"),
        ("changes", "belong to the store itself"),
        ("slots:uw", "belong to the store itself"),
        ("state:x", "belong to the store itself"),
        ("raw:" + "x" * 600, "at most 512 bytes"),
    ],
)
def test_bad_names_are_told_why(name: str, told: str) -> None:
    assert told in problem_with(name)


def test_names_that_follow_from_others() -> None:
    assert output_key("raw:uw:spot_gex:{symbol}") == "feed:uw:spot_gex:{symbol}"
    assert output_key("mine:x") == "feed:mine:x"
    assert timestamp_key("av:options") == "av:options:timestamp"
    assert heartbeat_key("uw") == "heartbeat:uw"


def test_what_the_store_keeps_for_itself_is_closed_to_feeds() -> None:
    for name in (state_key("a"), writer_mark("a"), slots_key("a")):
        assert problem_with(name)


@given(st.text("aB1:._-/{} ", max_size=8))
def test_what_a_vendor_may_fill_in_makes_no_key_of_another_shape(value: str) -> None:
    key = bind("raw:v:{name}:x", {"name": value})
    if can_fill_key(value):
        assert problem_with(key) == ""
        assert key.count(":") == 3
