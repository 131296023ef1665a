"""Rules that a seed makes up."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any, get_args

from quanticity.sim.faults.catalog import CATALOG
from quanticity.sim.faults.fault import TIME, Fault, Where
from quanticity.sim.faults.rule import Rule

_LEAST, _MOST = 2, 5


def random_rules(
    seed: int, where: Iterable[Where], faults: int | None, seconds: float
) -> list[Rule]:
    """Rules for so many kinds of fault, 2 to 5 where it is not said.

    Each has a first occasion in the first half of `seconds`, that strikes for certain.
    """
    dice = Random(f"plan {seed}")
    places = frozenset(where)
    kinds = [kind for kind in CATALOG.values() if places & set(kind.strikes)]
    count = min(faults or dice.randint(_LEAST, _MOST), len(kinds))
    chosen = dice.sample(kinds, count)
    return [rule for kind in chosen for rule in _rules(dice, kind, places, seconds)]


def usual_rule(kind: type[Fault]) -> Rule:
    """A fault by its name alone: soon, and then again and again."""
    fault = kind()
    return Rule.anywhere(fault, at=2.0, every=15.0 + 3 * float(getattr(fault, "seconds", 0.0)))


def _rules(dice: Random, kind: type[Fault], places: frozenset[Where], seconds: float) -> list[Rule]:
    fault = kind(**_params(dice, kind, seconds))
    where = places & frozenset(kind.strikes)
    at = round(dice.uniform(0, seconds / 2), 3)
    by_time = any(TIME in starts for starts in kind.strikes.values())
    shape = "once" if by_time else dice.choice(("once", "again", "window", "share"))
    if shape == "again":
        return [Rule(fault, where, at=at, every=round(dice.uniform(seconds / 20, seconds / 4), 3))]
    once = Rule(fault, where, at=at)
    if shape == "window":
        lasting = round(dice.uniform(seconds / 60, seconds / 8), 3)
        return [once, Rule(fault, where, at=at, lasting=lasting)]
    if shape == "share":
        rate = round(dice.uniform(0.02, 0.2), 3)
        return [once, Rule(fault, where, at=at, lasting=seconds / 2, rate=rate)]
    return [once]


def _params(dice: Random, kind: type[Fault], seconds: float) -> dict[str, Any]:
    """Parameters near the usual ones; of what lasts, no longer than a tenth of the plan."""
    made: dict[str, Any] = {}
    for name, info in kind.model_fields.items():
        choices = get_args(info.annotation)
        if isinstance(info.default, float):
            usual = min(abs(info.default), seconds / 10)
            sign = dice.choice((-1, 1)) if info.default < 0 else 1
            made[name] = sign * round(dice.uniform(0.2 * usual, usual), 3)
        elif info.default in choices:
            made[name] = dice.choice(choices)
    return made
