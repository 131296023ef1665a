"""What a component class says of itself, looked at before it runs: its name, method and types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

from quanticity.component import Analytic, Component, Distributor, Source, Strategy
from quanticity.config.sections import core_meant
from quanticity.errors import Problem, of_error
from quanticity.runtime.declared_keys import wrong_keys
from quanticity.runtime.declared_triggers import wrong_triggers
from quanticity.runtime.misspelt import meant
from quanticity.runtime.said import Said
from quanticity.spec import Spec

KINDS: tuple[tuple[type[Component], str, bool], ...] = (
    (Analytic, "compute", False),
    (Strategy, "decide", False),
    (Source, "run", True),
    (Distributor, "deliver", True),
)
"""Base class, the method that it wants, and whether that is `async def`."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TABLES = ("Params", "State", "name", "reads", "section", "time_budget", "trigger", "writes")
_OF_EDGES = ("secrets",)
_OF_DISTRIBUTORS = ("limits", "tries", *_OF_EDGES)


def kind_of(component: type[Component]) -> str:
    """`analytic`, `strategy`, `source`, `distributor`, or an empty string."""
    return next((base.__name__.lower() for base, _, _ in KINDS if issubclass(component, base)), "")


def is_pure(component: type[Component]) -> bool:
    """Whether it sees nothing of the world."""
    return issubclass(component, Analytic | Strategy)


def wrong(component: type[Component], shown: str) -> Iterator[Problem]:
    """All that is wrong with a class, each with its line. Never raises."""
    said = Said(component, shown)
    strange = list(_strange(component, said))
    yield from strange
    # What is misspelt is not there: what follows from that is no mistake of its own.
    rest = () if strange else (wrong_keys, wrong_triggers)
    for look in (_name, _section, _method, _start, _types, _budgets, _secrets, *rest):
        try:
            yield from look(component, said)
        except Exception as error:  # noqa: BLE001
            # A stranger's class may be anything; what it raises when looked at is its own slip.
            yield said.problem(f" cannot be looked at: {type(error).__name__}: {of_error(error)}")


def _name(component: type[Component], said: Said) -> Iterator[Problem]:
    name: object = component.name
    if not name:
        yield said.problem(" has no name", 'give it one: name = "my_component"')
    elif not isinstance(name, str) or not _NAME.fullmatch(name):
        hint = 'small letters, digits and _, such as name = "my_component"'
        yield said.problem(f" cannot be named {name!r}", hint, word="name")


def _section(component: type[Component], said: Said) -> Iterator[Problem]:
    section: object = component.section
    if section == "":
        return
    if not isinstance(section, str) or not _NAME.fullmatch(section):
        hint = 'small letters, digits and _, such as section = "toxicity"'
        yield said.problem(f" cannot have the section {section!r}", hint, word="section")
    elif (core := core_meant(section)) is not None:
        hint = f"'{core}' is the config's own; give it another name"
        yield said.problem(f" cannot have the section '{section}'", hint, word="section")
    elif issubclass(component, Strategy):
        hint = "its parameters stand in its file of config/strategies"
        yield said.problem(" is a strategy, and cannot have a section", hint, word="section")


def _method(component: type[Component], said: Said) -> Iterator[Problem]:
    bases = [entry for entry in KINDS if issubclass(component, entry[0])]
    if len(bases) > 1:
        named = " and ".join(base.__name__ for base, _, _ in bases)
        yield said.problem(f" is {named} in one", "one kind a class")
        return
    for base, method, is_async in bases:
        given = inspect.getattr_static(component, method)
        if given is inspect.getattr_static(base, method):
            own = [name for name, value in vars(component).items() if inspect.isroutine(value)]
            slip = next((name for name in own if meant(name, [method])), "")
            hint = f"'{slip}' should be '{method}'" if slip else f"a {base.__name__} needs one"
            yield said.problem(f" has no method {method}", hint, word=slip)
            continue
        if not inspect.isfunction(given):
            word = "async def" if is_async else "def"
            hint = f"write a plain method: {word} {method}(self, ...)"
            yield said.problem(f".{method} is {type(given).__name__}", hint, word=method)
            continue
        at = given.__code__.co_firstlineno
        if inspect.iscoroutinefunction(given) != is_async or inspect.isasyncgenfunction(given):
            wanted = "async def" if is_async else "def, not async def: it is pure"
            yield said.problem(f".{method} should be {wanted}", at=at)
        elif inspect.isgeneratorfunction(given):
            yield said.problem(
                f".{method} yields", "it should return once, with all it gives", at=at
            )
        listed = inspect.signature(getattr(base, method)).parameters
        if not _takes(given, len(listed)):
            yield said.problem(f".{method} should take ({', '.join(listed)})", at=at)


