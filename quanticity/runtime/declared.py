"""What a component class says of itself, looked at before it runs: names, keys, its method."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.component import (
    Analytic,
    Around,
    At,
    Component,
    Distributor,
    Every,
    OnChange,
    Source,
    Strategy,
)
from quanticity.errors import Problem
from quanticity.model import Key, Kind
from quanticity.spec import Spec, near

KINDS: tuple[tuple[type[Component], str, bool], ...] = (
    (Analytic, "compute", False),
    (Strategy, "decide", False),
    (Source, "run", True),
    (Distributor, "deliver", True),
)
"""Base class, the method that it wants, and whether that is `async def`."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_TABLES = ("reads", "writes", "trigger", "name", "Params", "State", "time_budget", "limits")


def kind_of(component: type[Component]) -> str:
    """`analytic`, `strategy`, `source`, `distributor`, or an empty string."""
    return next((base.__name__.lower() for base, _, _ in KINDS if issubclass(component, base)), "")


def wrong(component: type[Component], shown: str) -> Iterator[Problem]:
    """All that is wrong with a class, with its line."""
    line = _line(component)
    title = component.__name__

    def problem(message: str, hint: str = "", at: int = line) -> Problem:
        return Problem(shown, at, 1, message, hint)

    if not _NAME.fullmatch(str(component.name)):
        yield problem(f"{title} has no name", 'give it one: name = "my_component"')
    yield from _method(component, problem)
    if not _is_spec(component.Params):
        yield problem(f"{title}.Params is no Spec", "class Params(Spec): ... with field(...)")
    for table in ("reads", "writes"):
        yield from _keys(component, table, problem)
    yield from _triggers(component, problem)
    for name in vars(component):
        if name not in _TABLES and not name.startswith("_") and not callable(vars(component)[name]):
            hint = near(name, _TABLES)
            if hint:
                yield problem(f"{title} declares '{name}', which means nothing", hint)


def _method(component: type[Component], problem: Any) -> Iterator[Problem]:
    for base, method, is_async in KINDS:
        if not issubclass(component, base):
            continue
        given = inspect.getattr_static(component, method)
        title = component.__name__
        if given is inspect.getattr_static(base, method):
            names = [name for name, value in vars(component).items() if callable(value)]
            hint = next((f"did you mean '{name}'?" for name in names if near(name, [method])), "")
            yield problem(f"{title} has no method {method}", hint or f"a {base.__name__} needs one")
            continue
        at = given.__code__.co_firstlineno if inspect.isfunction(given) else 0
        if inspect.iscoroutinefunction(given) != is_async:
            wanted = "async def" if is_async else "def, not async def: it is pure"
            yield problem(f"{title}.{method} should be {wanted}", "", at)
        wanted_arguments = len(inspect.signature(getattr(base, method)).parameters)
        if inspect.isfunction(given) and not _takes(given, wanted_arguments):
            listed = ", ".join(inspect.signature(getattr(base, method)).parameters)
            yield problem(f"{title}.{method} should take ({listed})", "", at)


def _takes(function: Any, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True


def _keys(component: type[Component], table: str, problem: Any) -> Iterator[Problem]:
    given = getattr(component, table)
    title = component.__name__
    if not isinstance(given, Mapping):
        yield problem(f"{title}.{table} is no mapping", f'{table} = {{"name": Key("...")}}')
        return
    for name, key in given.items():
        if not isinstance(key, Key):
            yield problem(f"{title}.{table}['{name}'] is no Key", 'Key("raw:uw:x:{symbol}", 60)')
        elif any(sign in key.name for sign in " \t\n") or not key.name:
            yield problem(f"{title}.{table}['{name}']: '{key.name}' is no key")
        elif not str(name).isidentifier():
            yield problem(f"{title}.{table}: '{name}' is no name", "inputs are read as inputs.name")
    if table == "reads" and issubclass(component, Distributor):
        for name, key in given.items():
            if isinstance(key, Key) and key.kind is not Kind.EVENTS:
                yield problem(f"{title} tells of '{name}', which is no events key", "kind=EVENTS")


def _triggers(component: type[Component], problem: Any) -> Iterator[Problem]:
    title = component.__name__
    for one in component.triggers():
        slip = _slip_of(one, component)
        if slip:
            yield problem(f"{title} {slip[0]}", slip[1])


def _slip_of(trigger: Any, component: type[Component]) -> tuple[str, str] | None:
    """What is wrong with one trigger, and what to write."""
    if isinstance(trigger, OnChange):
        unread = next((name for name in trigger.inputs if name not in component.reads), None)
        if unread is None:
            return None
        hint = near(unread, component.reads) or f"it reads {', '.join(component.reads)}"
        return f"has a trigger on '{unread}', which it does not read", hint
    if isinstance(trigger, Every):
        return None if trigger.seconds > 0 else (f"runs every {trigger.seconds:g} s", "above zero")
    if isinstance(trigger, At):
        wrong = next((time for time in trigger.times if not _TIME.fullmatch(time)), None)
        return None if wrong is None else (f"runs at '{wrong}'", 'a time of day is "09:45"')
    if isinstance(trigger, Around):
        return None
    return "has a trigger that is none", "OnChange, Every, At or Around"


def _is_spec(given: Any) -> bool:
    return isinstance(given, type) and issubclass(given, Spec)


def _line(component: type[Component]) -> int:
    lines = [
        value.__code__.co_firstlineno
        for value in vars(component).values()
        if inspect.isfunction(value)
    ]
    try:
        return inspect.getsourcelines(component)[1]
    except (OSError, TypeError):
        return min(lines, default=1)
