"""What a plugin's module holds, before and after a run."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from quanticity.component import Analytic
from quanticity.testing.remains import changed, remains


class Knot:
    """Knows all others."""

    def __init__(self) -> None:
        self.others: list[Knot] = []
        self.count = 0


class Idle(Analytic):
    """Does nothing."""

    name = "idle"


def of(**held: Any) -> dict[str, Any]:
    module = ModuleType("plugin")
    vars(module).update(held)
    return remains(Idle(Idle.Params(), {}), [module])


def knots(count: int) -> list[Knot]:
    found = [Knot() for _ in range(count)]
    for one in found:
        one.others = found[:]
    return found


def test_objects_that_all_know_each_other_took_for_ever() -> None:
    tied = knots(40)
    before = of(TIED=tied)
    assert changed(before, of(TIED=tied)) == []
    tied[7].count = 1
    assert changed(before, of(TIED=tied)) == ["TIED"]


def test_what_holds_very_much_is_looked_at_no_longer_than_it_bears() -> None:
    much = [[number] for number in range(200_000)]
    assert changed(of(MUCH=much, few=[1]), of(MUCH=much, few=[2])) == ["few"]


def test_a_place_is_told_whatever_stands_before_it_in_the_module() -> None:
    inside: dict[str, Any] = {"a": [1, 2], "b": {3}}
    before = of(first=[], second=inside)
    inside["b"].add(4)
    assert changed(before, of(first=[[]], second=inside)) == ["first", "second"]