def _start(component: type[Component], said: Said) -> Iterator[Problem]:
    given = inspect.getattr_static(component, "__init__")
    if inspect.isfunction(given) and not _takes(given, 3):
        at = given.__code__.co_firstlineno
        yield said.problem(".__init__ should take (self, params, values)", at=at)


def _takes(function: Any, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True


def _types(component: type[Component], said: Said) -> Iterator[Problem]:
    params: object = component.Params
    if not (isinstance(params, type) and issubclass(params, Spec)):
        hint = "class Params(Spec): ... with field(...)"
        yield said.problem(".Params is no Spec", hint, word="Params")
    state: Any = component.State
    if state is None:
        return
    if not isinstance(state, type):
        yield said.problem(".State is no type", "a msgspec.Struct with defaults", word="State")
        return
    try:
        state()
    except Exception as error:  # noqa: BLE001
        # What stands in its way is the plugin's own, whatever it raises.
        why = f"{type(error).__name__}: {of_error(error)}"
        hint = "give each of its fields a default"
        yield said.problem(f".State cannot begin empty: {why}", hint, word="State")


def _budgets(component: type[Component], said: Said) -> Iterator[Problem]:
    budget: Any = component.time_budget
    if not is_number(budget) or budget <= 0:
        hint = "seconds, above zero"
        yield said.problem(f".time_budget is {budget!r}", hint, word="time_budget")
    if issubclass(component, Distributor):
        pairs: object = component.limits
        tries: object = component.tries
        if not isinstance(tries, int) or tries < 1:
            yield said.problem(f".tries is {tries!r}", "at least 1", word="tries")
        good = isinstance(pairs, tuple | list) and all(
            isinstance(pair, tuple | list)
            and len(pair) == 2
            and all(is_number(one) and one > 0 for one in pair)
            for pair in pairs
        )
        if not good:
            hint = "pairs of messages and seconds: limits = ((5, 2.0),)"
            yield said.problem(f".limits is {pairs!r}", hint, word="limits")


def _secrets(component: type[Component], said: Said) -> Iterator[Problem]:
    if issubclass(component, Source | Distributor):
        named: Any = component.secrets
        if not isinstance(named, tuple) or not set(named) <= set(component.Params.model_fields):
            hint = 'names of its Params: secrets = ("webhook_env",)'
            yield said.problem(f".secrets is {named!r}", hint, word="secrets")


def is_number(value: object) -> bool:
    """Whether it is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _strange(component: type[Component], said: Said) -> Iterator[Problem]:
    """A declaration that is misspelt would be ignored without a word."""
    known = {*_TABLES, *(_OF_EDGES if issubclass(component, Source) else ())}
    known |= {*_OF_DISTRIBUTORS} if issubclass(component, Distributor) else set()
    own = vars(component)
    if "triggers" in own:
        yield said.problem(" declares 'triggers'", "did you mean 'trigger'?", word="triggers")
    for name, value in own.items():
        if name.startswith("_") or name == "triggers" or inspect.isroutine(value):
            continue
        target = meant(name, known - set(own))
        if target is not None:
            hint = f"did you mean '{target}'?"
            yield said.problem(f" declares '{name}', which means nothing", hint, word=name)
