"""A State class that changed: what was remembered goes on, or it is told that it does not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from quanticity.clock import LiveClock
from quanticity.model import Kind
from quanticity.runtime.encode import encode_state
from quanticity.runtime.job import Saved, encode_saved, state_name
from quanticity.runtime.remembered import given_up
from quanticity.store.memory import MemoryStore
from tests.runtime.crew import Names
from tests.runtime.plain import MONDAY, Tally
from tests.runtime.test_worker import floor


class Old(msgspec.Struct):
    count: int = 3
    total: float = 1.5


class More(Old):
    seen: list[int] = []


class Renamed(msgspec.Struct):
    number: int = 0
    total: float = 0.0


class Retyped(msgspec.Struct):
    count: str = ""


class Coded(msgspec.Struct, rename={"number": "count"}, tag="coded"):
    number: int = 0
    total: float = 0.0


@dataclass
class Plain:
    count: int = 0


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Old, ""),
        (More, ""),
        (dict, ""),
        (Renamed, "its State has no 'count' any more: what was saved there is given up"),
        (Plain, "its State has no 'total' any more: what was saved there is given up"),
        (Retyped, "it begins anew: what it saved is no Retyped: Expected `str`, got `int`"),
        (None, "it has no State any more: what it remembered is given up"),
    ],
)
def test_what_a_new_version_forgets_is_said(kind: Any, said: str) -> None:
    assert given_up(kind, encode_state(Old())).startswith(said)
    assert bool(given_up(kind, encode_state(Old()))) == bool(said)
    assert given_up(kind, None) == ""


def test_fields_that_are_saved_under_another_name_are_known() -> None:
    assert given_up(Coded, encode_state(Coded(1, 2.0))) == ""


def test_what_was_remembered_was_given_up_without_a_word() -> None:
    """Of events counted for a year, a version with another State began at 0."""

    async def test() -> None:
        store = MemoryStore(LiveClock(MONDAY))
        saved = Saved(
            encode_state({"count": "many", "total": 2.0}), "old", {"raw:prints:SPY": "0-0"}
        )
        store.put_state(state_name("sum:SPY"), encode_saved(saved))
        async with floor(Names(("sum",)), store) as one:
            one.put("raw:prints:SPY", {"n": 1}, Kind.EVENTS)
            await one.runs(1)
            [(_, alert)] = await store.events("analytics:alerts")
            assert alert.data["kind"] == "state"
            assert alert.data["component"] == "sum:SPY"
            assert f"it begins anew: what it saved is no {Tally.__name__}" in alert.data["message"]

    asyncio.run(test())
