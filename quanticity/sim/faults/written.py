"""Plans in YAML: what may be written, and every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from quanticity.config.document import Document, read
from quanticity.errors import ConfigError, Problem
from quanticity.sim.faults.catalog import CATALOG
from quanticity.sim.faults.chance import random_rules, usual_rule
from quanticity.sim.faults.fault import TIME, Fault, Where
from quanticity.sim.faults.rule import Rule
from quanticity.spec import Spec, field, near, validate

SHIPPED = Path(__file__).with_name("plans.yaml")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_RANDOM = re.compile(r"random(?::(\d+))?")
_FILES = (".yaml", ".yml")
_RANDOM_SECONDS = 600.0


class WrittenRule(Spec):
    """One entry of a plan."""

    fault: str = field(help="the fault's name", example="latency")
    where: Where | tuple[Where, ...] = field(
        (), help="places; without it every place in which the fault can strike", example="http"
    )
    matching: str = field(
        "", help="only events whose path or kind contains this", example="/option-chains"
    )
    at: float | str = field(
        0.0, help="seconds from the beginning, or an Eastern time of day", example="23:45"
    )
    every: float | None = field(None, unit="s", help="again and again so far apart", ge=0.001)
    lasting: float | None = field(
        None, alias="for", unit="s", help="strikes all that comes for so long, not once", gt=0
    )
    rate: float | None = field(None, help="strikes this share of what comes", gt=0, le=1)
    times: int | None = field(None, help="the most strikes there may be", ge=1)
    params: dict[str, Any] = field(
        factory=dict, alias="with", help="the fault's parameters", example={"seconds": 3}
    )


class WrittenPlan(Spec):
    """A plan: a file of its own, or an entry of those that ship."""

    about: str = field("", help="what kind of day it is, in a line")
    faults: tuple[WrittenRule, ...] = field((), help="what goes wrong, and when")


class WrittenPlans(Spec):
    """The plans that ship."""

    plans: dict[str, WrittenPlan] = field(help="plans by name")


def rules_named(names: str, seed: int) -> list[Rule]:
    """The rules of plans, faults or files joined by `+`. ConfigError with all that is wrong."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    for name in (part.strip() for part in names.split("+")):
        try:
            rules += _rules_of(name, seed)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return rules


def rules_in(path: Path) -> list[Rule]:
    """The rules of a plan in a file. ConfigError with all that is wrong in it."""
    document = read(path)
    plan, problems = validate(WrittenPlan, document.tree, document.locate)
    rules, more = _rules(plan, document, ()) if plan else ([], [])
    problems = [*document.problems, *problems, *more]
    if problems:
        raise ConfigError(problems)
    return rules


@cache
def shipped() -> dict[str, tuple[str, tuple[Rule, ...]]]:
    """The plans that ship: by name what each is about, and its rules."""
    document = read(SHIPPED)
    plans, problems = validate(WrittenPlans, document.tree, document.locate)
    found: dict[str, tuple[str, tuple[Rule, ...]]] = {}
    for name, plan in plans.plans.items() if plans else ():
        rules, more = _rules(plan, document, ("plans", name))
        problems += more
        found[name] = (plan.about, tuple(rules))
    if problems:
        raise ConfigError(problems)
    return found


def _rules_of(name: str, seed: int) -> list[Rule]:
    if name.endswith(_FILES):
        return rules_in(Path(name))
    plans = shipped()
    if name in plans:
        return list(plans[name][1])
    if name in CATALOG:
        return [usual_rule(CATALOG[name])]
    made_up = _RANDOM.fullmatch(name)
    if made_up:
        return random_rules(int(made_up[1] or seed), tuple(Where), None, _RANDOM_SECONDS)
    hint = near(name, (*plans, *CATALOG, "random"))
    hint = hint or f"plans are {', '.join(plans)}, random; a fault's name or a .yaml file will do"
    raise ConfigError([Problem("", 0, 0, f"there is no plan of faults '{name}'", hint)])


def _rules(
    plan: WrittenPlan, document: Document, at: tuple[str | int, ...]
) -> tuple[list[Rule], list[Problem]]:
    rules: list[Rule] = []
    problems: list[Problem] = []
    for number, entry in enumerate(plan.faults):
        here = (*at, "faults", number)
        wrong = list(_wrong(entry, document, here))
        kind = CATALOG.get(entry.fault)
        if kind is not None:
            fault, more = validate(kind, entry.params, document.locate, (*here, "with"))
            wrong += more
            if fault is not None and not wrong:
                rules.append(_rule(entry, fault))
        problems += wrong
    return rules, problems


def _wrong(
    entry: WrittenRule, document: Document, here: tuple[str | int, ...]
) -> Iterator[Problem]:
    def problem(name: str, message: str, hint: str = "") -> Problem:
        return Problem(*document.locate((*here, name)), message, hint)

    kind = CATALOG.get(entry.fault)
    if kind is None:
        hint = near(entry.fault, CATALOG) or f"one of {', '.join(CATALOG)}"
        yield problem("fault", f"there is no fault '{entry.fault}'", hint)
        return
    for place in _places(entry):
        if place not in kind.strikes:
            said = f"'{kind.name}' cannot strike at {place}"
            yield problem("where", said, f"it strikes at {', '.join(kind.strikes)}")
    if isinstance(entry.at, str) and not _CLOCK.fullmatch(entry.at):
        yield problem("at", f"'at' cannot be '{entry.at}'", 'seconds, or a time of day: "23:45"')
    elif isinstance(entry.at, float) and entry.at < 0:
        yield problem("at", f"'at' cannot be {entry.at:g}", "seconds from the beginning")
    if entry.rate is not None and entry.every is not None and entry.lasting is None:
        said = "'rate' with 'every' strikes a share of nothing"
        yield problem("rate", said, "say with 'for' how long each time lasts")
    by_time = all(starts == (TIME,) for starts in kind.strikes.values())
    for name, given in (("for", entry.lasting), ("rate", entry.rate)):
        if by_time and given is not None:
            said = f"'{kind.name}' strikes at a moment, not all that comes"
            yield problem(name, said, "give 'at' or 'every'")


def _rule(entry: WrittenRule, fault: Fault) -> Rule:
    clock = _CLOCK.fullmatch(entry.at) if isinstance(entry.at, str) else None
    at = time(int(clock[1]), int(clock[2])) if clock else float(entry.at)
    return Rule(
        fault=fault,
        where=frozenset(_places(entry) or fault.strikes),
        matching=entry.matching,
        at=at,
        every=entry.every,
        lasting=entry.lasting,
        rate=entry.rate,
        times=entry.times,
    )


def _places(entry: WrittenRule) -> tuple[Where, ...]:
    return (entry.where,) if isinstance(entry.where, Where) else entry.where
