"""The keys that a component class declares, looked at before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from quanticity.component import Analytic, Component, Distributor, Source, Strategy
from quanticity.errors import Problem
from quanticity.model import Key, Kind
from quanticity.runtime.said import Said
from quanticity.spec import near
from quanticity.store.names import problem_with

_EXAMPLE = 'such as Key("raw:uw:x:{symbol}", 60)'
_SIGNALS = ("pending", "active")


def wrong_keys(component: type[Component], said: Said) -> Iterator[Problem]:
    """What is wrong with `reads` and `writes`."""
    for table in ("reads", "writes"):
        given = getattr(component, table)
        if not isinstance(given, Mapping):
            hint = f'{table} = {{"name": Key("...")}}'
            yield said.problem(f".{table} is no mapping", hint, word=table)
            continue
        for name, key in given.items():
            if not isinstance(key, Key):
                yield said.problem(f".{table}['{name}'] is no Key", _EXAMPLE, word=f'"{name}"')
                continue
            if not str(name).isidentifier():
                hint = "inputs are read as inputs.name"
                yield said.problem(f".{table}: '{name}' is no name", hint, word=f'"{name}"')
            for slip, hint in _slips(component, table, key):
                word = f'"{key.name}"' if key.name else f'"{name}"'
                yield said.problem(f".{table}['{name}']{slip}", hint, word=word)
    yield from _whole(component, said)


def _slips(component: type[Component], table: str, key: Key) -> Iterator[tuple[str, str]]:
    name: object = key.name
    slip = problem_with(name) if isinstance(name, str) else "a key's name is text"
    if slip:
        yield f" cannot be '{key.name}'", slip
    if not isinstance(key.kind, Kind):
        yield f" has the kind {key.kind!r}", "Kind.LATEST or Kind.EVENTS"
    for field in ("max_age", "ttl"):
        value = getattr(key, field)
        if value is not None and not _above_zero(value):
            yield f" has the {field} {value!r}", "seconds, above zero"
    cap: object = key.cap
    if not isinstance(cap, int) or cap < 1:
        yield f" has the cap {key.cap!r}", "events kept, at least 1"
    if key.over and not slip:
        yield from _over(component, table, key)
    if key.plain and not (table == "writes" and issubclass(component, Source)):
        yield " is plain", "only a source writes text without an envelope"
    elif key.plain and key.kind is Kind.EVENTS:
        yield " is plain and of events", "a plain key holds one text"
    if table == "reads" and issubclass(component, Distributor) and key.kind is not Kind.EVENTS:
        yield " is no events key", "a distributor tells of events: kind=Kind.EVENTS"


def _over(component: type[Component], table: str, key: Key) -> Iterator[tuple[str, str]]:
    names = getattr(component.Params, "model_fields", {})
    if table == "writes" and not issubclass(component, Source):
        yield " goes over a parameter", "only what is read does, and what a source writes"
    elif key.over not in names and not isinstance(getattr(component.Params, key.over, 0), property):
        hint = near(key.over, names) or "name a parameter that lists values"
        yield f" goes over '{key.over}', which is no parameter", hint
    elif not key.placeholders:
        yield f" goes over '{key.over}' and has no placeholder", _EXAMPLE


def _whole(component: type[Component], said: Said) -> Iterator[Problem]:
    writes = component.writes
    if not isinstance(writes, Mapping):
        return
    seen: dict[str, str] = {}
    for name, key in writes.items():
        if isinstance(key, Key):
            other = seen.setdefault(key.name, name)
            if other != name:
                hint = "each output needs a key of its own"
                message = f".writes: '{other}' and '{name}' are one key, {key.name}"
                yield said.problem(message, hint, word=f'"{name}"')
    if issubclass(component, Strategy) and any(name not in writes for name in _SIGNALS):
        hint = "write writes = {**Strategy.writes, ...}"
        yield said.problem(".writes leaves out the signals", hint, word="writes")
    if issubclass(component, Analytic) and not writes:
        yield said.problem(" writes nothing", 'writes = {"name": Key("...")}')
    if issubclass(component, Distributor) and not component.reads:
        yield said.problem(" reads nothing to tell of", 'reads = {"name": Key(..., kind=...)}')


def _above_zero(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isfinite(value) and value > 0
